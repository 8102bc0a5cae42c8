"""Bought together: what stood in one order with the cart's products, by RP3beta and EASE at once."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recommender.history import History
from recommender.identifiers import Rows
from recommender.reason import BOUGHT_TOGETHER, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Scores,
    Slices,
    Tables,
    items,
    parts,
    row_starts,
    summed,
)
from recommender.sources.ease import ease
from recommender.sources.rp3beta import rp3beta

MEETINGS_AT_ONCE = 2_000_000


class Pairs(NamedTuple):
    """Pairs of products, given by suggested: `table` says which, and beside its data (one row each) lie
    `scores` (float32, 2 by pairs: RP3beta's and EASE's), `orders` that hold both, and `customers` who made
    those orders (int32).
    """

    table: csr_matrix
    scores: Scores
    orders: Rows
    customers: Rows


class Copurchase:
    """score(cart, j) = sum over the cart's products i of the blend's weights times what RP3beta and what EASE
    say of (i, j), merged into one table when trained: what either counts among its best `neighbours` is kept,
    if `least_customers` customers or more made the pair. Weak pairs, of fewer, count for nothing: where two
    customers made one, its product is only told of as left out.
    """

    kind: ClassVar[str] = BOUGHT_TOGETHER

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """`candidates`: the rows of what any pair brings, numbered by their places there. CSR, products by
        numbers: `starts`, `numbers`, `scores`, `orders_with_both`, `customers`; weak pairs: `weak_starts`,
        `weak_numbers`. And `orders` of each product.
        """
        pairs = measured(history, settings)
        is_strong = pairs.customers >= settings.least_customers
        candidates = np.unique(pairs.table.indices[is_strong])
        is_weak = ~is_strong & np.isin(pairs.table.indices, candidates)
        starts, numbers = _part(pairs.table, is_strong, candidates)
        weak_starts, weak_numbers = _part(pairs.table, is_weak, candidates)
        return {
            "candidates": candidates.astype(np.int32),
            "starts": starts,
            "numbers": numbers,
            "scores": np.asarray(settings.blend.pairs, dtype=np.float32) @ pairs.scores[:, is_strong],
            "orders_with_both": pairs.orders[is_strong],
            "customers": pairs.customers[is_strong],
            "weak_starts": weak_starts,
            "weak_numbers": weak_numbers,
            "orders": np.bincount(history.line_product, minlength=len(history.products)).astype(np.int32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._candidates, self._products = arrays["candidates"], tables.products
        self._strong, self._weak = Slices(arrays["starts"]), Slices(arrays["weak_starts"])
        self._numbers, self._weak_numbers = arrays["numbers"], arrays["weak_numbers"]
        self._scores = arrays["scores"]
        self._with_both, self._customers = items(arrays["orders_with_both"]), items(arrays["customers"])
        self._orders = items(arrays["orders"])

    def candidates(self, question: Question) -> Candidates:
        """The products that make a pair with a cart product, each with the sum over its pairs."""
        held = self._strong.of(question.cart)
        numbers = np.concatenate([self._numbers[:0], *parts(self._numbers, held)])
        if not len(numbers):
            return NOTHING
        found = summed(numbers, np.concatenate(parts(self._scores, held)))
        return Candidates(self._candidates[found.rows], found.scores)

    def weak_only(self, cart: Rows) -> Rows:
        """Rows, ascending, of what only weak pairs bring beside `cart`."""
        weak, strong = (
            np.concatenate([NOTHING.rows, *parts(numbers, of.of(cart))]).astype(np.intp)
            for numbers, of in ((self._weak_numbers, self._weak), (self._numbers, self._strong))
        )
        return np.setdiff1d(self._candidates[np.setdiff1d(weak, strong)], cart)

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The cart product that gives each row most of its score, with the counts of the two."""
        cart, held = question.cart.tolist(), self._strong.of(question.cart)
        wanted = self._candidates.searchsorted(rows).astype(self._numbers.dtype)  # or all would be copied
        places = np.array([each.start + self._numbers[each].searchsorted(wanted) for each in held])
        met = self._numbers.take(places, mode="clip") == wanted
        met &= places < np.array([[each.stop] for each in held])
        given = np.where(met, self._scores.take(places, mode="clip"), 0).argmax(axis=0)
        told = places[given, np.arange(len(rows))].tolist()
        return [self._reason(cart[its], place) for its, place in zip(given.tolist(), told, strict=True)]

    def _reason(self, given: int, place: int) -> Reason:
        counts = {
            "orders_with_both": self._with_both[place],
            "orders_with_cart_product": self._orders[given],
            "customers": self._customers[place],
        }
        return Reason(self.kind, self._products.id(given), counts)


