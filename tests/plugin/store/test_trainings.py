"""Leases, trainings and models, on both databases."""

import threading
from datetime import datetime, timedelta

import pytest

from plugin.errors import Refusal
from plugin.store import leases, models, shops, trainings
from plugin.store.database import Database
from plugin.store.leases import Lease
from plugin.store.models import Artefact
from plugin.store.trainings import Outcome
from plugin.vault import Vault
from tests.conftest import NOW

NEW = shops.NewShop("Café", "EUR", "Europe/Madrid", "es", ("https://shop.example",))


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def shop_id(database: Database) -> str:
    with database.write() as connection:
        return shops.add(connection, Vault("a secret of the tests"), NEW, NOW)[0]


def publish(database: Database, shop_id: str, published_at: datetime = NOW) -> int:
    with database.write() as connection:
        version = models.next_version(connection, shop_id)
        path = f"{shop_id}/{version:06}.encore"
        models.publish(connection, Artefact(shop_id, version, path, "ab", NOW, published_at, {"lift": 1.5}))
    return version


def test_of_many_who_want_a_lease_at_once_one_gets_it(database: Database, shop_id: str) -> None:
    together, winners = threading.Barrier(24), []

    def want(name: int) -> None:
        together.wait()
        with database.write() as connection:
            if leases.take(connection, Lease(shop_id, "training", f"worker {name}", 60), NOW):
                winners.append(name)

    threads = [threading.Thread(target=want, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1


def test_a_lease_is_kept_by_renewing_and_lost_by_lapsing(database: Database, shop_id: str) -> None:
    one, other = Lease(shop_id, "training", "one", 60), Lease(shop_id, "training", "other", 60)
    with database.write() as connection:
        assert leases.take(connection, one, NOW)
        assert leases.renew(connection, one, later(59))
        assert not leases.take(connection, other, later(61))
        assert leases.held(connection, shop_id, "training", later(118))
        assert not leases.held(connection, shop_id, "training", later(119))
        assert leases.take(connection, other, later(119))
        assert not leases.renew(connection, one, later(120))
        leases.release(connection, one)  # not its own any more: nothing happens
        assert leases.held(connection, shop_id, "training", later(120))
        leases.release(connection, other)
        assert not leases.held(connection, shop_id, "training", later(120))


def test_a_lapsed_lease_cannot_be_renewed(database: Database, shop_id: str) -> None:
    lease = Lease(shop_id, "training", "one", 60)
    with database.write() as connection:
        assert leases.take(connection, lease, NOW)
        assert not leases.renew(connection, lease, later(60))


def test_asking_twice_gives_the_same_training(database: Database, shop_id: str) -> None:
    with database.write() as connection:
        first = trainings.request(connection, shop_id, "schedule", NOW)
        assert trainings.request(connection, shop_id, "merchant", later(1)) == first
        assert trainings.start(connection, first, later(2))
        assert not trainings.start(connection, first, later(2))
        assert trainings.request(connection, shop_id, "merchant", later(3)).training_id == first.training_id
        second = trainings.request(connection, shop_id, trainings.ERASURE, later(3))
        assert second.training_id == 2  # the running one may know the erased already
        assert trainings.request(connection, shop_id, "merchant", later(3)) == second
        assert trainings.finish(connection, first, Outcome("published", "Done.", "better", {}, 1), later(4))
        assert not trainings.finish(connection, first, Outcome("failed", "Late.", "error"), later(5))
        assert trainings.request(connection, shop_id, "merchant", later(6)).training_id == 2
    with database.read() as connection:
        newest, oldest = trainings.recent(connection, shop_id, 5)
        assert trainings.requested(connection) == [newest]
    assert (oldest.status, oldest.message, oldest.model_version) == ("published", "Done.", 1)
    assert (oldest.started_at, oldest.finished_at) == (later(2), later(4))


def test_many_who_ask_at_once_make_one_training(database: Database, shop_id: str) -> None:
    together, given = threading.Barrier(12), []

    def ask() -> None:
        together.wait()
        with database.write() as connection:
            given.append(trainings.request(connection, shop_id, "merchant", NOW))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.training_id for each in given} == {1}
    assert len(given) == 12


def test_a_running_training_without_a_lease_is_interrupted(database: Database, shop_id: str) -> None:
    lease = Lease(shop_id, trainings.LEASE, "one", 60)
    with database.write() as connection:
        training = trainings.request(connection, shop_id, "schedule", NOW)
        assert leases.take(connection, lease, NOW)
        assert trainings.start(connection, training, NOW)
    with database.read() as connection:
        assert trainings.interrupted(connection, later(59)) == []
        assert [each.training_id for each in trainings.interrupted(connection, later(60))] == [1]


def test_an_unknown_shop_cannot_be_trained(database: Database) -> None:
    with database.write() as connection, pytest.raises(Refusal, match="no shop"):
        trainings.request(connection, "shop_nobody", "merchant", NOW)


def test_a_published_model_is_in_use_until_rolled_back(database: Database, shop_id: str) -> None:
    with database.read() as connection:
        assert models.current(connection, shop_id) is None
    assert [publish(database, shop_id) for _ in range(3)] == [1, 2, 3]
    with database.write() as connection:
        assert shops.versions(connection)[0].model_version == 3
        assert models.roll_back(connection, shop_id).model_version == 2
        assert models.roll_back(connection, shop_id).model_version == 1
        with pytest.raises(Refusal, match="models list"):
            models.roll_back(connection, shop_id)
        assert models.roll_back(connection, shop_id, 3).figures == {"lift": 1.5}
        models.roll_back(connection, shop_id, 1)
        in_use = models.current(connection, shop_id)
        assert in_use is not None
        assert in_use.path == f"{shop_id}/000001.encore"
    assert publish(database, shop_id) == 4  # a number is never given twice


def test_five_models_stay_and_the_one_in_use(database: Database, shop_id: str) -> None:
    for number in range(7):
        publish(database, shop_id, later(number))
    with database.write() as connection:
        assert models.superseded(connection, shop_id, later(60)) == []
        assert [each.model_version for each in models.superseded(connection, shop_id, later(3600))] == [2, 1]
        models.roll_back(connection, shop_id, 1)
        (gone,) = models.superseded(connection, shop_id, later(3600))
        models.forget(connection, gone)
        assert [each.model_version for each in models.all_of(connection, shop_id)] == [7, 6, 5, 4, 3, 1]
