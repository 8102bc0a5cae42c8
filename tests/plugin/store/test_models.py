"""A rollback and the sweep at once, on both databases: the model in use is one that is there."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest

from plugin.errors import Refusal
from plugin.store import models, shops
from plugin.store.database import Connection, Database
from plugin.store.models import Artefact
from plugin.vault import Vault
from tests.conftest import NOW

LATER = NOW + timedelta(days=1)


@pytest.fixture
def shop_id(database: Database) -> str:
    new = shops.NewShop("Shop", "EUR", "Europe/Madrid", "es", ())
    with database.write() as connection:
        shop_id = shops.add(connection, Vault("s"), new, NOW)[0]
        for version in range(1, models.KEPT + 2):
            models.publish(connection, Artefact(shop_id, version, f"{version}", "", NOW, NOW, {}))
    return shop_id


def swept(connection: Connection, shop_id: str) -> Iterator[int]:
    for each in models.superseded(connection, shop_id, LATER):
        models.forget(connection, each)
        yield each.model_version


def test_a_model_that_is_being_dropped_cannot_be_put_in_use(database: Database, shop_id: str) -> None:
    told: list[str] = []

    def roll_back() -> None:
        try:
            with database.write() as connection:
                models.roll_back(connection, shop_id, 1)
        except Refusal as refusal:
            told.append(refusal.reason)

    meanwhile = Thread(target=roll_back)
    with database.write() as connection:
        assert list(swept(connection, shop_id)) == [1]
        meanwhile.start()
        meanwhile.join(0.3)
    meanwhile.join()
    assert told == ["unknown_model"]
    with database.read() as connection:
        assert models.current(connection, shop_id) is not None


def test_a_model_that_is_being_put_in_use_is_not_dropped(database: Database, shop_id: str) -> None:
    gone: list[int] = []

    def sweep() -> None:
        with database.write() as connection:
            gone.extend(swept(connection, shop_id))

    meanwhile = Thread(target=sweep)
    with database.write() as connection:
        models.roll_back(connection, shop_id, 1)
        meanwhile.start()
        meanwhile.join(0.3)
    meanwhile.join()
    assert gone == []