def _part(
    table: csr_matrix, kept: npt.NDArray[np.bool_], candidates: Rows
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.unsignedinteger[Any]]]:
    """The row pointer of the `kept` pairs, and their numbers: in two bytes where they will do."""
    given = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[kept]
    numbers = candidates.searchsorted(table.indices[kept])
    starts = row_starts(np.bincount(given, minlength=table.shape[0]))
    return starts, numbers.astype(np.min_scalar_type(len(candidates)))


def measured(history: History, settings: Settings) -> Pairs:
    """What RP3beta and EASE say of each pair that either of them kept and two customers made, each in units
    of the median of its best pairs, and the evidence.
    """
    both = [_scaled(each(history, settings)) for each in (rp3beta, ease)]
    table = csr_matrix(both[0] + both[1])
    table.sort_indices()
    orders, customers = _evidence(table, history)
    scores = np.stack([_at_places_of(table, each) for each in both])
    # What one customer alone put together tells of that customer, not of the products.
    kept = customers > 1
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))[kept]
    starts = row_starts(np.bincount(row, minlength=table.shape[0]))
    thinned = csr_matrix((table.data[kept], table.indices[kept], starts), shape=table.shape)
    return Pairs(thinned, scores[:, kept], orders[kept], customers[kept])


def _scaled(pairs: csr_matrix) -> csr_matrix:
    filled = np.diff(pairs.indptr).nonzero()[0]
    if len(filled):
        best = np.maximum.reduceat(pairs.data, pairs.indptr[filled])
        pairs.data /= np.median(best)
    return pairs


def _at_places_of(table: csr_matrix, part: csr_matrix) -> Scores:
    """The entries of `part`, all of them places of `table`, as an array beside the data of `table`."""
    scores = np.zeros(table.nnz, dtype=np.float32)
    scores[_keys(table).searchsorted(_keys(part))] = part.data
    return scores


def _keys(pairs: csr_matrix) -> npt.NDArray[np.int64]:
    return np.asarray(
        np.repeat(np.arange(pairs.shape[0]) * pairs.shape[1], np.diff(pairs.indptr)) + pairs.indices
    )


def _evidence(pairs: csr_matrix, history: History) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """For each of `pairs`: how many orders hold both, and how many customers made those orders."""
    matrix = history.matrix().astype(np.int32)
    by_product = matrix.T.tocsr()
    orders, customers = np.zeros(pairs.nnz, np.int32), np.zeros(pairs.nnz, np.int32)
    for first, last in _blocks(matrix, by_product):
        block = slice(pairs.indptr[first], pairs.indptr[last])
        given = np.repeat(np.arange(last - first), np.diff(pairs.indptr[first : last + 1]))
        if not len(given):
            continue
        held, met = by_product[first:last], pairs.indices[block]
        orders[block] = _counts_at(held @ matrix, given, met)
        customers[block] = _counts_at(_by_customers(held, matrix, history.order_customer), given, met)
    return orders, customers


def _counts_at(counts: csr_matrix, rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> npt.NDArray[Any]:
    counts.sort_indices()  # sorted, an entry is found by bisection; unsorted, by reading its whole row
    return np.asarray(counts[rows, columns]).ravel()


def _by_customers(held: csr_matrix, matrix: csr_matrix, order_customer: Rows) -> csr_matrix:
    """How many customers bought each product of `held` (products by orders) in one order with each other."""
    lines, n_customers = held.tocoo(), int(order_customer.max()) + 1
    bought_by = lines.row.astype(np.int64) * n_customers + order_customer[lines.col]
    buyers, buyer = np.unique(bought_by, return_inverse=True)
    theirs = csr_matrix((lines.data, (buyer, lines.col)), shape=(len(buyers), matrix.shape[0])) @ matrix
    theirs.data[:] = 1
    of_product = (np.ones(len(buyers), np.int32), (buyers // n_customers, np.arange(len(buyers))))
    return csr_matrix(of_product, shape=(held.shape[0], len(buyers))) @ theirs


def _blocks(matrix: csr_matrix, by_product: csr_matrix) -> Iterator[tuple[int, int]]:
    """Ranges of products, few enough that the orders which hold them have few lines together: memory stays
    small.
    """
    sizes = np.diff(matrix.indptr)
    lines = np.concatenate([[0], np.cumsum(sizes[by_product.indices])])[by_product.indptr]
    first = 0
    while first < matrix.shape[1]:
        last = int(np.searchsorted(lines, lines[first] + MEETINGS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), matrix.shape[1])
        yield first, last
        first = last
