"""Events and the slates they speak of: kept once each, however often they are sent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Connection, Table, and_, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store import bulk
from plugin.store.orders import bought, visible_orders
from plugin.store.tables import events, slates

VIEWED_BEFORE = timedelta(days=30)
"""What was viewed so long before an order, it was chosen among."""
_VIEWS = {"order_id": pl.String, "product_id": pl.String}


@dataclass(frozen=True)
class SlateRow:
    """A slate as it is kept when its first event arrives; `visitor_id` only with consent."""

    slate_id: str
    placement: str
    strategy: str
    model_version: int
    arm: str | None
    visitor_id: str | None
    served_at: datetime


@dataclass(frozen=True)
class EventRow:
    """One event; which of the ids it has depends on its type."""

    event_id: str
    type: str
    at: datetime
    slate_id: str | None
    product_id: str | None
    bundle_id: str | None
    offer_id: str | None
    order_id: str | None
    visitor_id: str | None


def keep(connection: Connection, shop_id: str, found: Sequence[EventRow], shown: Sequence[SlateRow]) -> int:
    """Keep the events and slates that are not there yet; gives how many of the events were new."""
    _insert_new(connection, slates, [{"shop_id": shop_id, **asdict(each)} for each in shown])
    return _insert_new(connection, events, [{"shop_id": shop_id, **asdict(each)} for each in found])


def views_before_orders(connection: Connection, shop_id: str) -> pl.DataFrame:
    """What visitors who consented viewed in the days before they ordered, as `recommender.train` takes it:
    `order_id`, `product_id`, each pair once; of the orders that models learn from.
    """
    head, seen = visible_orders.c, events.c
    ordered_at, at = (type_coerce(each, BigInteger) for each in (head.ordered_at, seen.at))
    days = VIEWED_BEFORE // timedelta(milliseconds=1)
    theirs = and_(seen.shop_id == head.shop_id, seen.visitor_id == head.visitor_id)
    in_time = and_(at <= ordered_at, at >= ordered_at - days)
    statement = select(head.order_id, seen.product_id).join(events, and_(theirs, in_time)).distinct()
    return bulk.frame(connection, statement.where(bought(shop_id), seen.type == "product_view"), _VIEWS)


def _insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    made_for = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = made_for.insert(table).values(rows).on_conflict_do_nothing().returning(table.c.shop_id)
    return len(connection.execute(statement).all())
