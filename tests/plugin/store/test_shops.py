"""Shops and their keys, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from plugin.errors import Refusal
from plugin.store import shops
from plugin.store.database import Database
from plugin.store.migrations import is_current, migrate
from plugin.store.tables import metadata
from plugin.vault import Vault
from tests.conftest import NOW

VAULT = Vault("a secret of the tests")
NEW = shops.NewShop("Café", "EUR", "Europe/Madrid", "es", ("https://shop.example",))


def test_migrations_lead_to_exactly_the_tables(database: Database) -> None:
    migrate(database)  # a second time changes nothing
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'encore.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


def test_several_processes_may_migrate_at_once(bare_url: str) -> None:
    def one(_: int) -> bool:
        opened = Database(bare_url)
        migrate(opened)
        try:
            return is_current(opened)
        finally:
            opened.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [True] * 4


def test_a_new_shop_is_found_by_its_secret_key_and_by_no_other(database: Database) -> None:
    with database.write() as connection:
        shop_id, keys = shops.add(connection, VAULT, NEW, NOW)
    with database.read() as connection:
        assert shops.by_secret_key(connection, keys.secret) == shop_id
        assert shops.by_secret_key(connection, keys.public) is None
        assert shops.by_secret_key(connection, "sk_guess") is None
        loaded = shops.load(connection, VAULT, shop_id)
    assert loaded.public_keys == {keys.public}
    assert loaded.signing_secrets == (keys.signing.encode(),)
    assert loaded.settings.placements["cart"].limit == 6


def test_of_each_kind_two_keys_are_valid_at_once(database: Database) -> None:
    with database.write() as connection:
        shop_id, first = shops.add(connection, VAULT, NEW, NOW)
    with database.write() as connection:
        second = shops.rotate_keys(connection, VAULT, shop_id, NOW.replace(day=3))
    with database.read() as connection:
        assert shops.by_secret_key(connection, first.secret) == shop_id
    with database.write() as connection:
        third = shops.rotate_keys(connection, VAULT, shop_id, NOW.replace(day=4))
    with database.read() as connection:
        assert shops.by_secret_key(connection, first.secret) is None
        assert shops.load(connection, VAULT, shop_id).public_keys == {second.public, third.public}


def test_settings_are_merged_checked_and_counted(database: Database) -> None:
    with database.write() as connection:
        shop_id, _ = shops.add(connection, VAULT, NEW, NOW)
        shops.change_settings(connection, shop_id, {"placements": {"cart": {"limit": 3}}})
        shops.change_settings(connection, shop_id, {"placements": {"cart": {"title": "With it"}}})
    with database.read() as connection:
        loaded = shops.load(connection, VAULT, shop_id)
    assert (loaded.settings.placements["cart"].limit, loaded.settings.placements["cart"].title) == (
        3,
        "With it",
    )
    assert loaded.settings_version == 2
    with database.write() as connection, pytest.raises(Refusal, match="see errors") as refused:
        shops.change_settings(connection, shop_id, {"retrain_hour": 24})
    assert "retrain_hour" in refused.value.errors


def test_another_secret_cannot_read_the_signing_secrets(database: Database) -> None:
    with database.write() as connection:
        shop_id, _ = shops.add(connection, VAULT, NEW, NOW)
    with database.read() as connection, pytest.raises(Refusal, match="ENCORE_SECRET_KEY"):
        shops.load(connection, Vault("another"), shop_id)


def test_a_removed_shop_leaves_no_row(database: Database) -> None:
    with database.write() as connection:
        shop_id, _ = shops.add(connection, VAULT, NEW, NOW)
        shops.remove(connection, shop_id)
    with database.read() as connection:
        assert shops.all_ids(connection) == []
        for table in metadata.sorted_tables:
            assert connection.execute(table.select().where(table.c.shop_id == shop_id)).first() is None
