"""The two doors of the store, on both databases."""

import pytest

from plugin.errors import Refusal
from plugin.store import shops
from plugin.store.database import Database
from plugin.vault import Vault
from tests.conftest import NOW


def test_a_read_sees_one_state_whatever_is_written_meanwhile(database: Database) -> None:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.read() as reading:
        assert shops.all_ids(reading) == []
        with database.write() as connection:
            shop_id = shops.add(connection, Vault("s"), new, NOW)[0]
        assert shops.all_ids(reading) == []
    with database.read() as reading:
        assert shops.all_ids(reading) == [shop_id]


def test_who_will_not_wait_is_told_that_another_writes(database: Database) -> None:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        shop_id = shops.add(connection, Vault("s"), new, NOW)[0]
    with database.write() as holding:
        version = shops.touch_catalogue(holding, shop_id)
        with pytest.raises(Refusal) as refused, database.write(wait_seconds=0.05) as connection:
            shops.touch_catalogue(connection, shop_id)
    assert refused.value.reason == "busy"
    with database.write(wait_seconds=0.05) as connection:
        assert shops.touch_catalogue(connection, shop_id) == version + 1
