"""Products and customers from files."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from plugin.runtime import Runtime
from plugin.store import customers, products
from plugin.store.products import Variant
from plugin.store.shops import ShopKeys
from tests.plugin.intake.conftest import Load, rejects

Shop = tuple[str, ShopKeys]
PRODUCTS = (
    "product_id;title;categories;tags;visible;updated_at;variant_id;variant_title;price;cost;tax_share;stock\n"
    'p;Tea;Food|Drinks;"[""a|b""]";yes;2026-02-01;v;100 g;3,50;1,20;0,1;5\n'
    "p;Tea;;;;;w;200 g;6;;;\n"
    "q;Mug;Kitchen;;no;;;;9,99;;;0\n"
    "r;;;;;;;;;;;\n"
    "s;Bad;;;;;;;cheap;;;\n"
    "t;Plain;;;;;;;;;;\n"
)


def catalogue(runtime: Runtime, shop: Shop) -> dict[str, products.Product]:
    with runtime.database.read() as connection:
        return {each.product_id: each for each in products.changed_since(connection, shop[0], 0)}


@pytest.mark.parametrize("rows", [2, 3, 100])
def test_products_come_a_row_a_variant(
    load: Load, runtime: Runtime, shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("plugin.intake.csv_files.ROWS_IN_A_BATCH", rows)
    done = load(PRODUCTS, "products")
    assert (done.rows_done, done.rows_rejected, done.status) == (6, 2, "finished")
    assert done.counts["created"] == 3
    found = catalogue(runtime, shop)
    assert (found["p"].categories, found["p"].tags) == (("Food", "Drinks"), ("a|b",))
    assert found["p"].variants == (
        Variant("v", "100 g", 350, 120, 0.1, 5),
        Variant("w", "200 g", 600, None, None, None),
    )
    assert (found["q"].visible, found["q"].variants) == (False, (Variant("q", None, 999, None, None, 0),))
    assert found["t"].variants == ()
    told = rejects(done)
    assert told[0].startswith("5,4,title: ")
    assert told[1].startswith("6,5,variants.0.price_minor: ")


def test_products_again_change_nothing(load: Load) -> None:
    load(PRODUCTS, "products")
    again = load(PRODUCTS, "products")
    assert again.counts == {"unchanged": 3}


def test_products_from_parquet_and_ndjson(load: Load, runtime: Runtime, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "products.parquet"
    frame = {
        "product_id": [1],
        "title": ["Tea"],
        "categories": [["Food", "Tea"]],
        "price": [3.5],
        "stock": [4],
    }
    pl.DataFrame(frame).write_parquet(path)
    load(path, "products")
    load(
        '{"product_id":"2","title":"Mug","variants":[{"variant_id":"v","price_minor":999}]}',
        "products",
        "p.ndjson",
    )
    found = catalogue(runtime, shop)
    assert found["1"].categories == ("Food", "Tea")
    assert found["1"].variants == (Variant("1", None, 350, None, None, 4),)
    assert found["2"].variants[0].price_minor == 999


def test_customers(load: Load, runtime: Runtime, shop: Shop) -> None:
    done = load(
        "customer_id,consent_personal,consent_mail,consent_at,email,language,country,birth_month_day\n"
        "c,true,no,2026-02-01 10:30:00,ana@example.com,es,ES,02-29\nd,,,,,,,\ne,maybe,,,,,,\nf,,,,,,Spain,\n",
        "customers",
    )
    assert (done.counts["created"], done.rows_rejected) == (2, 2)
    assert [line.split(":")[0] for line in rejects(done)] == ["4,3,consent.personal", '5,4,"country']
    with runtime.database.read() as connection:
        kept = customers.find(connection, shop[0], "c")
    assert kept
    assert (kept["consent_personal"], kept["consent_mail"], kept["birth_month_day"]) == (True, False, "02-29")
    assert kept["consent_at"] == datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
    assert kept["email_encrypted"] is None
