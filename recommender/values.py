"""Values: what a suggestion is worth to the shop beside its chance, and how alike two of a list are."""

from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heapreplace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.blend import Blend
from recommender.history import History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Candidates, Scores, Slices

RECENT_DAYS = 90
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class Values:
    """The merchant's objective and the catalogue's categories, asked about candidates.

    With the objective "hits" a score is left as it is. Else it becomes the chance, exp(sharpness * score)
    over the sum of the candidates', times what the product is worth: its recent price, or that less its
    cost.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]], blend: Blend) -> None:
        self._worth = arrays["worth"] if len(arrays["worth"]) else None
        self._held, self._categories = Slices(arrays["starts"]), arrays["categories"]
        self._sharpness = blend.sharpness
        self._is_sensitive = arrays["is_sensitive"] if len(arrays["is_sensitive"]) else None

    def of(self, found: Candidates, *, is_personal: bool) -> Scores:
        """The score of each candidate for the merchant's objective; what had none keeps none."""
        if self._worth is None:
            return found.scores
        raised = np.exp((found.scores - found.scores.max()) * np.float32(self._sharpness[is_personal]))
        return np.asarray(raised / raised.sum() * self._worth[found.rows] * (found.scores > 0), np.float32)

    def sensitive(self, rows: Rows) -> Mask | None:
        """Which of `rows` are of a sensitive category; None: no product is."""
        return None if self._is_sensitive is None else self._is_sensitive[rows]

    def mixed(self, rows: Rows, scores: Scores, diversity: float, limit: int) -> list[int]:
        """The first `limit` places of `rows`, which are best first, in a mixed order: each score times
        (1 - diversity) for every product chosen before that is of the same narrowest category (greedily,
        after Carbonell and Goldstein, 1998). Ties go to the lower place.

        One queue a category: within one all scores shrink alike, so only its head can be the next.
        """
        told: list[float] = scores.tolist()
        chosen: list[int] = []
        heads = [(-told[queue[0]], queue[0], 1.0, iter(queue[1:])) for queue in self._queues(rows)]
        heapify(heads)
        while heads and len(chosen) < limit:
            _, place, share, rest = heads[0]
            chosen.append(place)
            following, share = next(rest, None), share * (1 - diversity)
            if following is None:
                heappop(heads)
            else:
                heapreplace(heads, (-told[following] * share, following, share, rest))
        return chosen

    def _queues(self, rows: Rows) -> Collection[list[int]]:
        """The places of `rows` by narrowest category, ascending; what has no category is by itself."""
        queues: dict[int, list[int]] = {}
        for place, held in enumerate(self._held.of(rows)):
            kind = int(self._categories[held.stop - 1]) if held.stop > held.start else -1 - place
            queues.setdefault(kind, []).append(place)
        return queues.values()


def fit(history: History, lines: pl.DataFrame, settings: Settings) -> dict[str, npt.NDArray[Any]]:
    """`worth` (float32, one a product; empty for the objective "hits"), and a CSR of products by categories,
    widest first: `starts`, `categories`; `is_sensitive` (bool, one a product; empty where none is).
    """
    worth = np.zeros(0, np.float32) if settings.objective == "hits" else _worth(history, lines, settings)
    is_sensitive = history.in_categories(settings.sensitive_categories)
    return {
        "worth": worth,
        "starts": history.category_starts,
        "categories": history.category_rows,
        "is_sensitive": is_sensitive if is_sensitive.any() else np.zeros(0, np.bool_),
    }


def _worth(history: History, lines: pl.DataFrame, settings: Settings) -> Floats:
    """Each product's median price, or price less cost, of its lines in the last 90 days of all with one, else
    of all its lines; without any, the median of its narrowest category, else of the shop. At least 0.
    """
    price = pl.col("unit_price") if "unit_price" in lines.columns else pl.lit(None, dtype=pl.Float64)
    cost = pl.col("unit_cost") if "unit_cost" in lines.columns else pl.lit(None, dtype=pl.Float64)
    worth = price if settings.objective == "revenue" else price - cost
    newest = pl.col("ordered_at").max() - pl.duration(days=RECENT_DAYS)
    sold = lines.filter(pl.col("quantity") > 0).with_columns(worth=worth).drop_nulls("worth")
    recent = sold.filter(pl.col("ordered_at") >= newest)
    by_product = _medians(sold) | _medians(recent)
    found = np.full(len(history.products), np.nan)
    for product_id, median in by_product.items():
        row = history.products.row(product_id)
        if row is not None:
            found[row] = median
    return np.maximum(_filled(history, found), 0).astype(np.float32)


def _medians(sold: pl.DataFrame) -> dict[str, float]:
    medians = sold.group_by("product_id").agg(pl.col("worth").median())
    return dict(medians.iter_rows())


def _filled(history: History, found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    narrowest = history.narrowest_categories()
    known = pl.DataFrame({"category": narrowest, "worth": found}).filter(pl.col("worth").is_not_nan())
    overall = known["worth"].median()
    by_category = dict(known.group_by("category").agg(pl.col("worth").median()).iter_rows())
    fallback = [by_category.get(each, overall) for each in narrowest.tolist()]
    return np.where(np.isnan(found), np.array([1.0 if each is None else each for each in fallback]), found)
