"""The orders of some weeks as the carts that they were: a bounded sample of whole customers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from plugin.store import bulk, standing
from plugin.store.orders import bought, contents, visible_orders
from plugin.store.standing import Bought
from plugin.store.tables import customers, orders

_KEYS_AT_ONCE = 500
_HEADS = {"order_id": pl.String, "customer_id": pl.String, "ordered_at": pl.Int64}


class PastLine(NamedTuple):
    """One line of an order; `quantity` is above 0."""

    product_id: str
    variant_id: str | None
    quantity: float


@dataclass(frozen=True)
class PastOrder:
    """An order as it was placed; `country` and `language` are its customer's, None where nobody said.

    `worth_minor`: all of it less discounts and returns.
    """

    order_id: str
    customer_id: str | None
    ordered_at: datetime
    currency: str | None
    country: str | None
    language: str | None
    lines: tuple[PastLine, ...]
    worth_minor: int


@dataclass(frozen=True)
class PastOrders:
    """`n_orders` were bought from `from_at` to `to_at`; `sample` are some or all of them, the first first.

    `before`: what the sample's customers had bought by `from_at`.
    """

    from_at: datetime
    to_at: datetime
    n_orders: int = 0
    sample: Sequence[PastOrder] = ()
    before: Mapping[str, Bought] = field(default_factory=dict)


def of_weeks(connection: Connection, shop_id: str, weeks: int, now: datetime, most: int) -> PastOrders:
    """What was bought in the last `weeks` weeks that have orders, counted back from the latest one.

    At most `most` orders: those of some customers, drawn by a hash of their ids, so that of these all are
    there (an order of nobody's counts as a customer). The same question gives the same sample.
    """
    mine = (orders.c.shop_id == shop_id, orders.c.ordered_at <= now)
    latest = connection.execute(select(func.max(orders.c.ordered_at)).where(*mine)).scalar() or now
    since = latest - timedelta(weeks=weeks)
    heads = _heads(connection, shop_id, since, latest)
    whose = pl.coalesce("customer_id", "order_id").hash(seed=0)
    drawn = heads.sort(whose, "ordered_at", "order_id").head(most).sort("ordered_at", "order_id")
    people = drawn["customer_id"].drop_nulls().unique().sort().to_list()
    before: dict[str, Bought] = {}
    for some in _parts(people):
        before |= standing.before(connection, shop_id, some, since)
    sample = tuple(_orders(connection, shop_id, drawn["order_id"].to_list(), people))
    return PastOrders(since, latest, len(heads), sample, before)


def latest(connection: Connection, shop_id: str, most: int) -> list[PastOrder]:
    """The `most` latest orders that were bought, the latest first."""
    head = visible_orders.c
    statement = select(head.order_id).where(bought(shop_id)).order_by(head.ordered_at.desc(), head.order_id)
    order_ids = connection.execute(statement.limit(most)).scalars().all()
    return list(_orders(connection, shop_id, order_ids, ()))


def has_known_customers(connection: Connection, shop_id: str) -> bool:
    """Whether any order says whose it is."""
    mine = select(orders.c.order_id).where(orders.c.shop_id == shop_id, orders.c.customer_id.is_not(None))
    return connection.execute(mine.limit(1)).first() is not None


def has_known_countries(connection: Connection, shop_id: str) -> bool:
    """Whether any customer's country is known."""
    mine = (customers.c.shop_id == shop_id, customers.c.country.is_not(None))
    return connection.execute(select(customers.c.country).where(*mine).limit(1)).first() is not None


def _heads(connection: Connection, shop_id: str, since: datetime, until: datetime) -> pl.DataFrame:
    head = visible_orders.c
    within = (head.ordered_at > since, head.ordered_at <= until)
    statement = select(head.order_id, head.customer_id, type_coerce(head.ordered_at, BigInteger))
    return bulk.frame(connection, statement.where(bought(shop_id), *within), _HEADS)


def _orders(
    connection: Connection, shop_id: str, order_ids: Sequence[str], people: Sequence[str]
) -> Iterator[PastOrder]:
    known = {key: value for some in _parts(people) for key, value in _known(connection, shop_id, some)}
    for some in _parts(order_ids):
        found = contents(connection, shop_id, visible_orders, some)
        for order_id in some:
            order = found[order_id]
            yield _order(order_id, order, known.get(order["customer_id"], (None, None)))


def _order(order_id: str, order: Mapping[str, Any], known: tuple[str | None, str | None]) -> PastOrder:
    lines = [order["lines"][line_id] for line_id in sorted(order["lines"])]
    worth = sum(
        line["quantity"] * (line["unit_price_minor"] or 0) - (line["discount_minor"] or 0) for line in lines
    )
    carted = [each for each in lines if each["quantity"] > 0]
    return PastOrder(
        order_id,
        order["customer_id"],
        order["ordered_at"],
        order["currency"],
        *known,
        tuple(PastLine(each["product_id"], each["variant_id"], each["quantity"]) for each in carted),
        int(worth),
    )


def _known(
    connection: Connection, shop_id: str, customer_ids: Sequence[str]
) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    mine = (customers.c.shop_id == shop_id, customers.c.customer_id.in_(customer_ids))
    columns = (customers.c.customer_id, customers.c.country, customers.c.language)
    for customer_id, country, language in connection.execute(select(*columns).where(*mine)):
        yield customer_id, (country, language)


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _KEYS_AT_ONCE] for start in range(0, len(ids), _KEYS_AT_ONCE))
