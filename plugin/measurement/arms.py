"""With and without Encore: what visitors of either arm bought, side by side, and the difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from plugin.measurement.comparison import Difference, difference, undefined
from plugin.measurement.facts import Facts
from plugin.store import figures as sums


@dataclass(frozen=True)
class ArmFigures:
    """One arm (see `arms`); shares and means are None while the arm has no visitor."""

    arm: str
    visitors: int
    shown: int
    clicked: int
    buyers: int
    orders: int
    conversion_share: float | None
    revenue_minor: int | None
    revenue_per_visitor_minor: float | None


@dataclass(frozen=True)
class Outside:
    """What visitors without consent saw: nothing ties their visits together, so they are not compared."""

    shown: int
    clicked: int
    bought_after: int


@dataclass(frozen=True)
class Arms:
    """Both arms, the differences (encore minus holdout), and what stands outside."""

    encore: ArmFigures
    holdout: ArmFigures
    outside: Outside
    conversion_difference: Difference
    revenue_difference_minor: Difference


def arms(facts: Facts) -> Arms:
    """With and without Encore, by intention to treat: a visitor counts in the arm drawn, whatever happened.

    visitors         = those whose first exposure of all falls in the period; an exposure is an impression in
                       arm encore and the place of one (`would_show`) in arm holdout: both are chosen alike
    buyers, orders   = paid or fulfilled orders of theirs, whatever is in them, within the attribution window
                       from the first exposure on; windows that have not ended yet count as far as they go
    conversion_share = buyers / visitors
    revenue_minor    = sum of quantity · unit price - discount over the lines of those orders, returns taken
                       off, in the shop's currency (orders in another are left out); None if no price is known
    revenue_per_visitor_minor = revenue / visitors
    The differences and their intervals: `comparison.difference`.
    """
    bought = _orders_by_visitor(facts.exposures, facts.orders, facts.window)
    histories = {
        arm: [
            _History.of(bought[each.visitor_id], facts.shop.currency)
            for each in facts.exposures
            if each.arm == arm
        ]
        for arm in ("encore", "holdout")
    }
    encore, holdout = (_arm(arm, facts.counts, of) for arm, of in histories.items())
    after = {order for each, order in facts.bought_after if each.arm is None}
    return Arms(
        encore=encore,
        holdout=holdout,
        outside=Outside(*_shown(None, facts.counts), bought_after=len(after)),
        conversion_difference=difference(
            *([float(each.orders > 0) for each in of] for of in histories.values())
        ),
        revenue_difference_minor=_revenue_difference(histories),
    )


class _History(NamedTuple):
    """What one visitor bought: how many orders, and what they came to (None: no price is known)."""

    orders: int
    amount_minor: int | None

    @classmethod
    def of(cls, orders: Sequence[sums.BoughtOrder], currency: str) -> "_History":
        amounts = [
            line.amount_minor
            for order in orders
            for line in order.lines
            if order.currency in (None, currency) and line.amount_minor is not None
        ]
        return cls(len(orders), sum(amounts) if amounts or not orders else None)


def _orders_by_visitor(
    exposures: Iterable[sums.Exposure], orders: Iterable[sums.BoughtOrder], within: timedelta
) -> Mapping[str, list[sums.BoughtOrder]]:
    """Each order with the one visitor whose exposure it followed `within`; of several, the first exposed."""
    exposed_at = {each.visitor_id: each.at for each in exposures}
    found: defaultdict[str, list[sums.BoughtOrder]] = defaultdict(list)
    for order in orders:
        buyers = [
            (exposed_at[visitor], visitor)
            for visitor in order.visitor_ids
            if visitor in exposed_at and timedelta() <= order.ordered_at - exposed_at[visitor] <= within
        ]
        if buyers:
            found[min(buyers)[1]].append(order)
    return found


def _arm(arm: str, counts: Sequence[sums.Counts], histories: Sequence[_History]) -> ArmFigures:
    shown, clicked = _shown(arm, counts)
    visitors, buyers = len(histories), sum(each.orders > 0 for each in histories)
    revenue = _revenue(histories)
    return ArmFigures(
        arm=arm,
        visitors=visitors,
        shown=shown,
        clicked=clicked,
        buyers=buyers,
        orders=sum(each.orders for each in histories),
        conversion_share=buyers / visitors if visitors else None,
        revenue_minor=revenue,
        revenue_per_visitor_minor=None if revenue is None else revenue / visitors,
    )


def _shown(arm: str | None, counts: Iterable[sums.Counts]) -> tuple[int, int]:
    mine = [each for each in counts if each.arm == arm]
    return sum(each.shown for each in mine), sum(each.clicked for each in mine)


def _revenue(histories: Sequence[_History]) -> int | None:
    """What all of them spent; None where there is nobody, or orders of which no price is known."""
    known = [each.amount_minor for each in histories if each.orders and each.amount_minor is not None]
    bought = any(each.orders for each in histories)
    return sum(known) if histories and (known or not bought) else None


def _revenue_difference(histories: Mapping[str, Sequence[_History]]) -> Difference:
    if any(each and _revenue(each) is None for each in histories.values()):
        return undefined("no_prices")
    return difference(*([float(each.amount_minor or 0) for each in of] for of in histories.values()))
