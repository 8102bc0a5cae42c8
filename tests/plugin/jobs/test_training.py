"""Trainings of a shop with real orders: published, rejected, failed, interrupted, one at a time."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import recommender
from plugin.errors import Refusal
from plugin.jobs.learning import Lesson, learn
from plugin.jobs.sweep import last_swept_at, sweep
from plugin.jobs.training import train_shop
from plugin.jobs.watch import Watch
from plugin.runtime import Runtime, open_runtime
from plugin.store import models, shops, trainings
from plugin.store.models import Artefact
from plugin.store.trainings import Training
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.jobs.orders import pairs, put_orders, turned_habits
from tests.plugin.processes import gone, within

Start = Callable[..., "subprocess.Popen[bytes]"]


def watch(at: datetime = NOW, **more: object) -> Watch:
    return Watch(lambda: at, **{"stop": threading.Event(), **more})  # type: ignore[arg-type]


def ask(runtime: Runtime, shop_id: str, at: datetime = NOW) -> Training:
    with runtime.database.write() as connection:
        return trainings.request(connection, shop_id, "merchant", at)


def ended(runtime: Runtime, shop_id: str, at: datetime = NOW) -> Training:
    """The shop's training, asked for and done."""
    ask(runtime, shop_id, at)
    training = train_shop(runtime, shop_id, watch(at))
    assert training is not None
    return training


@pytest.fixture
def shop_id(runtime: Runtime) -> str:
    shop_id, _ = add_shop(runtime)
    return shop_id


def test_what_is_learnt_is_published_and_in_use(database_url: str, tmp_path: Path) -> None:
    runtime = open_runtime(make_config(tmp_path / "home", database_url))
    shop_id, _ = add_shop(runtime)
    put_orders(runtime, shop_id, pairs(300))
    heard: list[str] = []
    ask(runtime, shop_id)
    training = train_shop(runtime, shop_id, watch(tell=heard.append))
    assert training is not None
    assert (training.status, training.model_version) == ("published", 1), training.message
    assert heard[1] == "Rehearsing on 540 order lines"
    assert heard[3] == "Training on 600 order lines"
    with runtime.database.read() as connection:
        artefact = models.current(connection, shop_id)
    assert artefact is not None
    assert artefact.path == f"{shop_id}/000001.encore"
    assert artefact.figures["n_orders"] == 300
    model = recommender.load(runtime.config.artefacts / artefact.path)
    assert model.recommend(["a3"], limit=1)[0].product_id == "b3"
    assert ended(runtime, shop_id, NOW + timedelta(days=1)).model_version == 2
    assert sorted(path.name for path in (tmp_path / "home/artefacts" / shop_id).iterdir()) == [
        "000001-rehearsal.encore",
        "000001.encore",
        "000002-rehearsal.encore",
        "000002.encore",
    ]
    runtime.database.close()


def test_without_orders_it_says_how_to_import_some(runtime: Runtime, shop_id: str) -> None:
    training = ended(runtime, shop_id)
    assert training.status == "rejected"
    assert training.message is not None
    assert f"`encore import orders FILE --shop {shop_id}`" in training.message


def test_an_order_of_the_future_is_not_learnt_from(runtime: Runtime, shop_id: str) -> None:
    put_orders(runtime, shop_id, pairs(30, first_at=NOW + timedelta(days=1)))
    with pytest.raises(Refusal, match="no orders"):
        learn(runtime, Lesson(shop_id, runtime.config.artefacts / "draft", NOW), lambda _step: None)


def use_a_model(runtime: Runtime, shop_id: str) -> None:
    """Have the shop use a model 1, as if it had been trained before."""
    with runtime.database.write() as connection:
        assert models.next_version(connection, shop_id) == 1
        models.publish(connection, Artefact(shop_id, 1, f"{shop_id}/000001.encore", "ab", NOW, NOW, {}))


