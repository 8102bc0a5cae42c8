"""Events and slates are kept once, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from plugin.store import events, orders
from plugin.store import tables as t
from plugin.store.database import Database
from plugin.store.events import EventRow, SlateRow
from tests.conftest import NOW

SLATE = SlateRow("s1", "cart", "bought_together", 3, "encore", "v1", NOW)
EVENT = EventRow("e1", "impression", NOW, "s1", "a", None, None, None, "v1")


def test_repeats_are_kept_once_and_only_new_events_counted(database: Database) -> None:
    other = replace(EVENT, event_id="e2", type="click")
    with database.write() as connection:
        assert events.keep(connection, "shop_1", [EVENT], [SLATE]) == 1
        assert events.keep(connection, "shop_1", [EVENT, other, other], [SLATE]) == 1
        assert events.keep(connection, "shop_2", [EVENT], [SLATE]) == 1
        assert events.keep(connection, "shop_1", [], []) == 0
    with database.read() as connection:
        kept = connection.execute(select(t.events.c.event_id).where(t.events.c.shop_id == "shop_1"))
        assert sorted(kept.scalars()) == ["e1", "e2"]
        slate = connection.execute(select(t.slates).where(t.slates.c.shop_id == "shop_1")).one()
    assert (slate.arm, slate.visitor_id, slate.served_at) == ("encore", "v1", NOW)


def test_a_hundred_events_are_one_statement(database: Database) -> None:
    many = [replace(EVENT, event_id=f"e{n}") for n in range(100)]
    with database.write() as connection:
        assert events.keep(connection, "shop_1", many, [SLATE]) == 100


def viewed(event_id: str, product_id: str, at: datetime, visitor_id: str | None = "v1") -> EventRow:
    return EventRow(event_id, "product_view", at, None, product_id, None, None, None, visitor_id)


def order(order_id: str, visitor_id: str | None, **more: Any) -> dict[str, Any]:
    lines = [{"product_id": "big", "quantity": 1}]
    return {"order_id": order_id, "ordered_at": NOW, "visitor_id": visitor_id, "lines": lines} | more


def test_what_was_viewed_in_the_days_before_an_order_is_told_with_it(database: Database) -> None:
    hour, month = timedelta(hours=1), timedelta(days=31)
    views = [
        viewed("1", "small", NOW - hour),
        viewed("2", "small", NOW - 2 * hour),
        viewed("3", "big", NOW),
        viewed("4", "late", NOW + hour),
        viewed("5", "long ago", NOW - month),
        viewed("6", "of another", NOW - hour, "v2"),
        viewed("7", "of nobody", NOW - hour, None),
        replace(viewed("8", "shown", NOW - hour), type="impression"),
    ]
    cancelled = order("o2", "v2", status="cancelled")
    with database.write() as connection:
        orders.put_many(connection, "shop_1", [order("o1", "v1"), cancelled, order("o3", None)], NOW)
        events.keep(connection, "shop_1", views, [])
        events.keep(connection, "shop_2", [viewed("9", "elsewhere", NOW)], [])
        found = events.views_before_orders(connection, "shop_1")
    assert sorted(found.rows()) == [("o1", "big"), ("o1", "small")]
