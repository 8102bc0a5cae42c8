"""Rows that arrive at once, from several processes, on both databases: none fails, and the newest stays."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from plugin.intake import rows
from plugin.runtime import Runtime
from plugin.store import customers, orders, products, shops
from plugin.store.database import Database
from plugin.vault import Vault
from tests.conftest import NOW, make_config

AT_ONCE = 8


@pytest.fixture
def installed(database: Database, tmp_path: Path) -> tuple[Runtime, str]:
    opened = Runtime(make_config(tmp_path), Vault("s"), database)
    with database.write() as connection:
        new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
        return opened, shops.add(connection, opened.vault, new, NOW)[0]


def version(noun: str, minute: int) -> dict[str, Any]:
    """The row as it was at `minute`, which it tells again as a text of its own."""
    at, told = (NOW + timedelta(minutes=minute)).isoformat(), str(minute)
    if noun == "orders":
        return {"order_id": "1", "ordered_at": at, "updated_at": at, "lines": [_line(told)]}
    if noun == "products":
        return {"product_id": "1", "title": told, "updated_at": at, "variants": [{"variant_id": "v"}]}
    return {"customer_id": "1", "language": told, "consent": {"personal": True, "at": at}}


def _line(product_id: str) -> dict[str, Any]:
    return {"product_id": product_id, "quantity": 1}


def kept(runtime: Runtime, shop_id: str, noun: str) -> str:
    with runtime.database.read() as connection:
        if noun == "products":
            return products.changed_since(connection, shop_id, 0)[0].title
        found: Mapping[str, Any] | None
        if noun == "orders":
            found = orders.find(connection, shop_id, "1")
            return str(found and found["lines"][0]["product_id"])
        found = customers.find(connection, shop_id, "1")
        return str(found and found["language"])


@pytest.mark.parametrize("noun", ["orders", "products", "customers"])
def test_of_one_row_sent_by_many_at_once_the_newest_is_kept(
    installed: tuple[Runtime, str], noun: str
) -> None:
    runtime, shop_id = installed
    together = Barrier(AT_ONCE)

    def send(minute: int) -> str:
        together.wait()
        return rows.keep(runtime, shop_id, noun, [version(noun, minute)], NOW)[0].verdict

    for first in range(0, 5 * AT_ONCE, AT_ONCE):
        minutes = [first + (5 * each) % AT_ONCE for each in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            assert set(threads.map(send, minutes)) <= {"created", "replaced", "older"}
        assert kept(runtime, shop_id, noun) == str(max(minutes))


def test_rows_sent_in_different_turns_do_not_block_each_other(installed: tuple[Runtime, str]) -> None:
    runtime, shop_id = installed
    together = Barrier(AT_ONCE)
    many = [{"product_id": str(each), "title": "t"} for each in range(40)]

    def send(place: int) -> int:
        together.wait()
        mine = [{**each, "title": str(place)} for each in (many if place % 2 else many[::-1])]
        return len(rows.keep(runtime, shop_id, "products", mine, NOW))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert list(threads.map(send, range(AT_ONCE))) == [40] * AT_ONCE


def test_an_order_that_names_an_erased_customer_is_nobodys(installed: tuple[Runtime, str]) -> None:
    runtime, shop_id = installed
    order = version("orders", 0) | {"customer_id": "1", "email": "ana@example.com", "visitor_id": "v"}
    rows.keep(runtime, shop_id, "customers", [version("customers", 0)], NOW)
    with runtime.database.write() as connection:
        customers.erase(connection, shop_id, "1", NOW)
    assert rows.keep(runtime, shop_id, "orders", [order], NOW)[0].verdict == "created"
    assert rows.keep(runtime, shop_id, "customers", [version("customers", 9)], NOW)[0].verdict == "erased"
    with runtime.database.read() as connection:
        found = orders.find(connection, shop_id, "1")
        person = customers.find(connection, shop_id, "1")
    assert found
    assert [found[name] for name in ("customer_id", "email_hash", "visitor_id")] == [None] * 3
    assert person
    assert (person["language"], person["consent_personal"]) == (None, False)
