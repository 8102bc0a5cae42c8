"""Bundles: two to four products that many customers buy together, and still did in the latest orders."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recommender.history import History
from recommender.identifiers import Ids, Rows
from recommender.settings import Settings
from recommender.sources import Arrays, row_starts

MOST_PRODUCTS = 4
NONE = -1
"""Stands where a bundle of fewer products has no further one."""
_FIGURES = ("support", "recent_support", "lift", "least_lift")
_AT_ONCE = 2_000
_LOOKED_AT = 10
"""So many times as many as are kept of each product, the best lately, are looked at in all orders."""
Z = 1.96

Sets = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Kept = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Bundle:
    """Products that are bought together, in the order of their ids.

    `support`: customers who bought all of them in one order; `recent_support`: those of the latest orders.
    `lift`: how many times more often than by chance the orders hold all of them, for the product of which
    that is least; `least_lift`: the lower end of its 95 % interval, counted by customers.
    """

    product_ids: tuple[str, ...]
    support: int
    recent_support: int
    lift: float
    least_lift: float


class Evidence(NamedTuple):
    """What some orders say of sets, one entry a set: `customers` who bought all of it at once, `lift`."""

    customers: npt.NDArray[np.int64]
    lift: Floats

    @property
    def least_lift(self) -> Floats:
        """The lower end of the lift's 95 % interval: the logarithm of a count of n customers has the error
        n ** -0.5, however often each of them bought.
        """
        return np.asarray(self.lift * np.exp(-Z / np.sqrt(np.maximum(self.customers, 1))))

    def of(self, kept: Any) -> "Evidence":
        """That of some of the sets."""
        return Evidence(self.customers[kept], self.lift[kept])


class Orders:
    """Some of a history's orders, and how often they hold sets of products."""

    def __init__(self, history: History, chosen: Kept) -> None:
        self.matrix = history.matrix()[chosen.nonzero()[0]]
        self.by_product = self.matrix.T.tocsr()
        self._customer = history.order_customer[chosen].astype(np.int64)

    def evidence(self, sets: Sets) -> Evidence:
        """What these orders say of `sets` (one a row): a product is compared with all the others together,
        and the least of it counts, so that nothing is in a bundle by chance.
        """
        blocks = [self._evidence(sets[start : start + _AT_ONCE]) for start in range(0, len(sets), _AT_ONCE)]
        return Evidence(*map(np.concatenate, zip(*blocks, strict=True)))

    def pairs(self, least_orders: int) -> Sets:
        """Every pair that so many of the orders hold, the smaller row first."""
        found = list(self._pairs(least_orders))
        return np.concatenate(found) if found else np.zeros((0, 2), np.int32)

    def _pairs(self, least_orders: int) -> Iterator[Sets]:
        often = (np.diff(self.by_product.indptr) >= least_orders).nonzero()[0]
        for start in range(0, len(often), _AT_ONCE):
            given = often[start : start + _AT_ONCE]
            counts = (self.by_product[given] @ self.matrix).tocoo()
            first, second = given[counts.row], counts.col
            met = (counts.data >= least_orders) & (first < second)
            yield np.stack([first[met], second[met]], axis=1).astype(np.int32)

    def _evidence(self, sets: Sets) -> Evidence:
        holding = self._holding(sets)
        n_customers = int(self._customer.max()) + 1
        bought = np.repeat(np.arange(len(sets)), np.diff(holding.indptr)) * n_customers
        buyers = np.unique(bought + self._customer[holding.indices]) // n_customers
        together, lift = np.diff(holding.indptr), np.full(len(sets), np.inf)
        for place in range(sets.shape[1]):
            alone = np.diff(self._holding(sets[:, [place]]).indptr)
            others = np.diff(self._holding(np.delete(sets, place, axis=1)).indptr)
            by_chance = np.maximum(alone * (others / self.matrix.shape[0]), np.finfo(float).tiny)
            lift = np.minimum(lift, together / by_chance)
        return Evidence(np.bincount(buyers, minlength=len(sets)), lift)

    def _holding(self, sets: Sets) -> csr_matrix:
        """Sets by orders: which hold all of each set."""
        holding = self.by_product[sets[:, 0]]
        for products in sets.T[1:]:
            holding = holding.multiply(self.by_product[products]).tocsr()
        return holding


def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
    """All bundles, the best first: `sets` (int32, n by 4, NONE for no product), `support`, `recent_support`
    (int32), `lift`, `least_lift` (float32); and `products`, ascending, beside the `numbers` of their bundles.

    A set holds where it is in `bundle_customers` customers' orders or more, `bundle_recent_customers` of them
    lately, and the lower end of its lift's interval is at least `bundle_lift`, lately
    `bundle_recent_lift` (decision 0194).
    """
    whole, recent = (Orders(history, each) for each in _chosen(history, settings.bundle_recent_share))
    sets = recent.pairs(settings.bundle_recent_customers)
    found = [_nothing()]
    while len(sets) and sets.shape[1] <= MOST_PRODUCTS:
        late = _best(_late(sets, recent, settings), len(history.products), _LOOKED_AT * settings.bundles_kept)
        held = _held(late, whole, settings)
        found.append(_best(held, len(history.products), settings.bundles_kept))
        sets = _grown(found[-1].sets)
    return _as_arrays(found)


