"""Figures: the sums over events, slates and orders that measurement makes its figures of."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, case, func, select, type_coerce

from plugin.store.orders import BOUGHT, lines_of, visible_orders
from plugin.store.tables import events, order_lines, slates

_QUARTER_MS = 15 * 60 * 1000  # every time zone is a whole number of quarters of an hour away from UTC
_AT_ONCE = 5_000  # parameters of one statement; both databases take more
# What shows that a product was seen: a second in view, or a click that came before the second was over.
_SEEN = ("impression", "click", "add_to_cart")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Counts(NamedTuple):
    """What was first seen within the quarter of an hour from `at` on; of that, what was clicked and added."""

    placement: str
    arm: str | None
    at: datetime
    shown: int
    clicked: int
    added: int


class Exposure(NamedTuple):
    """When a visitor was first shown something, or would have been (arm holdout)."""

    visitor_id: str
    arm: str
    at: datetime


class Impression(NamedTuple):
    """One product seen in one slate, and when."""

    slate_id: str
    visitor_id: str | None
    placement: str
    arm: str | None
    product_id: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """What a line adds to an order: `amount_minor` None where no price is known, negative for a return."""

    product_id: str
    quantity: float
    amount_minor: int | None


@dataclass(frozen=True)
class BoughtOrder:
    """A paid or fulfilled order in its latest version, and the visitors and slates that it comes from."""

    order_id: str
    ordered_at: datetime
    currency: str | None
    visitor_ids: frozenset[str]
    slate_ids: frozenset[str]
    lines: tuple[Line, ...]


def counts(connection: Connection, shop_id: str, since: datetime, until: datetime) -> list[Counts]:
    """Pairs of slate and product first seen in [since, until), by placement, arm and quarter of an hour."""
    pairs = _shown_pairs(shop_id, since, until).subquery()
    quarter = (type_coerce(pairs.c.shown_at, BigInteger) // _QUARTER_MS).label("quarter")
    figures = (func.count().label("shown"), func.count(pairs.c.clicked_at), func.count(pairs.c.added_at))
    statement = (
        select(slates.c.placement, slates.c.arm, quarter, *figures)
        .join_from(pairs, slates, (slates.c.shop_id == shop_id) & (slates.c.slate_id == pairs.c.slate_id))
        .group_by(slates.c.placement, slates.c.arm, quarter)
    )
    return [
        Counts(placement, arm, _EPOCH + timedelta(milliseconds=int(number) * _QUARTER_MS), *rest)
        for placement, arm, number, *rest in connection.execute(statement)
    ]


def first_exposures(connection: Connection, shop_id: str, since: datetime, until: datetime) -> list[Exposure]:
    """The visitors whose first exposure of all falls in [since, until), in the arm of that exposure."""
    seen = (  # by slate first: joined directly, SQLite reads all events once a slate
        select(events.c.slate_id, func.min(events.c.at).label("at"))
        .where(events.c.shop_id == shop_id, events.c.type.in_((*_SEEN, "would_show")))
        .group_by(events.c.slate_id)
        .subquery()
    )
    in_encore = func.min(case((slates.c.arm == "encore", seen.c.at)))
    in_holdout = func.min(case((slates.c.arm == "holdout", seen.c.at)))
    first = func.min(seen.c.at)
    statement = (
        select(slates.c.visitor_id, in_encore, in_holdout)
        .join_from(seen, slates, (slates.c.shop_id == shop_id) & (slates.c.slate_id == seen.c.slate_id))
        .where(slates.c.visitor_id.is_not(None), slates.c.arm.is_not(None))
        .group_by(slates.c.visitor_id)
        .having((first >= since) & (first < until))
    )
    return [_exposure(*row) for row in connection.execute(statement)]


def impressions(
    connection: Connection, shop_id: str, since: datetime, until: datetime, bought: Sequence[BoughtOrder]
) -> set[Impression]:
    """What was seen in [since, until) by the visitors, and of the slates, that these orders come from."""
    visitor_ids = {each for order in bought for each in order.visitor_ids}
    slate_ids = {each for order in bought for each in order.slate_ids}
    of_slate = select(slates).where(slates.c.shop_id == shop_id)
    shown = {
        row.slate_id: row
        for column, values in ((slates.c.visitor_id, visitor_ids), (slates.c.slate_id, slate_ids))
        for row in _in_batches(connection, of_slate, column, values)
    }
    # The time is looked at here, not in SQL: told of it, SQLite reads all of the period's events instead.
    seen = select(events.c.slate_id, events.c.product_id, events.c.at).where(
        events.c.shop_id == shop_id, events.c.type.in_(_SEEN), events.c.product_id.is_not(None)
    )
    return {
        Impression(slate_id, slate.visitor_id, slate.placement, slate.arm, product_id, at)
        for slate_id, product_id, at in _in_batches(connection, seen, events.c.slate_id, shown)
        if since <= at < until
        for slate in (shown[slate_id],)
    }


def bought_orders(
    connection: Connection, shop_id: str, since: datetime, until: datetime
) -> list[BoughtOrder]:
    """The paid and fulfilled orders placed in [since, until] that are known to come from a visitor or slate.

    An order says so itself (`visitor_id`, `slate_ids`) or the browser's purchase event does; the visitor whom
    one of the slates was shown to is one of its visitors.
    """
    found = _origins(connection, shop_id, since, until)
    shown_to = _visitors(connection, shop_id, {slate for each in found.values() for slate in each.slate_ids})
    for each in found.values():
        each.visitor_ids |= {shown_to[slate] for slate in each.slate_ids if slate in shown_to}
    known = {order_id: each for order_id, each in found.items() if each.slate_ids or each.visitor_ids}
    lines = _lines(connection, shop_id, known)
    return [
        BoughtOrder(
            order_id,
            each.ordered_at,
            each.currency,
            frozenset(each.visitor_ids),
            frozenset(each.slate_ids),
            tuple(lines.get(order_id, ())),
        )
        for order_id, each in known.items()
    ]


@dataclass
class _Origin:
    """Where an order is said to come from, while that is being found out."""

    ordered_at: datetime
    currency: str | None
    visitor_ids: set[str]
    slate_ids: set[str]


def _origins(connection: Connection, shop_id: str, since: datetime, until: datetime) -> dict[str, _Origin]:
    head = visible_orders.c
    statement = select(visible_orders).where(
        head.shop_id == shop_id,
        head.ordered_at >= since,
        head.ordered_at <= until,
        head.status.in_(BOUGHT),
    )
    found = {
        row.order_id: _Origin(
            row.ordered_at, row.currency, {row.visitor_id} - {None}, set(row.slate_ids or ())
        )
        for row in connection.execute(statement)
    }
    for order_id, visitor_id, slate_id in connection.execute(_purchases(shop_id, since)):
        if order_id in found:
            found[order_id].visitor_ids |= {visitor_id} - {None}
            found[order_id].slate_ids |= {slate_id} - {None}
    return found


def _first(*kinds: str) -> ColumnElement[datetime]:
    return func.min(case((events.c.type.in_(kinds), events.c.at)))


def _shown_pairs(shop_id: str, since: datetime, until: datetime) -> Select[Any]:
    """One row a (slate, product) that was seen, and when it was first seen, clicked and added."""
    shown_at = _first(*_SEEN)
    return (
        select(
            events.c.slate_id,
            shown_at.label("shown_at"),
            _first("click").label("clicked_at"),
            _first("add_to_cart").label("added_at"),
        )
        .where(events.c.shop_id == shop_id, events.c.at >= since, events.c.at < until)
        .where(events.c.slate_id.is_not(None), events.c.product_id.is_not(None))
        .group_by(events.c.slate_id, events.c.product_id)
        .having(shown_at.is_not(None))
    )


def _exposure(visitor_id: str, in_encore: datetime | None, in_holdout: datetime | None) -> Exposure:
    """Whoever was seen in both arms (the share was changed) stays in the arm of the first time."""
    arms = [(at, arm) for at, arm in ((in_encore, "encore"), (in_holdout, "holdout")) if at is not None]
    at, arm = min(arms)
    return Exposure(visitor_id, arm, at)


def _purchases(shop_id: str, since: datetime) -> Select[Any]:
    """Order, visitor and slate as browsers named them when they reported a purchase."""
    return select(events.c.order_id, events.c.visitor_id, events.c.slate_id).where(
        events.c.shop_id == shop_id,
        events.c.type == "purchase",
        events.c.order_id.is_not(None),
        events.c.at >= since,
    )


def _lines(connection: Connection, shop_id: str, order_ids: Collection[str]) -> dict[str, list[Line]]:
    statement = (
        select(order_lines)
        .join(visible_orders, lines_of(visible_orders))
        .where(visible_orders.c.shop_id == shop_id)
    )
    found: dict[str, list[Line]] = {}
    for row in _in_batches(connection, statement, visible_orders.c.order_id, order_ids):
        found.setdefault(row.order_id, []).append(Line(row.product_id, row.quantity, _amount(row)))
    return found


def _amount(row: Any) -> int | None:
    """What the line came to: minor units, negative for a return."""
    if row.unit_price_minor is None:
        return None
    return round(float(row.quantity * row.unit_price_minor)) - int(row.discount_minor or 0)


def _visitors(connection: Connection, shop_id: str, slate_ids: Collection[str]) -> dict[str, str]:
    """The visitors whom those of `slate_ids` were shown to that were shown to a known one."""
    statement = select(slates.c.slate_id, slates.c.visitor_id).where(
        slates.c.shop_id == shop_id, slates.c.visitor_id.is_not(None)
    )
    return {row[0]: row[1] for row in _in_batches(connection, statement, slates.c.slate_id, slate_ids)}


def _in_batches(
    connection: Connection, statement: Select[Any], column: ColumnElement[Any], values: Collection[str]
) -> Iterator[Any]:
    """The rows whose `column` is one of `values`, which may be more than one statement takes."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        yield from connection.execute(statement.where(column.in_(ordered[start : start + _AT_ONCE])))
