"""Shopify's and WooCommerce's own exports, as they write them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.store.imports import Import
from tests.plugin.intake.conftest import Load, rejects

Find = Callable[[str], dict[str, Any]]

SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Total,\
Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
Lineitem sku,Billing Name,Notes,Cancelled at,Id,Lineitem discount
#1002,ana@example.com,paid,2026-02-01 05:31:00 -0500,fulfilled,,EUR,47.00,6.00,3.29,56.29,\
FALL5,5.00,Standard,2026-02-01 05:30:00 -0500,2,Fern Print,16.00,\
FERN-1,Ana,"two
lines",,5550000002,1.50
#1002,ana@example.com,,,,,,,,,,,,,2026-02-01 05:30:00 -0500,1,Tote Bag,20.00,,,,,,0
#1001,,refunded,,,,EUR,1,0,0,1,,,,2026-01-31 05:30:00 -0500,1,Mug,25.00,MUG,,,,5550000001,0
#1000,,paid,,,,EUR,1,0,0,1,,,,2026-01-30 05:30:00 -0500,1,Mug,25.00,MUG,,,\
2026-01-31 00:00:00 -0500,5550000000,
"""


def test_shopifys_order_fields_stand_on_the_first_row_only(load: Load, find: Find) -> None:
    done = load(SHOPIFY)
    assert (done.counts["created"], done.counts["lines"], done.rows_rejected) == (3, 4, 0)
    order = find("5550000002")
    assert order["ordered_at"] == datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
    assert (order["status"], order["currency"], order["shipping_minor"]) == ("fulfilled", "EUR", 600)
    assert (order["coupon_codes"], bool(order["email_hash"]), order["customer_id"]) == (["FALL5"], True, None)
    lines = {each["product_id"]: each for each in order["lines"]}
    assert {name: (each["quantity"], each["unit_price_minor"]) for name, each in lines.items()} == {
        "FERN-1": (2, 1600),
        "Tote Bag": (1, 2000),
    }
    assert lines["FERN-1"]["discount_minor"] == 150
    assert (find("5550000001")["status"], find("5550000000")["status"]) == ("refunded", "cancelled")


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_shopify_order_that_goes_on_in_the_next_batch(
    load: Load, find: Find, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("plugin.intake.csv_files.ROWS_IN_A_BATCH", rows)
    load(SHOPIFY)
    assert len(find("5550000002")["lines"]) == 2


WOO_HEAD = "order_id,order_number,date,status,shipping_total,order_currency,customer_id,billing_email"
WOO_ORDER = "31,31,2026-02-01 10:30:00,processing,4.90,EUR,0,ana@example.com"
WOO_ITEM = "item_id,item_product_id,item_name,item_sku,item_quantity"
WOO_ITEM += ",item_subtotal,item_total,item_total_tax,item_refunded_qty"
ITEMS = [
    (7, 3, "Tea; green", "T", 2, "9.00", "8.00", "1.60", -1),
    (8, 0, "Gone", "unknown_product", 1, "5", "5", "1", 0),
]
KEYS = ("id", "product_id", "name", "sku", "quantity", "subtotal", "total", "total_tax", "refunded_qty")


def woo_by_items() -> str:
    rows = [f'{WOO_ORDER},{each[0]},{each[1]},"{each[2]}",{",".join(map(str, each[3:]))}' for each in ITEMS]
    return "\n".join([f"{WOO_HEAD},{WOO_ITEM}", *rows])


def woo_by_orders(cell: str) -> str:
    quoted = cell.replace('"', '""')
    return f'{WOO_HEAD},line_items\n{WOO_ORDER},"{quoted}"\n'


def woo_pipes() -> str:
    cells = ("|".join(f"{key}:{value}" for key, value in zip(KEYS, each, strict=True)) for each in ITEMS)
    return woo_by_orders(";".join(f"{cell}|meta:Size=L" for cell in cells))


def woo_json() -> str:
    return woo_by_orders(json.dumps([dict(zip(KEYS, each, strict=True)) for each in ITEMS]))


@pytest.mark.parametrize("content", [woo_by_items(), woo_pipes(), woo_json()], ids=["items", "pipes", "json"])
def test_woocommerces_export_in_its_forms(load: Load, find: Find, content: str) -> None:
    done = load(content)
    assert (done.counts["created"], done.rows_rejected) == (1, 0), rejects_of(done)
    order = find("31")
    assert order["ordered_at"] == datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
    assert (order["status"], order["customer_id"], order["shipping_minor"]) == ("paid", None, 490)
    assert [
        (
            each["line_id"],
            each["product_id"],
            each["quantity"],
            each["unit_price_minor"],
            each["discount_minor"],
        )
        for each in order["lines"]
    ] == [("7", "3", 1, 450, 100), ("8", "Gone", 1, 500, 0)]
    assert order["lines"][0]["tax_minor"] == 160


def rejects_of(done: Import) -> list[str]:
    return rejects(done) if done.rows_rejected else []


def test_a_woocommerce_order_whose_items_cannot_be_read_is_rejected(load: Load) -> None:
    assert "product_id is missing" in rejects(load(woo_by_orders("[{")))[0]


REST: dict[str, Any] = {
    "id": 727,
    "status": "completed",
    "currency": "EUR",
    "date_created": "2026-02-01T11:30:00",
    "date_created_gmt": "2026-02-01T10:30:00",
    "date_modified_gmt": "2026-02-02T10:30:00",
    "prices_include_tax": True,
    "customer_id": 12,
    "billing": {"email": "ana@example.com", "first_name": "Ana"},
    "shipping_total": "4.90",
    "coupon_lines": [{"code": "fall5", "discount": "1.00"}],
    "line_items": [
        {
            "id": 315,
            "name": "Tea",
            "product_id": 93,
            "variation_id": 94,
            "quantity": 2,
            "subtotal": "9.00",
            "total": "8.00",
            "total_tax": "1.60",
            "price": 4.000001,
        },
        {
            "id": 316,
            "name": "Mug",
            "product_id": 22,
            "variation_id": 0,
            "quantity": 1,
            "subtotal": "3",
            "total": "3",
        },
    ],
}


@pytest.mark.parametrize("form", ["array", "ndjson"])
def test_woocommerces_rest_orders(load: Load, find: Find, form: str) -> None:
    done = load(json.dumps([REST]) if form == "array" else json.dumps(REST) + "\n{}\n", name="dump.json")
    assert done.counts["created"] == 1
    order = find("727")
    assert (order["ordered_at"].hour, order["updated_at"].day, order["status"]) == (10, 2, "fulfilled")
    assert (order["customer_id"], order["coupon_codes"], order["shipping_minor"]) == ("12", ["fall5"], 490)
    assert [
        (
            each["line_id"],
            each["product_id"],
            each["variant_id"],
            each["unit_price_minor"],
            each["discount_minor"],
        )
        for each in order["lines"]
    ] == [("315", "93", "94", 450, 100), ("316", "22", None, 300, 0)]
