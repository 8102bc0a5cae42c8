"""The sweep and the bell: what is due in the database is asked for, and heard, whatever Redis forgets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugin.cache.connection import RedisError, connect
from plugin.cache.redis_server import redis_running
from plugin.jobs.queue import Bell, wake
from plugin.jobs.sweep import last_swept_at, sweep
from plugin.runtime import Runtime, open_runtime
from plugin.store import imports, models, shops, trainings
from plugin.store.models import Artefact
from plugin.store.trainings import Outcome, Training
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.jobs.orders import pairs, put_orders


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """An installation on either database; its Redis does not run."""
    opened = open_runtime(make_config(tmp_path / "home", database_url))
    yield opened
    opened.database.close()


@pytest.fixture
def shop_id(runtime: Runtime) -> str:
    return add_shop(runtime)[0]


def swept(runtime: Runtime, shop_id: str, at: datetime) -> Training | None:
    """The shop's newest training after a sweep at `at`."""
    assert sweep(runtime, "worker", at)
    with runtime.database.read() as connection:
        return trainings.latest(connection, shop_id)


def end(runtime: Runtime, training: Training | None, at: datetime, outcome: Outcome) -> None:
    assert training is not None
    with runtime.database.write() as connection:
        assert trainings.start(connection, training, at)
        assert trainings.finish(connection, training, outcome, at + timedelta(seconds=30))


def test_days_in_the_life_of_a_shop(runtime: Runtime, shop_id: str) -> None:
    assert swept(runtime, shop_id, NOW) is None
    put_orders(runtime, shop_id, pairs(30), NOW)
    first = swept(runtime, shop_id, NOW + timedelta(minutes=1))
    assert first is not None
    assert (first.cause, first.status) == ("orders", "requested")
    assert swept(runtime, shop_id, NOW + timedelta(minutes=2)) == first
    end(runtime, first, NOW + timedelta(minutes=3), Outcome("published", "Done.", "better", {}, 1))
    _publish(runtime, shop_id, NOW)
    assert swept(runtime, shop_id, NOW + timedelta(minutes=20)) is not None
    at_four = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # 4 o'clock in Madrid
    before = swept(runtime, shop_id, at_four - timedelta(minutes=1))
    assert before is not None
    assert before.training_id == first.training_id
    second = swept(runtime, shop_id, at_four)
    assert second is not None
    assert (second.training_id, second.cause) == (2, "schedule")
    end(runtime, second, at_four, Outcome("published", "Done.", "better", {}, 2))
    put_orders(runtime, shop_id, pairs(540)[30:], at_four + timedelta(hours=1))
    third = swept(runtime, shop_id, at_four + timedelta(hours=2))
    assert third is not None
    assert (third.training_id, third.cause) == (3, "orders")


def _publish(runtime: Runtime, shop_id: str, at: datetime) -> None:
    with runtime.database.write() as connection:
        version = models.next_version(connection, shop_id)
        path = runtime.config.artefacts / shop_id / f"{version:06}.encore"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("an artefact")
        models.publish(connection, Artefact(shop_id, version, f"{shop_id}/{path.name}", "ab", at, at, {}))


def test_of_two_workers_one_sweeps_each_minute(runtime: Runtime) -> None:
    assert last_swept_at(runtime) is None
    assert sweep(runtime, "one", NOW)
    assert not sweep(runtime, "other", NOW + timedelta(seconds=30))
    assert sweep(runtime, "other", NOW + timedelta(seconds=60))
    assert last_swept_at(runtime) == NOW + timedelta(seconds=60)


def test_a_shop_in_trouble_does_not_hold_up_the_others(runtime: Runtime) -> None:
    lost = shops.NewShop("Lost", "EUR", "Atlantis/Capital", "en", ())
    with runtime.database.write() as connection:
        troubled, _ = shops.add(connection, runtime.vault, lost, NOW - timedelta(days=1))
        trainings.request(connection, troubled, "merchant", NOW)
    fine, _ = add_shop(runtime)
    put_orders(runtime, troubled, pairs(3))
    put_orders(runtime, fine, pairs(3))
    with runtime.database.read() as connection:
        training = trainings.latest(connection, troubled)
    end(runtime, training, NOW, Outcome("published", "Done.", "better", {}, 1))
    training = swept(runtime, fine, NOW + timedelta(days=2))
    assert training is not None
    assert training.status == "requested"


def test_artefacts_that_nobody_can_go_back_to_are_dropped(runtime: Runtime, shop_id: str) -> None:
    for number in range(7):
        _publish(runtime, shop_id, NOW + timedelta(seconds=number))
    swept(runtime, shop_id, NOW + timedelta(minutes=1))
    folder = runtime.config.artefacts / shop_id
    assert len(list(folder.iterdir())) == 7  # a worker may be opening the last but one just now
    swept(runtime, shop_id, NOW + timedelta(hours=1))
    assert sorted(path.stem for path in folder.iterdir()) == [f"{number:06}" for number in range(3, 8)]
    with runtime.database.read() as connection:
        assert len(models.all_of(connection, shop_id)) == 5


def test_what_an_undone_import_left_is_cleared_away(runtime: Runtime, shop_id: str) -> None:
    with runtime.database.write() as connection:
        new = imports.NewImport("orders", "orders.csv", "ab", {}, "rejects.csv")
        begun = imports.begin(connection, shop_id, new, NOW)
        imports.advance(connection, begun, {"status": "undone", "finished_at": NOW})
        assert imports.to_compact(connection) == [shop_id]
    swept(runtime, shop_id, NOW)
    with runtime.database.read() as connection:
        assert imports.to_compact(connection) == []


@pytest.fixture
def bell(runtime: Runtime) -> Iterator[Bell]:
    """The listening end of a real Redis's queue."""
    with redis_running(runtime.config):
        bell = Bell(runtime.config)
        yield bell
        bell.close()


def test_a_ring_is_heard_once_however_often_it_is_rung(runtime: Runtime, bell: Bell) -> None:
    wake(runtime, "shop_1")
    wake(runtime, "shop_1")
    wake(runtime, "shop_2")
    assert [bell.wait(1), bell.wait(1), bell.wait(1)] == ["shop_1", "shop_2", None]
    wake(runtime, "shop_1")
    assert bell.wait(1) == "shop_1"
    with connect(runtime.config, timeout_seconds=1) as client:
        left = {key.decode(): client.ttl(key) for key in client.scan_iter()}
    assert left == {"rq:queues": -1}, "nothing may pile up"


def test_a_sweep_rings_again_what_redis_has_forgotten(runtime: Runtime, bell: Bell, shop_id: str) -> None:
    put_orders(runtime, shop_id, pairs(30))
    assert sweep(runtime, "worker", NOW)
    with connect(runtime.config, timeout_seconds=1) as client:
        client.flushall()
    assert bell.wait(1) is None
    assert sweep(runtime, "worker", NOW + timedelta(minutes=1))
    assert bell.wait(1) == shop_id


def test_without_redis_waking_is_quiet_and_listening_says_so(runtime: Runtime) -> None:
    wake(runtime, "shop_1")
    bell = Bell(runtime.config)
    with pytest.raises(RedisError):
        bell.wait(1)
    bell.close()
