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
    Slices,
    Tables,
    items,
    parts,
    row_starts,
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
        """`candidates`: the rows of what any strong pair brings, numbered by their places there. Two CSRs,
        products by numbers. Strong pairs: `starts`, `numbers`, `scores`, `orders_with_both`, `customers`;
        weak ones: `weak_starts`, `weak_numbers`, `weak_scores`. And `orders` of each product.
        """
        matrix = history.matrix()
        pairs = _scored_pairs(matrix, history.weights(settings.pair_half_life_days), settings)
        orders, customers = _evidence(pairs, history)
        strong = customers >= settings.least_customers
        candidates = np.unique(pairs.indices[strong])
        weak = _part(pairs, ~strong & np.isin(pairs.indices, candidates), candidates)
        return {
            "candidates": candidates.astype(np.int32),
            **_part(pairs, strong, candidates),
            **{f"weak_{name}": array for name, array in weak.items()},
            "orders_with_both": orders[strong],
            "customers": customers[strong],
            "orders": np.bincount(history.line_product, minlength=pairs.shape[0]).astype(np.int32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._candidates, self._products = arrays["candidates"], tables.products
        self._strong, self._weak = Slices(arrays["starts"]), Slices(arrays["weak_starts"])
        self._numbers, self._weak_numbers = arrays["numbers"], arrays["weak_numbers"]
        self._scores, self._weak_scores = arrays["scores"], arrays["weak_scores"]
        self._with_both, self._customers = items(arrays["orders_with_both"]), items(arrays["customers"])
        self._orders = items(arrays["orders"])

    def candidates(self, question: Question) -> Candidates:
        """The products that make a strong pair with a cart product, each with the sum over all its pairs."""
        if not len(question.cart):
            return NOTHING
        strong, weak = self._strong.of(question.cart), self._weak.of(question.cart)
        # Widened at once: as an index or in bincount anything narrower would be widened each time.
        numbers = np.concatenate(
            parts(self._numbers, strong) + parts(self._weak_numbers, weak), dtype=np.intp
        )
        scores = np.concatenate(parts(self._scores, strong) + parts(self._weak_scores, weak))
        sums = np.bincount(numbers, scores, len(self._candidates))
        found = self._marked(numbers[: sum(each.stop - each.start for each in strong)]).nonzero()[0]
        return Candidates(self._candidates[found], sums[found].astype(np.float32))

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """The cart product that gives each row most of its score, with the counts of the two."""
        cart, held = question.cart.tolist(), self._strong.of(question.cart)
        ends = list(accumulate(each.stop - each.start for each in held))
        spoken = ((place, bisect_right(ends, place)) for place in self._strongest(held, rows))
        return [self._reason(cart[given], held[given].stop - ends[given] + place) for place, given in spoken]

    def _strongest(self, held: list[slice], rows: Rows) -> list[int]:
        """For each of `rows` the place, among the pairs of `held`, of the one with its greatest score, the
        first of equals.
        """
        numbers = np.concatenate(parts(self._numbers, held), dtype=np.intp)
        wanted = self._candidates.searchsorted(rows)
        found = self._marked(wanted)[numbers].nonzero()[0]
        scores = np.concatenate(parts(self._scores, held))[found]
        # Weakest first, and of equals the last: of one number a dict keeps what it meets last.
        found = found[(-scores).argsort(kind="stable")[::-1]]
        places = dict(zip(numbers[found].tolist(), found.tolist(), strict=True))
        return [places[number] for number in wanted.tolist()]

    def _marked(self, numbers: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
        marked = np.zeros(len(self._candidates), dtype=bool)
        marked[numbers] = True
        return marked

    def _reason(self, given: int, place: int) -> Reason:
        counts = {
            "orders_with_both": self._with_both[place],
            "orders_with_cart_product": self._orders[given],
            "customers": self._customers[place],
        }
        return Reason(self.kind, self._products.id(given), counts)


def _part(pairs: csr_matrix, kept: npt.NDArray[np.bool_], candidates: Rows) -> dict[str, npt.NDArray[Any]]:
    given = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))[kept]
    numbers = candidates.searchsorted(pairs.indices[kept])
    return {
        "starts": row_starts(np.bincount(given, minlength=pairs.shape[0])),
        "numbers": numbers.astype(np.min_scalar_type(len(candidates))),  # two bytes where they will do
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
