"""Complements: what the merchant chose is kept, told, and handed to the training."""

from datetime import timedelta

import pytest

from plugin.store import complements, products, shops
from plugin.store.database import Database
from plugin.vault import Vault
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        return shops.add(connection, Vault("s"), new, NOW)[0]


def row(product_id: str, *chosen: str) -> dict[str, object]:
    return {"product_id": product_id, "complements": list(chosen)}


def test_a_choice_is_kept_replaced_and_taken_back(database: Database, shop_id: str) -> None:
    with database.write() as connection:
        given = [row("machine", "beans", "filter", "beans"), row("machine", "beans", "filter")]
        assert complements.put_many(connection, shop_id, given, NOW) == ["created", "unchanged"]
        assert complements.all_of(connection, shop_id) == {"machine": ["beans", "filter"]}
        assert complements.put_many(connection, shop_id, [row("machine", "filter")], LATER) == ["replaced"]
        assert complements.put_many(connection, shop_id, [row("machine")], LATER) == ["replaced"]
        assert complements.all_of(connection, shop_id) == {}
        assert complements.changed_at(connection, shop_id) == LATER


def test_a_shop_sees_only_its_own(database: Database, shop_id: str) -> None:
    with database.write() as connection:
        complements.put_many(connection, shop_id, [row("machine", "beans")], NOW)
        assert complements.all_of(connection, "shop_other") == {}
        assert complements.changed_at(connection, "shop_other") is None


def test_a_product_sent_again_keeps_its_complements_and_trainings_get_them(
    database: Database, shop_id: str
) -> None:
    machine = {"product_id": "machine", "title": "Machine", "categories": ["Kitchen"]}
    with database.write() as connection:
        complements.put_many(connection, shop_id, [row("machine", "beans")], NOW)
        products.put_many(connection, shop_id, [machine, {"product_id": "beans", "title": "Beans"}], NOW)
        products.put_many(connection, shop_id, [machine | {"title": "Espresso machine"}], LATER)
        frame = products.catalogue_frame(connection, shop_id).sort("product_id")
    assert frame["complements"].to_list() == [None, ["beans"]]
    assert frame["categories"].to_list() == [[], ["Kitchen"]]
