"""Nearest orders: what stands in the orders most like the whole cart, where nobody knows the shopper."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import diags

from recommender.blend import SILENT
from recommender.history import History
from recommender.identifiers import Rows
from recommender.reason import NEAREST_ORDERS, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Slices,
    Tables,
    is_first,
    parts,
    row_starts,
    summed,
)

MOST_COMPARED = 200
"""So many orders at most are compared with a cart, of each of its products alike: more find hardly more."""
LEAST_ORDERS = 2
"""What fewer of the nearest orders hold is no candidate."""


class NearestOrders:
    """score(cart, j) = sqrt(rarity(j)) * sum of cosine(cart, o) over the `nearest_orders` orders o most like
    the cart that hold j; rarity(j) = log(orders / orders that hold j).

    Session kNN, Jannach and Ludewig (2017), with orders for sessions: products weigh by their rarity, and
    of each cart product only the latest `recent_orders` orders are looked at. A pair of products says nothing
    of the rest of the cart; an order does. Products that fewer than `least_customers` customers bought, and
    those of sensitive categories, neither steer nor are suggested. Who is known is better told by their own
    purchases, and asked nothing here.
    """

    kind: ClassVar[str] = NEAREST_ORDERS

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """`products`: the rows that count, numbered by their places there; the `rarity` of each product, 0
        where it does not count; CSR over orders, the oldest first: `starts`, `numbers`, and of each the
        `inverse_length` (0: never asked) and the `customers` row (-1: unknown); CSR over products:
        `recent_starts`, `recent`, the latest orders that hold it, ascending.
        """
        is_heard = settings.whole_orders and settings.blend.anonymous.nearest_orders != SILENT
        return learnt(history, settings, bought_by_enough(history, settings) if is_heard else NOTHING.rows)

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._products, self._rarity = arrays["products"], arrays["rarity"]
        self._factor = np.sqrt(arrays["rarity"][arrays["products"]])
        self._starts, self._numbers = arrays["starts"], arrays["numbers"]
        self._inverse_length = arrays["inverse_length"]
        self._recent, self._orders = Slices(arrays["recent_starts"]), arrays["recent"]
        self._nearest = settings.nearest_orders if settings.whole_orders else 0

    def candidates(self, question: Question) -> Candidates:
        """What at least LEAST_ORDERS of the nearest orders hold; nothing where the customer is known."""
        is_asked = self._nearest and question.customer is None and len(question.cart)
        if not is_asked or not len(self._products):
            return NOTHING
        orders = self._most_like(question.cart)
        if not len(orders.rows):
            return NOTHING
        begins = self._starts[orders.rows]
        sizes = self._starts[orders.rows + 1] - begins
        ends = sizes.cumsum()
        # All lines of all these orders in one step: a slice for each would take longer than all the rest.
        numbers = self._numbers[np.arange(ends[-1]) + (begins - ends + sizes).repeat(sizes)]
        order = numbers.argsort(kind="stable")
        ascending = numbers[order]
        firsts = is_first(ascending).nonzero()[0]
        sums = np.add.reduceat(orders.scores.repeat(sizes)[order], firsts)
        often = np.concatenate((firsts[1:], [len(order)])) - firsts >= LEAST_ORDERS
        found = ascending[firsts[often]]
        return Candidates(self._products[found], sums[often] * self._factor[found])

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """That it goes with the cart, and no more: the orders may be those of one customer."""
        return [Reason(self.kind)] * len(rows)

    def _most_like(self, cart: Rows) -> Candidates:
        """The orders most like `cart`, as many as are asked, with their cosines (times the cart's length)."""
        latest = MOST_COMPARED // len(cart) + 1
        held = [slice(max(each.start, each.stop - latest), each.stop) for each in self._recent.of(cart)]
        orders = np.concatenate([NOTHING.rows, *parts(self._orders, held)])
        if not len(orders):
            return NOTHING
        met = summed(orders, self._rarity[cart].repeat([each.stop - each.start for each in held]))
        likeness = met.scores * self._inverse_length[met.rows]
        if len(likeness) <= self._nearest:
            nearest = likeness.nonzero()[0]
        else:
            nearest = likeness.argpartition(len(likeness) - self._nearest)[-self._nearest :]
            nearest = nearest[likeness[nearest] > 0]
        return Candidates(met.rows[nearest], likeness[nearest])


def without(arrays: Arrays, customers: Sequence[int]) -> dict[str, npt.NDArray[Any]]:
    """What changes of the arrays of `fit` where no order of these `customers` may be asked any more."""
    theirs = np.isin(arrays["customers"], customers)
    return {"inverse_length": np.where(theirs, np.float32(0), arrays["inverse_length"])}


def learnt(history: History, settings: Settings, products: Rows) -> dict[str, npt.NDArray[Any]]:
    """The arrays of `fit`, of these `products` alone."""
    in_time = np.lexsort((np.arange(history.n_orders), history.ordered_at))
    matrix = history.matrix()[in_time][:, products].tocsr()
    matrix.sort_indices()
    rarity = np.log(history.n_orders / np.maximum(np.diff(matrix.tocsc().indptr), 1)).astype(np.float32)
    by_product = matrix.T.tocsr()
    by_product.sort_indices()
    places = np.arange(by_product.nnz) - np.repeat(by_product.indptr[1:], np.diff(by_product.indptr))
    is_recent = places >= -settings.recent_orders
    counts = np.minimum(np.diff(by_product.indptr), settings.recent_orders)
    n = len(history.products)
    length = np.sqrt((matrix @ diags(rarity)).sum(axis=1).A1)
    customers = history.order_customer[in_time]
    return {
        "products": products,
        "rarity": _spread(rarity, products, n),
        "starts": row_starts(np.diff(matrix.indptr)),
        "numbers": matrix.indices.astype(np.min_scalar_type(len(products))),
        "inverse_length": (1 / np.maximum(length, np.finfo(np.float32).tiny)).astype(np.float32),
        "customers": np.where(customers < len(history.customers), customers, -1).astype(np.int32),
        "recent_starts": row_starts(_spread(counts, products, n)),
        "recent": by_product.indices[is_recent].astype(np.int32),
    }


def _spread(values: npt.NDArray[Any], products: Rows, n: int) -> npt.NDArray[Any]:
    spread = np.zeros(n, dtype=values.dtype)
    spread[products] = values
    return spread


def bought_by_enough(history: History, settings: Settings) -> Rows:
    """Rows of what enough customers bought and is in no sensitive category, ascending."""
    known = history.buyers() >= settings.least_customers
    return (known & ~history.in_categories(settings.sensitive_categories)).nonzero()[0].astype(np.int32)
