"""Bought together: what stood in one order with the cart's products, by RP3beta, EASE and habits at once."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recommender.history import History, distinct
from recommender.identifiers import Rows
from recommender.reason import BOUGHT_TOGETHER, HABIT, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Slices,
    Tables,
    items,
    parts,
    row_starts,
    summed,
)
from recommender.sources.pairs import Pairs, measured


class Copurchase:
    """score(cart, j) = sum over the cart's products i of the blend's weights times what RP3beta, EASE and
    habits say of (i, j), merged into one table when trained: what one of them counts among its best. Weak
    pairs, which fewer than `least_customers` customers made, count as habits do, and nothing is told of them;
    where two customers made one that is not heard, its product is only told of as left out.
    """

    kind: ClassVar[str] = BOUGHT_TOGETHER

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """`candidates`: the rows of what any pair brings, numbered by their places there. CSR, products by
        numbers: `starts`, `numbers`, `scores` (2 by pairs: where no customer is known, where one is), and the
        evidence, `orders_with_both`, `customers` and `only`; weak pairs that bring nothing: `weak_starts`,
        `weak_numbers`. And `orders` of each product.
        """
        return packed(measured(history, settings), history, settings)

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._candidates, self._products = arrays["candidates"], tables.products
        self._pairs, self._weak = Slices(arrays["starts"]), Slices(arrays["weak_starts"])
        self._numbers, self._weak_numbers = arrays["numbers"], arrays["weak_numbers"]
        self._scores = tuple(arrays["scores"])
        self._each_number = items(arrays["numbers"])
        self._each_score = tuple(map(items, self._scores))
        self._customers, self._least = items(arrays["customers"]), settings.least_customers
        self._with_both, self._orders = items(arrays["orders_with_both"]), items(arrays["orders"])

    def candidates(self, question: Question) -> Candidates:
        """The products that make a pair with a cart product, each with the sum over its pairs."""
        held = self._pairs.of(question.cart)
        numbers = np.concatenate([self._numbers[:0], *parts(self._numbers, held)])
        if not len(numbers):
            return NOTHING
        scores = np.concatenate(parts(self._scores[question.customer is not None], held))
        found = summed(numbers, scores, counts_parts=True)
        return Candidates(self._candidates[found.rows], found.scores, found.parts)

    def weak_only(self, cart: Rows) -> Rows:
        """Rows, ascending, of what only weak pairs bring beside `cart`."""
        weak, strong = (
            np.concatenate([NOTHING.rows, *parts(numbers, of.of(cart))]).astype(np.intp)
            for numbers, of in ((self._weak_numbers, self._weak), (self._numbers, self._pairs))
        )
        return np.setdiff1d(self._candidates[np.setdiff1d(weak, strong)], cart)

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The cart product whose strong pair gives each row most of its score, with the counts of the two;
        where there is none, that it goes with the cart, and no more: the orders may be those of one customer.
        """
        scores = self._each_score[question.customer is not None]
        cart = zip(question.cart.tolist(), self._pairs.of(question.cart), strict=True)
        held = [(given, its.start, its.stop) for given, its in cart]
        wanted = self._candidates.searchsorted(rows).tolist()
        found = [self._strongest(number, held, scores) for number in wanted]
        return [Reason(HABIT) if pair is None else self._told(*pair) for pair in found]

    def _strongest(
        self, number: int, held: list[tuple[int, int, int]], scores: Sequence[float]
    ) -> tuple[int, int] | None:
        """The cart product and the place of its strong pair with `number` that scores most, if there is."""
        numbers, customers, least = self._each_number, self._customers, self._least
        most, found = 0.0, None
        for given, start, stop in held:
            place = bisect_left(numbers, number, start, stop)
            if (
                place < stop
                and numbers[place] == number
                and scores[place] > most
                and customers[place] >= least
            ):
                most, found = scores[place], (given, place)
        return found

    def _told(self, given: int, place: int) -> Reason:
        counts = {
            "orders_with_both": self._with_both[place],
            "orders_with_cart_product": self._orders[given],
            "customers": self._customers[place],
        }
        return Reason(self.kind, self._products.id(given), counts)


def packed(pairs: Pairs, history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
    """The arrays of Copurchase.fit, from what is measured of `history`."""
    scores = np.asarray(settings.blend.pairs, dtype=np.float32) @ pairs.scores
    is_heard = np.asarray(scores.any(axis=0))
    candidates = distinct(pairs.table.indices[is_heard])
    is_left_out = ~is_heard & (pairs.evidence.customers > 1) & np.isin(pairs.table.indices, candidates)
    starts, numbers = _part(pairs.table, is_heard, candidates)
    weak_starts, weak_numbers = _part(pairs.table, is_left_out, candidates)
    orders, customers, only = (each[is_heard] for each in pairs.evidence)
    return {
        "candidates": candidates.astype(np.int32),
        "starts": starts,
        "numbers": numbers,
        "scores": scores[:, is_heard],
        "orders_with_both": _small(orders),
        "customers": _small(customers),
        "only": _small(only),
        "weak_starts": weak_starts,
        "weak_numbers": weak_numbers,
        "orders": np.bincount(history.line_product, minlength=len(history.products)).astype(np.int32),
    }


def without(arrays: Arrays, customers: Sequence[int]) -> dict[str, npt.NDArray[Any]]:
    """What changes of the arrays of `fit` where the pairs that one of these `customers` alone made must bring
    nothing any more.
    """
    theirs = np.isin(arrays["only"], customers)
    return {"scores": np.where(theirs, np.float32(0), arrays["scores"])}


def _small(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.unsignedinteger[Any]]:
    return counts.astype(np.min_scalar_type(counts.max(initial=0)))


def _part(
    table: csr_matrix, kept: npt.NDArray[np.bool_], candidates: Rows
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.unsignedinteger[Any]]]:
    """The row pointer of the `kept` pairs, and their numbers: in two bytes where they will do."""
    given = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[kept]
    numbers = candidates.searchsorted(table.indices[kept])
    starts = row_starts(np.bincount(given, minlength=table.shape[0]))
    return starts, numbers.astype(np.min_scalar_type(len(candidates)))
