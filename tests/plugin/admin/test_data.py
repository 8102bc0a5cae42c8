"""The page of data: rejects to download, what is kept of a person, and their erasure with its receipt."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.intake import rows
from plugin.runtime import Runtime
from plugin.store import customers, imports, orders
from plugin.store.imports import NewImport
from plugin.store.shops import ShopKeys
from tests.conftest import NOW, add_shop
from tests.plugin.admin.conftest import Visitor

Shop = tuple[str, ShopKeys]
LINES = [{"product_id": "p1", "quantity": 1, "unit_price_minor": 100}]
ORDERS = [
    {"order_id": "o1", "customer_id": "ann", "email": "ann@example.org", "visitor_id": "v1"},
    {"order_id": "o2", "email": "Ann@example.org"},
    {"order_id": "o3", "email": "guest@example.org"},
    {"order_id": "o4", "customer_id": "bob"},
]


@pytest.fixture
def filled(runtime: Runtime, shop: Shop) -> Runtime:
    given: dict[str, list[dict[str, Any]]] = {
        "customers": [
            {"customer_id": "ann", "email": "ann@example.org", "consent": {"mail": True}},
            {"customer_id": "bob"},
        ],
        "orders": [{**each, "ordered_at": NOW.isoformat(), "lines": LINES} for each in ORDERS],
    }
    for noun, some in given.items():
        assert {each.verdict for each in rows.keep(runtime, shop[0], noun, some, NOW)} == {"created"}
    return runtime


def export(merchant: Visitor, person: str) -> list[dict[str, Any]]:
    answer = merchant.post("/data/export", {"person": person}, page="/data")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found: list[dict[str, Any]] = json.loads(answer.text)
    return found


@pytest.mark.parametrize(
    ("person", "theirs"),
    [
        ("ann", {"o1", "o2"}),
        ("ANN@example.org ", {"o1", "o2"}),
        ("guest@example.org", {"o3"}),
        ("bob", {"o4"}),
    ],
)
def test_all_that_is_kept_of_a_person_is_downloaded(
    filled: Runtime, merchant: Visitor, person: str, theirs: set[str]
) -> None:
    (kept,) = export(merchant, person)
    assert {each["order_id"] for each in kept["orders"]} == theirs
    assert (kept["customer"] or {}).get("email") == ("ann@example.org" if "o1" in theirs else None)


@pytest.mark.parametrize(("person", "orders"), [("ann", 2), ("ann@example.org", 2), ("guest@example.org", 1)])
def test_an_erasure_has_a_receipt_and_nothing_is_kept_after_it(
    filled: Runtime, shop: Shop, merchant: Visitor, person: str, orders: int
) -> None:
    form = {"person": person}
    assert "confirm first" in merchant.post("/data/erase", form, page="/data").text
    page = merchant.post("/data/erase", {**form, "sure": "yes"}, page="/data").text
    assert "Receipt of the erasure" in page
    assert f"<dt>Orders that are nobody's now</dt><dd>{orders}</dd>" in page
    again = {"ordered_at": NOW.isoformat(), "lines": LINES, "email": "guest@example.org"}
    again["email"] = person if "@" in person else "ann@example.org"
    later = NOW + timedelta(minutes=5)
    rows.keep(filled, shop[0], "orders", [{**again, "order_id": "late"}], later)
    told = merchant.post("/data/export", {"person": str(again["email"])}, page="/data")
    assert told.status_code == 422
    (bob,) = export(merchant, "bob")
    assert len(bob["orders"]) == 1


def test_nobody_is_told_from_somebody_and_of_another_shop_nothing(filled: Runtime, merchant: Visitor) -> None:
    other, _ = add_shop(filled, "https://other.example")
    order = {"order_id": "o9", "customer_id": "zoe", "ordered_at": NOW.isoformat(), "lines": LINES}
    rows.keep(filled, other, "orders", [order], NOW)
    for person in ("nobody", "nobody@example.org", "zoe"):
        for action in ("export", "erase"):
            answer = merchant.post(f"/data/{action}", {"person": person, "sure": "yes"}, page="/data")
            assert answer.status_code == 422
            assert "Nothing is kept of this person." in answer.text
    assert merchant.post("/data/export", {"person": "a\0b"}, page="/data").status_code == 404


@pytest.mark.parametrize("person", ["zoe", "Zoe@example.org"])
def test_somebody_unknown_who_was_erased_does_not_come_later(
    filled: Runtime, shop: Shop, merchant: Visitor, person: str
) -> None:
    answer = merchant.post("/data/erase", {"person": person, "sure": "yes"}, page="/data")
    assert "Nothing is kept of this person." in answer.text
    named = {"email": "zoe@example.org"} if "@" in person else {"customer_id": "zoe"}
    order = {"order_id": "o9", **named, "visitor_id": "z", "ordered_at": NOW.isoformat(), "lines": LINES}
    rows.keep(filled, shop[0], "orders", [order], NOW)
    with filled.database.read() as opened:
        kept = orders.find(opened, shop[0], "o9") or {}
    assert [kept[name] for name in customers.LINKS] == [None] * 3


def test_rejects_are_downloaded_by_their_own_shop_only(
    filled: Runtime, shop: Shop, merchant: Visitor, tmp_path: Path
) -> None:
    other, _ = add_shop(filled, "https://other.example")
    for shop_id, count in ((shop[0], 1), (other, 2)):
        for number in range(count):
            path = tmp_path / f"{shop_id}-{number}.csv"
            path.write_text(f"line,row,reason,text\n2,1,no date,{shop_id}\n")
            new = NewImport("orders", f"/somewhere/orders-{number}.csv", f"f{number}", {}, str(path))
            with filled.database.write() as opened:
                begun = imports.begin(opened, shop_id, new, NOW)
                imports.advance(opened, begun, {"rows_done": 10, "rows_rejected": 1})
    page = merchant.get("/data").text
    assert "orders-0.csv" in page
    assert "/somewhere" not in page
    got = merchant.get("/data/rejects/1")
    assert shop[0] in got.text
    assert "attachment" in got.headers["Content-Disposition"]
    got.close()
    assert merchant.get("/data/rejects/2").status_code == 404
    (tmp_path / f"{shop[0]}-0.csv").unlink()
    assert merchant.get("/data/rejects/1").status_code == 404
    assert "/data/rejects/1" not in merchant.get("/data").text
