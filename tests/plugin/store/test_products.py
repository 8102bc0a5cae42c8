"""Products: upserts, their history, and what a worker's snapshot learns of."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plugin.store import products, shops
from plugin.store.database import Database
from plugin.store.tables import variant_history
from plugin.vault import Vault
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        return shops.add(connection, Vault("s"), new, NOW)[0]


def variant(variant_id: str = "v", **fields: Any) -> dict[str, Any]:
    return {"variant_id": variant_id, "price_minor": 1000, "stock": 5, **fields}


def product(product_id: str = "p", *variants: dict[str, Any], **fields: Any) -> dict[str, Any]:
    of_it = list(variants) or [variant()]
    return {
        "product_id": product_id,
        "title": "Beans",
        "categories": ["Food", "Coffee"],
        "variants": of_it,
        **fields,
    }


def put(database: Database, shop_id: str, *given: dict[str, Any], now: Any = NOW) -> list[str]:
    with database.write() as connection:
        return products.put_many(connection, shop_id, given, now)


def changed(database: Database, shop_id: str, version: int = 0) -> list[products.Product]:
    with database.read() as connection:
        return products.changed_since(connection, shop_id, version)


def counter(database: Database) -> int:
    with database.read() as connection:
        return shops.versions(connection)[0].catalogue_version


def history(database: Database) -> list[tuple[Any, ...]]:
    columns = (variant_history.c.variant_id, variant_history.c.from_at, variant_history.c.price_minor)
    with database.read() as connection:
        rows = connection.execute(
            select(*columns, variant_history.c.stock).order_by(variant_history.c.from_at)
        )
        return [tuple(row) for row in rows]


def test_a_batch_raises_the_counter_once_and_only_changes_are_told(database: Database, shop_id: str) -> None:
    assert put(database, shop_id, product("p"), product("q")) == ["created", "created"]
    assert counter(database) == 1
    assert put(database, shop_id, product("p"), product("q", title="Tea")) == ["unchanged", "replaced"]
    assert counter(database) == 2
    assert [(each.product_id, each.title) for each in changed(database, shop_id, 1)] == [("q", "Tea")]
    assert put(database, shop_id, product("p")) == ["unchanged"]
    assert counter(database) == 2


def test_the_snapshot_holds_every_field(database: Database, shop_id: str) -> None:
    whole = variant("v", title="1 kg", cost_minor=400, tax_share=0.21, stock=None)
    put(
        database,
        shop_id,
        product("p", whole, variant("w"), url="https://x", image_url="https://y", tags=["t"]),
    )
    (found,) = changed(database, shop_id)
    assert found == products.Product(
        product_id="p",
        title="Beans",
        url="https://x",
        image_url="https://y",
        categories=("Food", "Coffee"),
        tags=("t",),
        visible=True,
        deleted=False,
        catalogue_version=1,
        variants=(
            products.Variant("v", "1 kg", 1000, 400, 0.21, None),
            products.Variant("w", None, 1000, None, None, 5),
        ),
    )


def test_a_product_keeps_exactly_the_variants_it_came_with(database: Database, shop_id: str) -> None:
    put(database, shop_id, product("p", variant("v"), variant("w")))
    put(database, shop_id, product("p", variant("w")))
    assert [each.variant_id for each in changed(database, shop_id)[0].variants] == ["w"]


def test_an_older_state_is_ignored(database: Database, shop_id: str) -> None:
    put(database, shop_id, product("p", updated_at=LATER))
    assert put(database, shop_id, product("p", title="Old", updated_at=NOW)) == ["older"]
    assert put(database, shop_id, product("p", title="New", updated_at=LATER)) == ["replaced"]
    assert changed(database, shop_id)[0].title == "New"


def test_history_grows_only_when_price_cost_or_stock_change(database: Database, shop_id: str) -> None:
    put(database, shop_id, product("p"))
    put(database, shop_id, product("p", title="Renamed"), now=LATER)
    put(database, shop_id, product("p", variant(price_minor=900)), now=LATER + timedelta(hours=1))
    assert history(database) == [("v", NOW, 1000, 5), ("v", LATER + timedelta(hours=1), 900, 5)]


def test_a_removed_product_is_told_as_deleted_and_can_come_back(database: Database, shop_id: str) -> None:
    put(database, shop_id, product("p"))
    with database.write() as connection:
        assert products.remove(connection, shop_id, "p")
        assert not products.remove(connection, shop_id, "p")
        assert products.catalogue_frame(connection, shop_id).is_empty()
    (found,) = changed(database, shop_id, 1)
    assert found.deleted
    assert put(database, shop_id, product("p")) == ["created"]
    assert not changed(database, shop_id, 2)[0].deleted


def test_the_catalogue_comes_as_a_frame(database: Database, shop_id: str) -> None:
    put(database, shop_id, product("p", tags=["x"]), product("q", categories=[]))
    put(database, shop_id, product("p", tags=["y"]), now=LATER)
    with database.read() as connection:
        frame = products.catalogue_frame(connection, shop_id).sort("product_id")
    assert frame.rows() == [
        ("p", "Beans", ["Food", "Coffee"], ["y"], NOW, None),
        ("q", "Beans", [], [], NOW, None),
    ]


def test_another_shop_sees_nothing(database: Database, shop_id: str) -> None:
    put(database, shop_id, product("p"))
    assert changed(database, "shop_other") == []


@pytest.mark.parametrize("text", ["'; DROP TABLE products; --", "<b onclick=x>", "é 中文 🎉 \t\n\"'%_"])
def test_any_text_stays_the_text_it_is(database: Database, shop_id: str, text: str) -> None:
    put(
        database,
        shop_id,
        product(text, variant(text, title=text), title=text, url=text, categories=[text], tags=[text]),
    )
    (found,) = changed(database, shop_id)
    assert (found.product_id, found.title, found.url, found.categories, found.tags) == (
        text,
        text,
        text,
        (text,),
        (text,),
    )
    assert (found.variants[0].variant_id, found.variants[0].title) == (text, text)
