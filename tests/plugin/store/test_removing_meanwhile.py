"""A shop that is removed while somebody writes for it, on both databases: nothing of it stays."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from plugin.errors import Refusal
from plugin.store import deliveries, events, shops
from plugin.store.database import Database
from plugin.store.deliveries import Arrival
from plugin.store.events import EventRow
from plugin.store.platform_tables import deliveries as table
from plugin.store.tables import events as event_table
from tests.conftest import NOW
from tests.plugin.store.test_shops import NEW, VAULT


@pytest.fixture
def shop_id(database: Database) -> str:
    with database.write() as opened:
        return shops.add(opened, VAULT, NEW, NOW)[0]


@contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[None]:
    """`work` begins before what is done within, and ends after it at the latest."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        time.sleep(0.2)  # so far that it waits for whatever is locked
        yield
        done.result()


def remove(database: Database, shop_id: str) -> None:
    with database.write() as opened:
        shops.remove(opened, shop_id)


def come(opened: Connection, shop_id: str) -> None:
    """A delivery, with what it tells of somebody."""
    assert deliveries.add(opened, VAULT, Arrival(shop_id, "shopify", "1", "orders/create", NOW, b"{}"))


def left(database: Database) -> int:
    with database.read() as opened:
        return opened.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("with_lock", [True, False])
def test_what_is_being_kept_goes_too(database: Database, shop_id: str, with_lock: bool) -> None:
    with ExitStack() as stack, database.write() as opened:
        if with_lock:
            shops.lock(opened, shop_id)
        come(opened, shop_id)
        stack.enter_context(meanwhile(lambda: remove(database, shop_id)))
    assert left(database) == 0


@pytest.mark.parametrize("with_lock", [True, False])
def test_nothing_more_is_kept(database: Database, shop_id: str, with_lock: bool) -> None:
    ended: list[str] = []

    def write() -> None:
        try:
            with database.write() as opened:
                if with_lock:
                    shops.lock(opened, shop_id)
                come(opened, shop_id)
        except Refusal as refusal:
            ended.append(refusal.reason)

    with ExitStack() as stack, database.write() as opened:
        shops.remove(opened, shop_id)
        stack.enter_context(meanwhile(write))
    assert (ended, left(database)) == (["unknown_shop"], 0)


def test_what_nobody_asked_the_shop_for_goes_a_little_later(database: Database, shop_id: str) -> None:
    """An event of a page that was open still: the worker that takes it has the shop in memory."""
    with database.write() as opened:
        other = shops.add(opened, VAULT, NEW, NOW)[0]
    remove(database, shop_id)
    late = EventRow("1", "click", NOW, None, "a", None, None, None, None)
    with database.write() as opened:
        for each in (shop_id, other):
            events.keep(opened, each, [late], [])
    with database.write() as opened:
        assert shops.remove_late(opened, shop_id) == {"events": 1}
        assert shops.remove_late(opened, other) == {}
    with database.read() as opened:
        assert opened.execute(select(event_table.c.shop_id)).scalars().all() == [other]
