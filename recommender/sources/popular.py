"""Popular: what most orders hold lately, in the whole shop and in each category. For when nothing better is
known.
"""

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from recommender.history import NO_TIME, History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Arrays, Candidates, Question, Tables, row_starts, slices
from recommender.suggestion import CATEGORY, POPULAR, Reason


class Popular:
    """score(product) = sum over the orders that hold it of 0.5 ** (age_days / popular_half_life_days)."""

    kind: ClassVar[str] = POPULAR

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """`rows`, `scores`: best first; `orders`, `recent_orders` (int32, one a product; those of the last
        `popular_days` days); `dated`: whether any order has a time.
        """
        rows, scores = _best_first(_weighed(history, settings), settings.listed)
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
        self._orders, self._recent = arrays["orders"], arrays["recent_orders"]
        self._days = settings.popular_days if arrays["dated"][0] else None

    def candidates(self, question: Question) -> Candidates:
        """The most popular ones, best first."""
        return self._all

    def reasons(self, question: Question, rows: Rows) -> list[Reason | None]:
        """In how many recent orders; where there were none of late, in how many ever."""
        return [self._reason(row) for row in rows.tolist()]

    def _reason(self, row: int) -> Reason:
        recent = int(self._recent[row])
        evidence = {"orders": recent or int(self._orders[row]), "days": self._days if recent else None}
        return Reason(self.kind, None, evidence)


class PopularInCategory:
    """score(product) = sum over the categories that it shares with a cart product of its share of
    what was bought there, each order counted as for Popular.

    A narrow category has few products, so to share it counts for more than to share a wide one.
    """

    kind: ClassVar[str] = CATEGORY

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSRs: `product_starts`, `product_categories` (widest first); `starts`, `rows`, `scores` over
        categories, best first.
        """
        weighed = _weighed(history, settings)
        product = np.repeat(np.arange(len(history.products)), np.diff(history.category_starts))
        category = history.category_rows
        total = np.bincount(category, weights=weighed[product], minlength=len(history.categories))
        order = np.lexsort((product, -weighed[product], category))
        place = np.arange(len(order)) - row_starts(np.bincount(category))[category[order]]
        order = order[(weighed[product[order]] > 0) & (place < settings.listed)]
        return {
            "product_starts": history.category_starts,
            "product_categories": category,
            "starts": row_starts(np.bincount(category[order], minlength=len(history.categories))),
            "rows": product[order].astype(np.int32),
            "scores": (weighed[product[order]] / total[category[order]]).astype(np.float32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._product_starts, self._categories = arrays["product_starts"], arrays["product_categories"]
        self._starts, self._rows, self._scores = arrays["starts"], arrays["rows"], arrays["scores"]
        self._names = tables.categories

    def candidates(self, question: Question) -> Candidates:
        """The best of every category of every cart product."""
        places = self._places(question)
        return Candidates(self._rows[places], self._scores[places])

    def reasons(self, question: Question, rows: Rows) -> list[Reason | None]:
        """The narrowest category that each row shares with a cart product; None where there is none."""
        held = set(self._of(question.cart).tolist())
        bounds = zip(
            self._product_starts[rows].tolist(), self._product_starts[rows + 1].tolist(), strict=True
        )
        return [self._reason(self._categories[begin:end].tolist(), held) for begin, end in bounds]

    def _reason(self, categories: list[int], held: set[int]) -> Reason | None:
        shared = [each for each in categories if each in held]
        return Reason(self.kind, None, {"category": self._names.id(shared[-1])}) if shared else None

    def _of(self, products: Rows) -> Rows:
        return np.unique(self._categories[slices(self._product_starts, products)])

    def _places(self, question: Question) -> npt.NDArray[np.int64]:
        return slices(self._starts, self._of(question.cart))


def _weighed(history: History, settings: Settings) -> npt.NDArray[np.float64]:
    weights = history.weights(settings.popular_half_life_days)[history.line_order]
    return np.bincount(history.line_product, weights, len(history.products)).astype(np.float64)


def _best_first(weighed: npt.NDArray[np.float64], listed: int) -> tuple[Rows, npt.NDArray[np.float32]]:
    order = np.lexsort((np.arange(len(weighed)), -weighed))[:listed]
    order = order[weighed[order] > 0]
    return order.astype(np.int32), weighed[order].astype(np.float32)
