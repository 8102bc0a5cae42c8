"""Bought together: the products that stood in one order with those of the cart, by weighted co-occurrence of
orders.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from recommender.history import History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Arrays, Candidates, Question, Tables, row_starts, slices
from recommender.sources.item_item import nearest
from recommender.suggestion import BOUGHT_TOGETHER, Reason

MEETINGS_AT_ONCE = 2_000_000
EVIDENCE = ("orders_with_both", "orders_with_cart_product", "customers")
NONE = (0.0, -1)


class Copurchase:
    """Item-based top-N, after Deshpande and Karypis (2004): a cart's score is the sum over its products i of

        score(i, j) = n(i) ** -given_power * n(j) ** -suggested_power * sum over o of w(o) * s(o) **
        -order_size_power

    with o over the orders that hold both, w an order's weight by age, s its number of products, n a product's
    weighted number of orders. The best `neighbours` of each product are kept. A pair that only c <
    `least_customers` customers made counts sqrt(c / least_customers), and nothing is ever said of it: only
    the others are kept with their evidence.
    """

    kind: ClassVar[str] = BOUGHT_TOGETHER

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """Two CSRs over products. All pairs: `starts`, `rows`, `scores`; those that may be spoken of:
        `told_starts`, `told_rows`, `told_scores`, `orders_with_both`, `customers`. And `orders` of each
        product.
        """
        matrix = history.matrix()
        pairs = _scored_pairs(matrix, history.weights(settings.pair_half_life_days), settings)
        orders, customers = _evidence(pairs, history)
        told = customers >= settings.least_customers
        pairs.data *= np.sqrt(np.minimum(customers / settings.least_customers, 1))
        given = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
        return {
            "starts": pairs.indptr.astype(np.int64),
            "rows": pairs.indices.astype(np.int32),
            "scores": pairs.data.astype(np.float32),
            "told_starts": row_starts(np.bincount(given[told], minlength=pairs.shape[0])),
            "told_rows": pairs.indices[told].astype(np.int32),
            "told_scores": pairs.data[told].astype(np.float32),
            "orders_with_both": orders[told],
            "customers": customers[told],
            "orders": np.bincount(history.line_product, minlength=pairs.shape[0]).astype(np.int32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._starts, self._rows, self._scores = arrays["starts"], arrays["rows"], arrays["scores"]
        self._told_starts, self._told_rows = arrays["told_starts"], arrays["told_rows"]
        self._told_scores, self._with_both = arrays["told_scores"], arrays["orders_with_both"]
        self._customers, self._orders, self._products = arrays["customers"], arrays["orders"], tables.products

    def candidates(self, question: Question) -> Candidates:
        """The neighbours of every cart product, one entry for each pair."""
        places = slices(self._starts, question.cart)
        return Candidates(self._rows[places], self._scores[places])

    def reasons(self, question: Question, rows: Rows) -> list[Reason | None]:
        """The cart product that gives each row most of its score, with the counts of the two; None where too
        few customers bought it with any.
        """
        wanted = np.zeros(len(self._orders), dtype=bool)
        wanted[rows] = True
        places = slices(self._told_starts, question.cart)
        places = places[wanted[self._told_rows[places]]]
        strongest: dict[int, tuple[float, int]] = {}
        entries = zip(
            self._told_rows[places].tolist(), self._told_scores[places].tolist(), places.tolist(), strict=True
        )
        for row, score, place in entries:
            if score > strongest.get(row, NONE)[0]:
                strongest[row] = score, place
        told = self._told(np.array([place for _, place in strongest.values()], dtype=np.int64))
        reasons = dict(zip(strongest, told, strict=True))
        return [reasons.get(row) for row in rows.tolist()]

    def _told(self, places: npt.NDArray[np.int64]) -> list[Reason]:
        given = self._told_starts.searchsorted(places, side="right") - 1
        counts = (self._with_both[places], self._orders[given], self._customers[places])
        facts = zip(*(each.tolist() for each in counts), strict=True)
        named = zip(self._products.ids(given), facts, strict=True)
        return [Reason(self.kind, product, dict(zip(EVIDENCE, each, strict=True))) for product, each in named]


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
