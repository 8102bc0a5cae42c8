"""The two doors of the store, on both databases."""

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