class _Found(NamedTuple):
    sets: Sets
    whole: Evidence
    recent: Evidence

    def of(self, kept: Any) -> "_Found":
        return _Found(self.sets[kept], self.whole.of(kept), self.recent.of(kept))

    def ranked(self) -> npt.NDArray[np.intp]:
        """The best first: what most customers bought lately, then what is least likely to be chance."""
        return np.lexsort((*self.sets.T[::-1], -self.recent.least_lift, -self.recent.customers))


def _nothing() -> _Found:
    none = Evidence(np.zeros(0, np.int64), np.zeros(0))
    return _Found(np.zeros((0, MOST_PRODUCTS), np.int32), none, none)


def _chosen(history: History, recent_share: float) -> tuple[Kept, Kept]:
    """All orders, and the latest; where no order has a time, all are the latest."""
    times = history.ordered_at
    first_recent = int(len(times) * (1 - recent_share))
    is_recent = times >= np.sort(times)[first_recent] if len(times) else np.zeros(0, np.bool_)
    return np.ones(len(times), np.bool_), is_recent


def _late(sets: Sets, recent: Orders, settings: Settings) -> _Found:
    """Those of `sets` that hold lately; what all orders say is not asked yet."""
    late = recent.evidence(sets)
    holds = late.customers >= settings.bundle_recent_customers
    holds &= late.least_lift >= settings.bundle_recent_lift
    return _Found(sets, late, late).of(holds)


def _held(late: _Found, whole: Orders, settings: Settings) -> _Found:
    """Those that hold in all orders too."""
    if not len(late.sets):
        return late
    ever = whole.evidence(late.sets)
    holds = (ever.customers >= settings.bundle_customers) & (ever.least_lift >= settings.bundle_lift)
    return late._replace(whole=ever).of(holds)


def _best(found: _Found, n_products: int, kept: int) -> _Found:
    """What is among the best `kept` of any of its products, the best first."""
    ordered = found.of(found.ranked())
    products, numbers = _by_product(ordered.sets)
    starts = row_starts(np.bincount(products, minlength=n_products))
    place = np.arange(len(products)) - starts[products]
    return ordered.of(np.unique(numbers[place < kept]))


def _by_product(sets: Sets) -> tuple[Rows, Rows]:
    """Each product of each set with the set's number, by product and then by number."""
    numbers, places = (sets != NONE).nonzero()
    products = sets[numbers, places]
    order = np.argsort(products, kind="stable")
    return products[order], numbers[order].astype(np.int32)


def _grown(sets: Sets) -> Sets:
    """Sets of one product more, of which every set without one of its products is among `sets`."""
    known = set(map(tuple, sets.tolist()))
    after: dict[tuple[int, ...], list[int]] = {}
    for *begin, last in sorted(known):
        after.setdefault(tuple(begin), []).append(last)
    found = [
        (*begin, first, last)
        for begin, ends in after.items()
        for place, first in enumerate(ends)
        for last in ends[place + 1 :]
        if all((*begin[:out], *begin[out + 1 :], first, last) in known for out in range(len(begin)))
    ]
    return np.array(found, dtype=np.int32).reshape(-1, sets.shape[1] + 1)


def _as_arrays(found: list[_Found]) -> dict[str, npt.NDArray[Any]]:
    sets = np.concatenate([_widened(each.sets) for each in found])
    whole, recent = (
        Evidence(*map(np.concatenate, zip(*(each[place] for each in found), strict=True))) for place in (1, 2)
    )
    every = _Found(sets, whole, recent)
    every = every.of(every.ranked())
    products, numbers = _by_product(every.sets)
    return {
        "sets": every.sets,
        "support": every.whole.customers.astype(np.int32),
        "recent_support": every.recent.customers.astype(np.int32),
        "lift": every.whole.lift.astype(np.float32),
        "least_lift": every.whole.least_lift.astype(np.float32),
        "products": products,
        "numbers": numbers,
    }


def _widened(sets: Sets) -> Sets:
    missing = MOST_PRODUCTS - sets.shape[1]
    return np.pad(sets, ((0, 0), (0, missing)), constant_values=NONE)


class Bundles:
    """All bundles, from the arrays of `fit`."""

    def __init__(self, arrays: Arrays, products: Ids) -> None:
        self._arrays, self._products = arrays, products

    def best(self, limit: int) -> list[Bundle]:
        """At most `limit` bundles, the best first."""
        return self._bundles(slice(0, max(limit, 0)))

    def holding(self, product: int, limit: int) -> list[Bundle]:
        """At most `limit` bundles that hold the product at this row, the best first."""
        first, last = self._arrays["products"].searchsorted([product, product + 1])
        return self._bundles(self._arrays["numbers"][first:last][: max(limit, 0)])

    def _bundles(self, chosen: Any) -> list[Bundle]:
        rows = self._arrays["sets"][chosen].tolist()
        figures = (self._arrays[name][chosen].tolist() for name in _FIGURES)
        products = (tuple(self._products.ids(row for row in each if row != NONE)) for each in rows)
        return list(map(Bundle, products, *figures))
