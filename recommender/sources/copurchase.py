"""Bought together: the products that stood in one order with those of the cart, by weighted co-occurrence of
orders.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from recommender.history import History
from recommender.identifiers import Rows
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
from recommender.sources.item_item import nearest
from recommender.suggestion import BOUGHT_TOGETHER, Reason

MEETINGS_AT_ONCE = 2_000_000


class Copurchase:
    """Item-based top-N, after Deshpande and Karypis (2004): a cart's score is the sum over its products i of

        score(i, j) = n(i) ** -given_power * n(j) ** -suggested_power * sum over o of w(o) * s(o) **
        -order_size_power

    with o over the orders that hold both, w an order's weight by age, s its number of products, n a product's
    weighted number of orders. The best `neighbours` of each product are kept. A pair is strong if
    `least_customers` customers or more made it: only a product that makes one with the cart is a candidate,
    and only of strong pairs is anything said. Weak ones add to a candidate's score.
    """

    kind: ClassVar[str] = BOUGHT_TOGETHER

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """Two CSRs over products. Strong pairs: `starts`, `rows`, `scores`, `orders_with_both`, `customers`;
        weak ones, with products that some strong pair can bring: `weak_starts`, `weak_rows`, `weak_scores`.
        And `orders` of each product.
        """
        matrix = history.matrix()
        pairs = _scored_pairs(matrix, history.weights(settings.pair_half_life_days), settings)
        orders, customers = _evidence(pairs, history)
        strong = customers >= settings.least_customers
        candidates = np.bincount(pairs.indices[strong], minlength=pairs.shape[0]) > 0
        weak = _part(pairs, ~strong & candidates[pairs.indices])
        return {
            **_part(pairs, strong),
            **{f"weak_{name}": array for name, array in weak.items()},
            "orders_with_both": orders[strong],
            "customers": customers[strong],
            "orders": np.bincount(history.line_product, minlength=pairs.shape[0]).astype(np.int32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._strong, self._rows, self._scores = Slices(arrays["starts"]), arrays["rows"], arrays["scores"]
        self._weak, self._weak_rows = Slices(arrays["weak_starts"]), arrays["weak_rows"]
        self._weak_scores, self._products = arrays["weak_scores"], tables.products
        self._with_both, self._customers = items(arrays["orders_with_both"]), items(arrays["customers"])
        self._orders = items(arrays["orders"])

    def candidates(self, question: Question) -> Candidates:
        """The products that make a strong pair with a cart product, each with the sum over all its pairs."""
        if not len(question.cart):
            return NOTHING
        strong, weak = self._strong.of(question.cart), self._weak.of(question.cart)
        rows = np.concatenate(parts(self._rows, strong) + parts(self._weak_rows, weak))
        scores = np.concatenate(parts(self._scores, strong) + parts(self._weak_scores, weak))
        return summed(rows, scores, sum(each.stop - each.start for each in strong))

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The cart product that gives each row most of its score, with the counts of the two."""
        cart, held = question.cart.tolist(), self._strong.of(question.cart)
        ends = list(accumulate(each.stop - each.start for each in held))
        strongest = _strongest(
            np.concatenate(parts(self._rows, held)), np.concatenate(parts(self._scores, held)), rows
        )
        spoken = ((place, bisect_right(ends, place)) for place in strongest)
        return [self._reason(cart[given], held[given].stop - ends[given] + place) for place, given in spoken]

    def _reason(self, given: int, place: int) -> Reason:
        counts = {
            "orders_with_both": self._with_both[place],
            "orders_with_cart_product": self._orders[given],
            "customers": self._customers[place],
        }
        return Reason(self.kind, self._products.id(given), counts)


def _strongest(rows: Rows, scores: Scores, wanted: Rows) -> list[int]:
    """For each of `wanted`, all of them among `rows`: where in `rows` it has its greatest score, the first of
    equals.
    """
    ascending = np.sort(wanted)
    found = (ascending.take(ascending.searchsorted(rows), mode="clip") == rows).nonzero()[0]
    # Weakest first, and of equals the last: what a dict keeps of one row is what it meets last.
    found = found[(-scores[found]).argsort(kind="stable")][::-1]
    places = dict(zip(rows[found].tolist(), found.tolist(), strict=True))
    return [places[row] for row in wanted.tolist()]


def _part(pairs: csr_matrix, kept: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[Any]]:
    given = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))[kept]
    return {
        "starts": row_starts(np.bincount(given, minlength=pairs.shape[0])),
        "rows": pairs.indices[kept].astype(np.int32),
        "scores": pairs.data[kept].astype(np.float32),
    }


def _scored_pairs(matrix: csr_matrix, weights: npt.NDArray[np.float64], settings: Settings) -> csr_matrix:
    sizes = np.maximum(np.diff(matrix.indptr), 1)
    bought = np.maximum(matrix.T @ weights, np.finfo(np.float64).tiny)
    known = np.bincount(matrix.indices, minlength=matrix.shape[1]) >= settings.least_customers
    order_factor = np.sqrt(weights * sizes**-settings.order_size_power)
    product_factor = known * bought**-settings.suggested_power
    pairs = nearest(diags(order_factor) @ matrix @ diags(product_factor), settings.neighbours)
    # A factor of a whole row changes none of its neighbours, so the given product's own share comes
    # afterwards.
    pairs.data *= np.repeat(
        bought ** (settings.suggested_power - settings.given_power), np.diff(pairs.indptr)
    )
    return pairs


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
