"""Orders: the latest visible version of an order is the order, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import insert, select, update

from plugin.store import orders, shops
from plugin.store.bulk import insert_rows, raw
from plugin.store.database import Database
from plugin.store.tables import imports, order_lines
from plugin.vault import Vault
from tests.conftest import NOW

VAULT = Vault("a secret of the tests")
MONDAY = datetime(2026, 2, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        return shops.add(connection, VAULT, new, NOW)[0]


def line(product_id: str, quantity: float = 1, **fields: Any) -> dict[str, Any]:
    return {"product_id": product_id, "quantity": quantity, "unit_price_minor": 250, **fields}


def order(order_id: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"order_id": order_id, "ordered_at": MONDAY, "lines": list(lines), **fields}


def put(database: Database, shop_id: str, given: dict[str, Any], now: datetime = NOW) -> str:
    with database.write() as connection:
        return orders.put(connection, shop_id, given, now)


def find(database: Database, shop_id: str, order_id: str) -> Any:
    with database.read() as connection:
        return orders.find(connection, shop_id, order_id)


def bought(database: Database, shop_id: str, order_id: str) -> list[tuple[str, str, float]]:
    found = find(database, shop_id, order_id)
    return [(each["line_id"], each["product_id"], each["quantity"]) for each in found["lines"]]


def stage(
    database: Database, shop_id: str, given: dict[str, Any], status: str = "unfinished", import_id: int = 7
) -> None:
    """What an import leaves: a version of its own beside the others; a greater id arrived later."""
    row = {"shop_id": shop_id, "import_id": import_id, "noun": "orders", "path": "x", "file_fingerprint": "x"}
    row |= {"options": {}, "status": status, "counts": {}, "started_at": NOW}
    content = orders.content_of(given)
    key = {"shop_id": shop_id, "order_id": given["order_id"], "import_id": import_id}
    with database.write() as connection:
        connection.execute(insert(imports), row)
        head = raw({**content, **key, "arrived_at": NOW + (import_id - 6) * HOUR}, orders.ORDER_COLUMNS)
        insert_rows(connection, orders.orders, orders.ORDER_COLUMNS, [head])
        lines = [raw({**each, **key}, orders.LINE_COLUMNS) for each in content["lines"].values()]
        insert_rows(connection, order_lines, orders.LINE_COLUMNS, lines)


def finish(database: Database, moment: datetime) -> None:
    with database.write() as connection:
        connection.execute(update(imports).values(status="finished", finished_at=moment))


def test_lines_without_id_are_numbered_among_equal_products(database: Database, shop_id: str) -> None:
    assert put(database, shop_id, order("1", line("a"), line("b"), line("a", 2))) == "created"
    assert bought(database, shop_id, "1") == [("a#1", "a", 1), ("a#2", "a", 2), ("b#1", "b", 1)]


def test_the_same_order_again_changes_nothing(database: Database, shop_id: str) -> None:
    given = order("1", line("a", 1.5), customer_id="c", slate_ids=["s"], coupon_codes=["X"])
    put(database, shop_id, given)
    assert put(database, shop_id, given, NOW + HOUR) == "unchanged"
    with database.read() as connection:
        assert orders.count_since(connection, shop_id, NOW + HOUR) == 0


def test_an_order_is_replaced_with_its_lines_unless_it_is_older(database: Database, shop_id: str) -> None:
    put(database, shop_id, order("1", line("a"), line("b"), updated_at=MONDAY + HOUR))
    assert put(database, shop_id, order("1", line("old"), updated_at=MONDAY)) == "older"
    assert bought(database, shop_id, "1") == [("a#1", "a", 1), ("b#1", "b", 1)]
    assert put(database, shop_id, order("1", line("c"), updated_at=MONDAY + HOUR)) == "replaced"
    assert bought(database, shop_id, "1") == [("c#1", "c", 1)]


def test_only_what_says_so_is_older(database: Database, shop_id: str) -> None:
    """A cancellation without a time counts, and so does a corrected, earlier day."""
    put(database, shop_id, order("1", line("a"), updated_at=MONDAY + HOUR))
    assert put(database, shop_id, order("1", line("a"), status="cancelled")) == "replaced"
    assert find(database, shop_id, "1")["status"] == "cancelled"
    put(database, shop_id, order("2", line("a")))
    earlier = order("2", line("a")) | {"ordered_at": MONDAY - 24 * HOUR}
    assert put(database, shop_id, earlier) == "replaced"
    assert find(database, shop_id, "2")["ordered_at"] == MONDAY - 24 * HOUR


@pytest.mark.parametrize(
    ("by_itself", "imported", "again", "seen"),
    [
        (None, None, None, "again"),
        (1, None, None, "again"),
        (None, 1, None, "again"),
        (2, 1, None, "again"),
        (None, 2, 1, "imported"),
        (2, None, 1, "imported"),
        (2, 1, 1, "by itself"),
        (None, None, 1, "again"),
        (1, 1, 1, "again"),
    ],
)
def test_of_versions_that_stand_just_one_is_the_order(
    database: Database,
    shop_id: str,
    by_itself: int | None,
    imported: int | None,
    again: int | None,
    seen: str,
) -> None:
    """Each is given as the hour it was updated; they arrived in this order."""
    at = {hour: hour and MONDAY + hour * HOUR for hour in (None, 1, 2)}
    put(database, shop_id, order("1", line("by itself"), updated_at=at[by_itself]))
    stage(database, shop_id, order("1", line("imported"), updated_at=at[imported]), "finished")
    stage(database, shop_id, order("1", line("again"), updated_at=at[again]), "finished", 8)
    assert [product_id for _, product_id, _ in bought(database, shop_id, "1")] == [seen]
    with database.read() as connection:
        assert orders.training_lines(connection, shop_id)["product_id"].to_list() == [seen]


def test_of_one_order_twice_in_one_go_the_later_row_wins(database: Database, shop_id: str) -> None:
    with database.write() as connection:
        given = [order("1", line("a")), order("1", line("b")), order("1", line("b"))]
        assert orders.put_many(connection, shop_id, given, NOW) == ["created", "replaced", "unchanged"]
    assert bought(database, shop_id, "1") == [("b#1", "b", 1)]


def test_an_unfinished_import_stands_aside_and_a_finished_one_counts(
    database: Database, shop_id: str
) -> None:
    put(database, shop_id, order("1", line("a"), customer_id="c"))
    stage(database, shop_id, order("1", line("b"), customer_id="c"))
    assert bought(database, shop_id, "1") == [("a#1", "a", 1)]
    finish(database, NOW + 2 * HOUR)
    assert bought(database, shop_id, "1") == [("b#1", "b", 1)]
    with database.read() as connection:
        assert orders.count_since(connection, shop_id, NOW + 2 * HOUR) == 1
        since = orders.history_versions(connection, shop_id, NOW + 2 * HOUR)
    assert since == {"c": NOW + 2 * HOUR}


def test_an_order_put_over_an_imported_one_leaves_one_version(database: Database, shop_id: str) -> None:
    stage(database, shop_id, order("1", line("b")), status="finished")
    assert put(database, shop_id, order("1", line("c")), NOW + 2 * HOUR) == "replaced"
    with database.read() as connection:
        assert connection.execute(select(orders.orders.c.import_id)).scalars().all() == [0]
        assert connection.execute(select(order_lines.c.product_id)).scalars().all() == ["c"]


def test_training_sees_what_was_bought_in_major_units(database: Database, shop_id: str) -> None:
    put(database, shop_id, order("1", line("a"), customer_id="c"))
    put(database, shop_id, order("2", line("b", -1), email_hash="h", currency="JPY", status="fulfilled"))
    put(database, shop_id, order("3", line("c", unit_price_minor=None)))
    for status in ("placed", "cancelled", "refunded"):
        put(database, shop_id, order(status, line("x"), status=status))
    with database.read() as connection:
        lines = orders.training_lines(connection, shop_id).sort("order_id")
    assert lines.schema["ordered_at"] == pl.Datetime("ms", "UTC")
    assert lines.drop("unit_cost").rows() == [
        ("c", "1", MONDAY, "a", 1.0, 2.5),
        ("guest:h", "2", MONDAY, "b", -1.0, 250.0),
        (None, "3", MONDAY, "c", 1.0, None),
    ]


def test_an_empty_shop_has_an_empty_frame(database: Database, shop_id: str) -> None:
    with database.read() as connection:
        assert orders.training_lines(connection, shop_id).shape == (0, 7)


def test_another_shop_sees_nothing(database: Database, shop_id: str) -> None:
    new = shops.NewShop("Other", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        other, _ = shops.add(connection, VAULT, new, NOW)
    put(database, shop_id, order("1", line("a"), customer_id="c"))
    assert find(database, other, "1") is None
    with database.write() as connection:
        assert not orders.remove(connection, other, "1")
        assert orders.count_since(connection, other, MONDAY) == 0
        assert orders.training_lines(connection, other).is_empty()
    assert put(database, other, order("1", line("z"))) == "created"
    assert bought(database, shop_id, "1") == [("a#1", "a", 1)]


def test_a_removed_order_is_gone_with_every_version(database: Database, shop_id: str) -> None:
    put(database, shop_id, order("1", line("a")))
    stage(database, shop_id, order("1", line("b")))
    with database.write() as connection:
        assert orders.remove(connection, shop_id, "1")
    finish(database, NOW)
    assert find(database, shop_id, "1") is None


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE orders; --", "<script>alert(1)</script>", "é 中文 🎉 \t\n\"'%_"]
)
def test_any_text_stays_the_text_it_is(database: Database, shop_id: str, text: str) -> None:
    put(database, shop_id, order(text, line(text, line_id=text), customer_id=text, coupon_codes=[text]))
    found = find(database, shop_id, text)
    assert (found["customer_id"], found["coupon_codes"]) == (text, [text])
    assert bought(database, shop_id, text) == [(text, text, 1)]
