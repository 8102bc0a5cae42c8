"""Upsells: the better version of a product, that customers who know both keep buying or choose."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.alike import vectors
from recommender.history import NO_TIME, History, distinct, places
from recommender.identifiers import Ids, Rows
from recommender.reason import CHOSEN_OVER, MOVED_UP, Reason
from recommender.settings import Settings
from recommender.sources import Arrays, row_starts

PAIRS_AT_ONCE = 20_000
MEETINGS_AT_ONCE = 2_000_000

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Pairs(NamedTuple):
    """Two products each, by row: `given`, and the `other`, which may be a better version of it."""

    given: Rows
    other: Rows


class Better(NamedTuple):
    """The row of a better version, how many customers came to it, and why it is one."""

    row: int
    customers: int
    reason: Reason


def fit(
    history: History, lines: pl.DataFrame, alike: Arrays, settings: Settings
) -> dict[str, npt.NDArray[Any]]:
    """Better versions by `products` (ascending, int32), the best of each first: `others`, `moved`, `chosen`
    (customers, int32), `kept_share` (float32). `lines`: with their returns; `alike`: the arrays of Likeness.

    Of a product's substitutes that share its narrowest category and are alike enough (`upsell_likeness`)
    these are the ones that `least_customers` or more came to: `moved` had bought the product and stayed with
    the other one, `chosen` viewed both before an order that held the other one alone. Of all who know both,
    more prefer it, by `upsell_errors` standard errors: from then on they bought it more often, or they chose
    it so; and no greater share of its buyers returned it (decision 0210). What is dearer is known at serving.
    """
    pairs = _of_one_kind(history, alike, settings)
    moves, choices = _moves(history, pairs), _choices(history, pairs)
    customers = _Customers(history, len(pairs.given))
    moved, chosen = customers.counted(moves.came), customers.counted(choices.came)
    preferred = customers.counted(np.append(moves.preferred, choices.preferred))
    avoided = customers.counted(np.append(moves.avoided, choices.avoided))
    kept = 1 - _returned_shares(history, lines)
    holds = np.maximum(moved, chosen) >= settings.least_customers
    holds &= preferred - avoided >= settings.upsell_errors * np.sqrt(preferred + avoided)
    holds &= preferred > avoided
    found = (holds & (kept[pairs.other] >= kept[pairs.given])).nonzero()[0]
    found = found[np.lexsort((pairs.other[found], -np.maximum(moved, chosen)[found], pairs.given[found]))]
    return {
        "products": pairs.given[found],
        "others": pairs.other[found],
        "moved": moved[found].astype(np.int32),
        "chosen": chosen[found].astype(np.int32),
        "kept_share": kept[pairs.other[found]].astype(np.float32),
    }


def _of_one_kind(history: History, alike: Arrays, settings: Settings) -> Pairs:
    """Products and their substitutes of the same narrowest category (or both of none), if alike enough."""
    given = np.repeat(np.arange(len(alike["similar_starts"]) - 1), np.diff(alike["similar_starts"]))
    other, narrowest = alike["similar"], history.narrowest_categories()
    same = (narrowest[given] == narrowest[other]) & (
        _likeness(alike, given, other) >= settings.upsell_likeness
    )
    return Pairs(given[same].astype(np.int32), other[same])


def _likeness(alike: Arrays, given: Numbers, other: Rows) -> Floats:
    described = vectors(alike)
    blocks = [slice(begin, begin + PAIRS_AT_ONCE) for begin in range(0, len(given), PAIRS_AT_ONCE)]
    found = [described[given[at]].multiply(described[other[at]]).sum(axis=1).A1 for at in blocks]
    return np.concatenate([np.zeros(0), *found])


# -- who came to it, and which of the two those who know both prefer -------------------------------------


class _Told(NamedTuple):
    """What customers did with pairs, each by one number of the pair and the customer (`_Customers`)."""

    came: Numbers
    preferred: Numbers
    avoided: Numbers

    @classmethod
    def of(cls, parts: list[tuple[Numbers, ...]]) -> "_Told":
        return cls(*(np.concatenate([np.zeros(0, np.int64), *each]) for each in zip(*parts, strict=True)))


@dataclass(frozen=True)
class _Customers:
    """Numbers for customers of pairs."""

    history: History
    n_pairs: int

    def named(self, pair: Numbers, customer: Rows | Numbers, meant: Mask) -> Numbers:
        """One number for each that is `meant`."""
        return np.asarray((pair * _width(self.history) + customer)[meant])

    def counted(self, named: Numbers) -> Numbers:
        """How many customers each pair has among `named`, each once."""
        return np.bincount(distinct(named) // _width(self.history), minlength=self.n_pairs)


class _Purchases:
    """When known customers bought what: by key of product and customer, ascending, in ranks of time."""

    def __init__(self, history: History) -> None:
        customer, times = history.order_customer[history.line_order], history.ordered_at[history.line_order]
        known = (customer < len(history.customers)) & (times != NO_TIME)
        keys = _keys(history.line_product[known], customer[known], history)
        ranks = np.unique(times[known], return_inverse=True)[1].astype(np.int64)
        self.keys, group = np.unique(keys, return_inverse=True)
        self._span = int(ranks.max(initial=0)) + 1
        self._moments = np.sort(group * self._span + ranks)
        self._starts = row_starts(np.bincount(group, minlength=len(self.keys)))

    def first(self, at: Numbers) -> Numbers:
        return np.asarray(self._moments[self._starts[at]] % self._span)

    def last(self, at: Numbers) -> Numbers:
        return np.asarray(self._moments[self._starts[at + 1] - 1] % self._span)

    def after(self, at: Numbers, rank: Numbers) -> Numbers:
        """How many there are of each later than `rank`."""
        return np.asarray(self._starts[at + 1] - self._moments.searchsorted(at * self._span + rank, "right"))


def _moves(history: History, pairs: Pairs) -> _Told:
    """Who bought the other one first after the given one, and last; and which was bought more often by whom
    from the day on that both were known. An order that holds both counts for both.
    """
    bought, customers = _Purchases(history), _Customers(history, len(pairs.given))
    parts = []
    for pair, given, other in _met(pairs, bought.keys, bought.keys, history):
        who, firsts = bought.keys[given] % _width(history), (bought.first(given), bought.first(other))
        known = np.maximum(*firsts)
        more = bought.after(other, known) - bought.after(given, known)
        came = (firsts[0] < firsts[1]) & (bought.last(given) < bought.last(other))
        parts.append(tuple(customers.named(pair, who, each) for each in (came, more > 0, more < 0)))
    return _Told.of(parts or [(np.zeros(0, np.int64),) * 3])


def _choices(history: History, pairs: Pairs) -> _Told:
    """Who viewed both before an order and bought one of them: the other one, or the given one."""
    bought = distinct(_keys(history.line_product, history.line_order, history))
    viewed = distinct(_keys(history.view_product, history.view_order, history))
    is_bought = np.isin(viewed, bought)
    taken, left, customers = viewed[is_bought], viewed[~is_bought], _Customers(history, len(pairs.given))

    def over(given: Numbers, other: Numbers) -> Numbers:
        """The customers of orders that have a given key and another one's."""
        found = [np.zeros(0, np.int64)]
        for pair, at, _ in _met(pairs, given, other, history):
            who = history.order_customer[given[at] % _width(history)]
            found.append(customers.named(pair, who, np.ones(len(who), np.bool_)))
        return np.concatenate(found)

    chosen = over(left, taken)
    return _Told(chosen, chosen, over(taken, left))


