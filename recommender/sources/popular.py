"""Popular: what most orders hold lately, in the whole shop and in each category. For when nothing better is
known.
"""

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from recommender.history import NO_TIME, History, narrowest
from recommender.identifiers import Rows
from recommender.reason import CATEGORY, POPULAR, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Slices,
    Tables,
    parts,
    row_starts,
    summed,
)


class Popular:
    """score(product) = sum over the orders that hold it of 0.5 ** (age_days / popular_half_life_days).

    What fewer than `least_customers` customers bought is not popular, however few products there are.
    """

    kind: ClassVar[str] = POPULAR

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """`rows`, `scores`: the best ones by row; `orders`, `recent_orders` (int32, one a product; those of
        the last `popular_days` days); `dated`: whether any order has a time.
        """
        heard = _by_enough(_weighed(history, settings), history, settings)
        rows, scores = _best(heard, settings.listed)
        recent = (history.age_days() <= settings.popular_days)[history.line_order]
        n = len(history.products)
        return {
            "rows": rows,
            "scores": scores,
            "orders": np.bincount(history.line_product, minlength=n).astype(np.int32),
            "recent_orders": np.bincount(history.line_product[recent], minlength=n).astype(np.int32),
            "dated": np.array([bool((history.ordered_at != NO_TIME).any())]),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._all = Candidates(arrays["rows"], arrays["scores"])
        self.orders, self.recent_orders = arrays["orders"], arrays["recent_orders"]
        self._days = settings.popular_days if arrays["dated"][0] else None

    def candidates(self, question: Question) -> Candidates:
        """The most popular ones."""
        return self._all

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """In how many recent orders; where there were none of late, in how many ever."""
        return [self._reason(row) for row in rows.tolist()]

    def _reason(self, row: int) -> Reason:
        recent = int(self.recent_orders[row])
        evidence = {"orders": recent or int(self.orders[row]), "days": self._days if recent else None}
        return Reason(self.kind, None, evidence)


class PopularInCategory:
    """score(product) = sum over the categories that it shares with a cart product of its share of
    what was bought there, each order counted as for Popular.

    A narrow category has few products, so to share it counts for more than to share a wide one. As for
    Popular, what few bought is not listed.
    """

    kind: ClassVar[str] = CATEGORY

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSRs: `product_starts`, `product_categories` (widest first); `starts`, `rows`, `scores` over
        categories, each one's best by row.
        """
        weighed = _weighed(history, settings)
        product = np.repeat(np.arange(len(history.products)), np.diff(history.category_starts))
        category = history.category_rows
        total = np.bincount(category, weights=weighed[product], minlength=len(history.categories))
        weighed = _by_enough(weighed, history, settings)
        order = np.lexsort((product, -weighed[product], category))
        place = np.arange(len(order)) - row_starts(np.bincount(category))[category[order]]
        order = order[(weighed[product[order]] > 0) & (place < settings.listed)]
        order = order[np.lexsort((product[order], category[order]))]
        return {
            "product_starts": history.category_starts,
            "product_categories": category,
            "starts": row_starts(np.bincount(category[order], minlength=len(history.categories))),
            "rows": product[order].astype(np.int32),
            "scores": (weighed[product[order]] / total[category[order]]).astype(np.float32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._held, self._categories = Slices(arrays["product_starts"]), arrays["product_categories"]
        self._starts = arrays["product_starts"]
        self._listed, self._rows, self._scores = Slices(arrays["starts"]), arrays["rows"], arrays["scores"]
        self._names = tables.categories

    def candidates(self, question: Question) -> Candidates:
        """The best of every category of every cart product."""
        listed = [self._listed[category] for category in sorted(self._of(question.cart))]
        if not listed:
            return NOTHING
        rows, scores = np.concatenate(parts(self._rows, listed)), np.concatenate(parts(self._scores, listed))
        return summed(rows, scores) if len(rows) else NOTHING

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The narrowest category that each row shares with a cart product."""
        asked = self._of(question.cart)
        shared = (
            [each for each in self._categories[held].tolist() if each in asked]
            for held in self._held.of(rows)
        )
        return [Reason(self.kind, None, {"category": self._names.id(each[-1])}) for each in shared]

    def narrowest(self) -> Rows:
        """Of each product the narrowest category; -1 where it has none."""
        return narrowest(self._starts, self._categories)

    def _of(self, products: Rows) -> set[int]:
        return {category for held in self._held.of(products) for category in self._categories[held].tolist()}


def _weighed(history: History, settings: Settings) -> npt.NDArray[np.float64]:
    weights = history.weights(settings.popular_half_life_days)[history.line_order]
    return np.bincount(history.line_product, weights, len(history.products)).astype(np.float64)


def _by_enough(
    weighed: npt.NDArray[np.float64], history: History, settings: Settings
) -> npt.NDArray[np.float64]:
    return np.where(history.buyers() >= settings.least_customers, weighed, 0)


def _best(weighed: npt.NDArray[np.float64], listed: int) -> tuple[Rows, npt.NDArray[np.float32]]:
    best = np.sort(np.argsort(-weighed, kind="stable")[:listed])
    best = best[weighed[best] > 0]
    return best.astype(np.int32), weighed[best].astype(np.float32)
