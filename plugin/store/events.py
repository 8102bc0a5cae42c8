"""Events and the slates they speak of: kept once each, however often they are sent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store.tables import events, slates


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


def _insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    made_for = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = made_for.insert(table).values(rows).on_conflict_do_nothing().returning(table.c.shop_id)
    return len(connection.execute(statement).all())
