"""Bought together: the products that stood in one order with those of the cart, by weighted co-occurrence of orders."""

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

PAIRS_AT_ONCE = 4_000_000


class Copurchase:
    """For a cart product i and another j, with o over the orders that hold both, w the weight by age, s the order's size
    and n a product's weighted number of orders:

        score(i, j) = sum over o of w(o) * s(o) ** -order_size_power * n(i) ** -given_power * n(j) ** -suggested_power

    a cart's score is the sum over its products. Item-based top-N after Deshpande and Karypis (2004), whose
    conditional-probability similarity it is at given_power = 1. Kept are the best neighbours of each product, of those
    that at least `least_customers` customers bought together with it.
    """

    kind: ClassVar[str] = BOUGHT_TOGETHER

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSR over products: `starts`, `rows`, `scores`, `orders_with_both`, `customers`; and `orders` of each product."""
        matrix = history.matrix()
        pairs = _scored_pairs(matrix, history.weights(settings.pair_half_life_days), settings)
        orders, customers = _evidence(pairs, history)
        keep = customers >= settings.least_customers
        row_of = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
        return {
            "starts": row_starts(np.bincount(row_of[keep], minlength=pairs.shape[0])),
            "rows": pairs.indices[keep].astype(np.int32),
            "scores": pairs.data[keep].astype(np.float32),
            "orders_with_both": orders[keep],
            "customers": customers[keep],
            "orders": np.bincount(history.line_product, minlength=matrix.shape[1]).astype(np.int32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._starts, self._rows, self._scores = arrays["starts"], arrays["rows"], arrays["scores"]
        self._with_both, self._customers = arrays["orders_with_both"], arrays["customers"]
        self._orders, self._products = arrays["orders"], tables.products

    def candidates(self, question: Question) -> Candidates:
        """The neighbours of every cart product, one entry for each pair."""
        places = slices(self._starts, question.cart)
        return Candidates(self._rows[places], self._scores[places])

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The cart product that gives each row most of its score, with the counts of the two."""
        places = slices(self._starts, question.cart)
        wanted = places[np.isin(self._rows[places], rows)]
        ascending = wanted[np.lexsort((-wanted, self._scores[wanted]))]
        strongest = dict(zip(self._rows[ascending].tolist(), ascending.tolist(), strict=True))
        return [self._reason(strongest[row]) for row in rows.tolist()]

    def _reason(self, place: int) -> Reason:
        given = int(np.searchsorted(self._starts, place, side="right")) - 1
        evidence = {
            "orders_with_both": int(self._with_both[place]),
            "orders_with_cart_product": int(self._orders[given]),
            "customers": int(self._customers[place]),
        }
        return Reason(self.kind, self._products.id(given), evidence)


def _scored_pairs(matrix: csr_matrix, weights: npt.NDArray[np.float64], settings: Settings) -> csr_matrix:
    sizes = np.maximum(np.diff(matrix.indptr), 1)
    bought = np.maximum(matrix.T @ weights, np.finfo(np.float64).tiny)
    known = np.bincount(matrix.indices, minlength=matrix.shape[1]) >= settings.least_customers
    order_factor = np.sqrt(weights * sizes**-settings.order_size_power)
    product_factor = known * bought**-settings.suggested_power
    pairs = nearest(diags(order_factor) @ matrix @ diags(product_factor), settings.neighbours)
    pairs.data *= np.repeat(
        bought ** (settings.suggested_power - settings.given_power), np.diff(pairs.indptr)
    )
    return pairs


def _evidence(pairs: csr_matrix, history: History) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """For each pair kept: how many orders hold both, and how many customers made those orders."""
    matrix, n_customers = history.matrix(), int(history.order_customer.max(initial=-1)) + 1
    by_product = matrix.tocsc()
    orders, customers = np.zeros(pairs.nnz, np.int32), np.zeros(pairs.nnz, np.int32)
    for first, last in _blocks(matrix, by_product):
        place, order = _meetings(pairs, matrix, by_product, first, last)
        begin, size = pairs.indptr[first], pairs.indptr[last] - pairs.indptr[first]
        orders[begin : begin + size] = np.bincount(place, minlength=size)
        once = np.unique(place * n_customers + history.order_customer[order])
        customers[begin : begin + size] = np.bincount(once // n_customers, minlength=size)
    return orders, customers


def _blocks(matrix: csr_matrix, by_product: Any) -> list[tuple[int, int]]:
    """Ranges of products whose orders hold about PAIRS_AT_ONCE lines together, so that memory stays small."""
    sizes = np.diff(matrix.indptr)
    met = np.concatenate([[0], np.cumsum(sizes[by_product.indices])])[by_product.indptr]
    cuts = np.searchsorted(met, np.arange(PAIRS_AT_ONCE, met[-1] + PAIRS_AT_ONCE, PAIRS_AT_ONCE))
    edges = np.unique(np.concatenate([[0], np.minimum(cuts, matrix.shape[1]), [matrix.shape[1]]]))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _meetings(
    pairs: csr_matrix, matrix: csr_matrix, by_product: Any, first: int, last: int
) -> tuple[npt.NDArray[np.int64], Rows]:
    """Each time that a kept pair of the products first..last stood in an order: the pair's place in the block, the order."""
    held = slice(by_product.indptr[first], by_product.indptr[last])
    orders = by_product.indices[held]
    given = np.repeat(np.arange(first, last), np.diff(by_product.indptr[first : last + 1]))
    lines = slices(matrix.indptr.astype(np.int64), orders)
    sizes = np.diff(matrix.indptr)[orders]
    met = np.repeat(given, sizes).astype(np.int64) * matrix.shape[1] + matrix.indices[lines]
    block = slice(pairs.indptr[first], pairs.indptr[last])
    kept_given = np.repeat(np.arange(first, last), np.diff(pairs.indptr[first : last + 1]))
    kept = kept_given.astype(np.int64) * matrix.shape[1] + pairs.indices[block]
    place = np.searchsorted(kept, met)
    found = (place < len(kept)) & (kept[np.minimum(place, len(kept) - 1)] == met) if len(kept) else place < 0
    return place[found], np.repeat(orders, sizes)[found]
