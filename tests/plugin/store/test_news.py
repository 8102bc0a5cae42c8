"""What came after a training: whatever changes an answer changes the mark, and nothing else does."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.intake import importing
from plugin.runtime import Runtime, open_runtime
from plugin.store import customers, imports, news, orders, products, shops
from plugin.store.news import Mark, Since
from tests.conftest import NOW, add_shop, make_config

SINCE = Since(as_of=NOW, trained_at=NOW)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    opened = open_runtime(make_config(tmp_path / "home", database_url))
    yield opened
    opened.database.close()


@pytest.fixture
def shop_id(runtime: Runtime) -> str:
    return add_shop(runtime)[0]


def order(order_id: str, at: datetime = LATER, product_id: str = "a", **more: Any) -> dict[str, Any]:
    lines = [{"product_id": product_id, "quantity": 1, "unit_price_minor": 250}]
    return {"order_id": order_id, "ordered_at": at, "customer_id": "ann", "lines": lines, **more}


def put(runtime: Runtime, shop_id: str, *given: dict[str, Any], at: datetime = LATER) -> None:
    with runtime.database.write() as connection:
        orders.put_many(connection, shop_id, given, at)


def put_product(runtime: Runtime, shop_id: str, product_id: str, at: datetime, **more: Any) -> None:
    with runtime.database.write() as connection:
        products.put(connection, shop_id, {"product_id": product_id, "title": product_id, **more}, at)


def marked(runtime: Runtime, shop_id: str, now: datetime = LATER) -> Mark:
    with runtime.database.read() as connection:
        return news.mark(connection, shop_id, SINCE, now)


def read(runtime: Runtime, shop_id: str) -> news.News:
    with runtime.database.read() as connection:
        return news.news(connection, shop_id, SINCE, LATER)


def test_only_what_came_after_the_training_is_news(runtime: Runtime, shop_id: str) -> None:
    put(runtime, shop_id, order("new"), order("future", LATER + timedelta(hours=1)))
    put(runtime, shop_id, order("old", NOW), at=NOW - timedelta(hours=1))
    put(runtime, shop_id, order("unpaid", status="placed"))
    put_product(runtime, shop_id, "known", NOW - timedelta(days=1))
    put_product(runtime, shop_id, "new", LATER, categories=["coffee"])
    found = read(runtime, shop_id)
    assert found.orders.select("order_id", "customer_id", "product_id", "unit_price").rows() == [
        ("new", "ann", "a", 2.5)
    ]
    assert found.products.select("product_id", "categories").rows() == [("new", ["coffee"])]
    assert found.erased == ()


def test_an_order_of_the_models_last_moment_is_news_if_it_arrived_later(
    runtime: Runtime, shop_id: str
) -> None:
    """A shop that tells only the day: what it sells today has the same time as what was learnt at night."""
    put(runtime, shop_id, order("at night", NOW), at=NOW - timedelta(hours=1))
    put(runtime, shop_id, order("by day", NOW), at=LATER)
    assert read(runtime, shop_id).orders["order_id"].to_list() == ["by day"]
    assert marked(runtime, shop_id).orders == 1


def test_a_line_tells_what_its_product_costs_the_shop(runtime: Runtime, shop_id: str) -> None:
    put(runtime, shop_id, order("o", NOW), order("p", NOW, product_id="unknown"))
    variants = [
        {"variant_id": each, "cost_minor": cost} for each, cost in (("s", 100), ("m", 200), ("x", None))
    ]
    put_product(runtime, shop_id, "a", NOW, variants=variants)
    with runtime.database.read() as connection:
        lines = orders.training_lines(connection, shop_id).sort("order_id")
    assert lines.select("product_id", "unit_cost").rows() == [("a", 1.5), ("unknown", None)]


def test_the_mark_moves_with_every_change_and_with_nothing_else(
    runtime: Runtime, shop_id: str, tmp_path: Path
) -> None:
    seen = [marked(runtime, shop_id)]

    def moved() -> bool:
        seen.append(marked(runtime, shop_id))
        return seen[-1] != seen[-2] and seen[-1].name != seen[-2].name

    assert not moved()
    put(runtime, shop_id, order("new"))
    assert moved()
    put(runtime, shop_id, order("new"))  # the same again
    assert not moved()
    put(runtime, shop_id, order("new", product_id="b"), at=LATER + timedelta(seconds=1))
    assert moved()
    put(runtime, shop_id, order("old", NOW - timedelta(days=1)))
    assert not moved()
    put_product(runtime, shop_id, "cup", LATER)
    assert moved()
    put_product(runtime, shop_id, "cup", LATER, categories=["tea"])
    assert moved()
    with runtime.database.write() as connection:
        shops.touch_settings(connection, shop_id)
    assert not moved()
    with runtime.database.write() as connection:
        assert customers.erase(connection, shop_id, "ann", LATER)
    assert moved()
    assert seen[-1].erased == ("ann",)
    put(runtime, shop_id, order("by nobody", customer_id=None))
    assert moved()
    with runtime.database.write() as connection:
        orders.remove(connection, shop_id, "by nobody")
    assert moved()
    assert seen[-1] == seen[-3]


def test_an_import_is_news_when_it_is_finished(runtime: Runtime, shop_id: str, tmp_path: Path) -> None:
    put(runtime, shop_id, order("x"), at=LATER + timedelta(minutes=5))
    before = marked(runtime, shop_id)
    file = tmp_path / "orders.csv"
    file.write_text(f"order_id,ordered_at,product_id,quantity,customer_id\nx,{LATER:%FT%TZ},kettle,1,ann\n")
    request = importing.Request(shop_id, "orders", file)
    state = importing.begin(runtime, request, LATER + timedelta(minutes=6))
    importing.run(runtime, state, lambda: LATER + timedelta(minutes=6), lambda *_: None)
    with runtime.database.read() as connection:
        assert imports.all_of(connection, shop_id)[0].status == "finished"
    assert marked(runtime, shop_id) != before
    assert read(runtime, shop_id).orders["product_id"].to_list() == ["kettle"]


def test_no_model_learns_from_the_orders_of_somebody_erased(runtime: Runtime, shop_id: str) -> None:
    put(runtime, shop_id, order("a"), order("b", customer_id="bob"))
    with runtime.database.write() as connection:
        assert customers.erase(connection, shop_id, "ann", LATER)
    with runtime.database.read() as connection:
        assert orders.training_lines(connection, shop_id)["order_id"].to_list() == ["b"]
        assert orders.find(connection, shop_id, "a") is not None  # for the shop's own figures
