"""Events and slates are kept once, on both databases."""

from dataclasses import replace

from sqlalchemy import select

from plugin.store import events
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
