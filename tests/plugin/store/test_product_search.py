"""Products and categories are found as a person looks for them, on both databases."""

import pytest

from plugin.store import product_search, products, shops
from plugin.store.database import Database
from plugin.vault import Vault
from tests.conftest import NOW


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    given = {
        "test": ["Health", "Tests"],
        "balm": ["Health", "Health", "100% natural"],
        "tea": ["Food"],
        "bare": [],
        "gone": ["Health"],
    }
    rows = [{"product_id": key, "title": key, "categories": names} for key, names in given.items()]
    with database.write() as connection:
        shop_id = shops.add(connection, Vault("s"), new, NOW)[0]
        products.put_many(connection, shop_id, rows, NOW)
        products.remove(connection, shop_id, "gone")
    return shop_id


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HEAL", {"Health": 2}),
        ("t", {"Health": 2, "100% natural": 1, "Tests": 1}),
        ("%", {"100% natural": 1}),
        ("nothing", {}),
    ],
)
def test_categories_are_found_with_how_many_products_carry_them(
    database: Database, shop_id: str, text: str, found: dict[str, int]
) -> None:
    with database.read() as connection:
        assert list(product_search.categories(connection, shop_id, text, 20).items()) == list(found.items())
        assert product_search.categories(connection, "shop_other", text, 20) == {}


def test_counts_of_named_categories(database: Database, shop_id: str) -> None:
    with database.read() as connection:
        counts = product_search.counts_of(connection, shop_id, ["Health", "Nowhere", "Food"])
    assert counts == {"Health": 2, "Food": 1}