def _width(history: History) -> int:
    """More than there are orders, and customers, known or not."""
    return len(history.customers) + history.n_orders + 1


def _keys(product: Rows, who: Rows | Numbers, history: History) -> Numbers:
    return product.astype(np.int64) * _width(history) + who


def _met(
    pairs: Pairs, given: Numbers, other: Numbers, history: History
) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Numbers of pairs, with the places in `given` and in `other` (ascending keys of product and who) where
    the same one has both; some pairs at a time.
    """
    starts = row_starts(np.bincount(given // _width(history), minlength=len(history.products)))
    ends, begin = row_starts(np.diff(starts)[pairs.given]), 0
    while begin < len(pairs.given):
        end = int(ends.searchsorted(ends[begin] + MEETINGS_AT_ONCE, side="right")) - 1
        end = min(max(end, begin + 1), len(pairs.given))
        of_given, of_other = (each[begin:end] for each in pairs)
        sizes = np.diff(starts)[of_given]
        pair = np.repeat(np.arange(len(of_given)), sizes)
        place = np.arange(len(pair)) + (starts[of_given] - row_starts(sizes)[:-1])[pair]
        wanted = _keys(of_other[pair], given[place] % _width(history), history)
        at = other.searchsorted(wanted)
        both = np.append(other, -1)[at] == wanted
        yield begin + pair[both], place[both], at[both]
        begin = end


def _returned_shares(history: History, lines: pl.DataFrame) -> Floats:
    """Of the buyers of each product the share that returned any of it; 0 where it has none."""
    buyer = pl.coalesce("customer " + pl.col("customer_id"), "order " + pl.col("order_id"))
    by_product = lines.group_by("product_id").agg(
        bought=buyer.filter(pl.col("quantity") > 0).n_unique(),
        returned=buyer.filter(pl.col("quantity") < 0).n_unique(),
    )
    products = pl.Series(history.products.all(), dtype=pl.String)
    known = by_product.filter(pl.col("bought") > 0, pl.col("product_id").is_in(products.implode()))
    shares = np.zeros(len(history.products))
    shares[places(known["product_id"], products)] = (known["returned"] / known["bought"]).to_numpy()
    return shares


# -- answers ----------------------------------------------------------------------------------------------


class Upsells:
    """Better versions, from the arrays of `fit`."""

    def __init__(self, arrays: Arrays, products: Ids) -> None:
        self._arrays, self._products = arrays, products

    def of(self, product: int, limit: int) -> list[Better]:
        """At most `limit` better versions of the product at this row, that which most came to first."""
        begin, end = self._arrays["products"].searchsorted([product, product + 1]).tolist()
        return [self._better(place) for place in range(begin, min(end, begin + max(limit, 0)))]

    def _better(self, place: int) -> Better:
        told = {name: array[place].item() for name, array in self._arrays.items()}
        kind = MOVED_UP if told["moved"] >= told["chosen"] else CHOSEN_OVER
        customers = max(told["moved"], told["chosen"])
        evidence = {"customers": customers, "kept_percent": int(100 * told["kept_share"])}
        return Better(told["others"], customers, Reason(kind, self._products.id(told["products"]), evidence))