def test_a_model_worse_than_bestsellers_leaves_the_last_good_one(runtime: Runtime, shop_id: str) -> None:
    use_a_model(runtime, shop_id)
    put_orders(runtime, shop_id, turned_habits())
    training = ended(runtime, shop_id)
    assert training.status == "rejected", training.message
    assert "bestsellers" in str(training.message)
    assert "Model 1 stays in use." in str(training.message)
    with runtime.database.read() as connection:
        assert shops.versions(connection)[0].model_version == 1


def test_a_broken_store_fails_in_words_and_leaves_the_last_good_model(runtime: Runtime, shop_id: str) -> None:
    use_a_model(runtime, shop_id)
    put_orders(runtime, shop_id, pairs(60))
    runtime.config.artefacts.mkdir()
    (runtime.config.artefacts / shop_id).write_text("a file where the folder should be")
    training = ended(runtime, shop_id)
    assert training.status == "failed"
    assert str(training.message).startswith("Training failed: FileExistsError")
    assert "Model 1 stays in use." in str(training.message)


def test_a_killed_child_fails_the_training_and_not_the_worker(
    runtime: Runtime, shop_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jobs.training.multiprocessing", multiprocessing)  # as workers have it
    put_orders(runtime, shop_id, pairs(300))
    ask(runtime, shop_id)

    def kill_child(_step: str) -> None:
        os.kill(_children(os.getpid())[-1], signal.SIGKILL)

    training = train_shop(runtime, shop_id, watch(tell=kill_child))
    assert training is not None
    assert training.status == "failed"
    assert "memory" in str(training.message)
    assert ended(runtime, shop_id, NOW + timedelta(days=1)).status == "published"


def _children(pid: int) -> list[int]:
    """The training processes that `pid` has begun."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z" and b"spawn_main" in command:
            found.append(int(path.parent.name))
    return sorted(found)


def test_two_who_train_one_shop_at_once_are_one(runtime: Runtime, shop_id: str) -> None:
    put_orders(runtime, shop_id, pairs(60))
    ask(runtime, shop_id)
    together, results = threading.Barrier(2), []

    def train() -> None:
        together.wait()
        results.append(train_shop(runtime, shop_id, watch()))

    threads = [threading.Thread(target=train) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.status if result else "not mine" for result in results) == ["not mine", "published"]
    with runtime.database.read() as connection:
        assert len(models.all_of(connection, shop_id)) == 1


@pytest.mark.parametrize("in_time", [0, 1], ids=["while it learns", "when it has learnt"])
def test_a_training_that_lost_its_lease_publishes_nothing(
    runtime: Runtime, shop_id: str, in_time: int
) -> None:
    """The machine sleeps for an hour, `in_time` looks at the clock after the child began to save."""
    put_orders(runtime, shop_id, pairs(60))
    ask(runtime, shop_id)
    late, looks = NOW + timedelta(hours=1), []

    def clock() -> datetime:
        if not looks:
            return NOW
        looks.append("again")
        return late if len(looks) > in_time + 1 else NOW

    def sleep(step: str) -> None:
        if step.startswith("Saving"):
            draft = runtime.config.artefacts / shop_id / "draft-1.encore"
            assert within(10, draft.exists)
            time.sleep(0.5)  # for the child to say that it is done
            assert sweep(runtime, "another worker", late)
            looks.append("asleep")

    training = train_shop(runtime, shop_id, Watch(clock, threading.Event(), sleep))
    assert training is not None
    assert training.status == "failed"
    assert "interrupted" in str(training.message)
    with runtime.database.read() as connection:
        assert models.current(connection, shop_id) is None
    assert list((runtime.config.artefacts / shop_id).iterdir()) == []


_PARENT = """
import multiprocessing
from tests.plugin.processes import sit
if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(target=sit)
    child.start()
    child.join()
"""


def test_a_child_ends_with_its_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert within(30, lambda: gone(child))


def test_a_worker_killed_in_training_is_found_out_and_its_shop_tried_again(
    runtime: Runtime, shop_id: str, start_worker: Start
) -> None:
    use_a_model(runtime, shop_id)
    put_orders(runtime, shop_id, pairs(300))
    ask(runtime, shop_id, datetime.now(UTC))  # the worker's own time
    worker = start_worker()
    assert within(30, lambda: latest(runtime, shop_id).status == "running" and bool(_children(worker.pid)))
    children = _children(worker.pid)
    worker.kill()
    worker.wait()
    assert within(30, lambda: all(gone(pid) for pid in children))
    training = latest(runtime, shop_id)
    assert training.status == "running"
    assert training.started_at is not None
    soon, later = (training.started_at + timedelta(seconds=seconds) for seconds in (30, 90))
    assert not sweep(runtime, "heir", soon)  # the dead worker has swept a moment ago
    assert sweep(runtime, "heir", later)
    training = latest(runtime, shop_id)
    assert training.status == "failed"
    assert str(training.message).startswith("Training was interrupted")
    assert "Model 1 stays in use." in str(training.message)
    assert sweep(runtime, "heir", later + timedelta(minutes=6))
    assert latest(runtime, shop_id).status == "requested"
    again = train_shop(runtime, shop_id, watch(later + timedelta(minutes=7)))
    assert again is not None
    assert (again.status, again.model_version) == ("published", 2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_at_once_even_in_training(
    runtime: Runtime, shop_id: str, start_worker: Start, number: int
) -> None:
    put_orders(runtime, shop_id, pairs(300))
    ask(runtime, shop_id)
    worker = start_worker()
    assert within(30, lambda: latest(runtime, shop_id).status == "running")
    worker.send_signal(number)
    assert worker.wait(10) == 0
    training = latest(runtime, shop_id)
    assert training.status == "failed"
    assert "stopped" in str(training.message)
    assert last_swept_at(runtime) is not None


def test_two_workers_without_redis_train_a_shop_once_all_the_same(
    runtime: Runtime, shop_id: str, start_worker: Start
) -> None:
    put_orders(runtime, shop_id, pairs(60))
    ask(runtime, shop_id, datetime.now(UTC))
    unreachable = {"ENCORE_REDIS_URL": "redis://127.0.0.1:1/0"}
    workers = [start_worker(ask_every_seconds=0.5, **unreachable) for _ in range(2)]
    assert within(60, lambda: latest(runtime, shop_id).status == "published")
    for worker in workers:
        worker.terminate()
    assert [worker.wait(10) for worker in workers] == [0, 0]
    with runtime.database.read() as connection:
        assert len(trainings.recent(connection, shop_id, 9)) == len(models.all_of(connection, shop_id)) == 1


@pytest.fixture
def start_worker(runtime: Runtime) -> Iterator[Start]:
    """Starts a real `encore worker` of the installation; whatever the test leaves running is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(ask_every_seconds: float = 5, **environment: str) -> "subprocess.Popen[bytes]":
        started.append(_worker(runtime, ask_every_seconds, environment))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def _worker(
    runtime: Runtime, ask_every_seconds: float, environment: dict[str, str]
) -> "subprocess.Popen[bytes]":
    """`ask_every_seconds`: so often it asks the database when there is no Redis."""
    config = runtime.config
    mine = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    mine |= {"ENCORE_HOME": str(config.home), "ENCORE_SECRET_KEY": config.secret_key, **environment}
    often = f"from plugin.jobs import worker; worker._WITHOUT_REDIS_SECONDS = {ask_every_seconds}"
    program = f"{often}; from plugin.cli import encore; encore()"
    command = [sys.executable, "-c", program, "worker"]
    return subprocess.Popen(command, env=mine, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def latest(runtime: Runtime, shop_id: str) -> Training:
    with runtime.database.read() as connection:
        training = trainings.latest(connection, shop_id)
    assert training is not None
    return training
