"""The facts of a pair: what was bought, by whom, when last; no cancelled order, no return, no other shop."""

from datetime import timedelta
from typing import Any

import pytest

from plugin.store import orders, pairs, shops
from plugin.store.database import Database
from plugin.store.pairs import Pair
from plugin.vault import Vault
from tests.conftest import NOW


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        return shops.add(connection, Vault("s"), new, NOW)[0]


def order(number: int, customer_id: str | None, *product_ids: str, **more: Any) -> dict[str, Any]:
    lines = [{"product_id": each, "quantity": 1} for each in product_ids]
    at = NOW + timedelta(days=number)
    return {"order_id": f"o{number}", "ordered_at": at, "customer_id": customer_id, "lines": lines} | more


def test_orders_and_customers_are_counted_by_hand(database: Database, shop_id: str) -> None:
    returned = [{"product_id": "a", "quantity": 1}, {"product_id": "a", "quantity": -1}]
    given = [
        order(1, "ann", "a", "b"),
        order(2, "ann", "a", "a", "b"),
        order(3, None, "a", "b", "c"),
        order(4, "bob", "a"),
        order(5, "bob", "c"),
        order(6, "eve", "a", "b", status="cancelled"),
        order(7, "eve", "b", lines=[*returned, {"product_id": "b", "quantity": 2}]),
    ]
    with database.write() as connection:
        orders.put_many(connection, shop_id, given, NOW)
    with database.read() as connection:
        found = pairs.counted(connection, shop_id, [("a", "b"), ("b", "a"), ("c", "nothing")])
        assert pairs.counted(connection, "shop_other", [("a", "b")])["a", "b"].n_orders == 0
        assert pairs.counted(connection, shop_id, []) == {}
    last = NOW + timedelta(days=3)
    assert found["a", "b"] == Pair(3, 4, 4, 6, 2, last)
    assert found["b", "a"] == Pair(3, 4, 4, 6, 2, last)
    assert found["c", "nothing"] == Pair(0, 2, 0, 6, 0, None)
