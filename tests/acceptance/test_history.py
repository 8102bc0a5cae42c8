"""A long history, a worker that is killed, a server that fails: no order is lost or doubled."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from plugin.store import readings
from plugin.store.tables import orders as table
from tests.acceptance.service import Service, running, until
from tests.plugin.jobs.histories import HISTORIES, History, telling
from tests.plugin.platforms.dialect import Order

COUNT = 50_000
PEOPLE = 5_000
ERASED = ("101", "102", "103")
BAD = ("429", "502", "cut", "500")


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("platform", list(HISTORIES))
def test_a_history_of_fifty_thousand_orders_and_who_was_erased_from_it(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_PRIVATE_NETWORKS", "127.0.0.0/8")
    with telling(platform) as history, running(tmp_path / "home") as service:
        history.orders = [
            Order(number, status="paid", minute=number // 4, customer_id=100 + number % PEOPLE, email="")
            for number in range(1, COUNT + 1)
        ]
        chance = random.Random(5)
        history.bad = {chance.randrange(5, 200): each for each in BAD}
        service.ask("PUT", f"/v1/platforms/{platform}", history.connection())
        for part in (0.1, 0.4, 0.8):
            with killed_at_the_end(service):
                assert until(2400, lambda part=part: count(service) >= part * COUNT)  # type: ignore[misc]
        with killed_at_the_end(service):
            assert until(2400, lambda: is_caught_up(service, platform))
            assert (count(service), of(service, history, ERASED)) == (COUNT, 3 * COUNT // PEOPLE)
            for each in ERASED:  # and asked for again from the beginning
                service.ask("DELETE", f"/v1/customers/{history.id(int(each))}")
            with service.runtime.database.write() as opened:
                readings.forget(opened, service.shop_id, platform)
            assert until(2400, lambda: is_caught_up(service, platform))
            assert (count(service), of(service, history, ERASED)) == (COUNT, 0)


@contextmanager
def killed_at_the_end(service: Service) -> Iterator[None]:
    """A worker that has no time to tidy up."""
    worker = service.command("worker")
    try:
        yield
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(20)


def count(service: Service) -> int:
    """The orders that are there."""
    with service.runtime.database.read() as opened:
        return opened.execute(select(func.count()).select_from(table)).scalar_one()


def of(service: Service, history: History, people: tuple[str, ...]) -> int:
    """How many orders are these people's."""
    ids = [history.id(int(each)) for each in people]
    with service.runtime.database.read() as opened:
        found = opened.execute(table.select().where(table.c.customer_id.in_(ids)))
        return len(found.all())


def is_caught_up(service: Service, platform: str) -> bool:
    """Whether nothing is left of its orders."""
    time.sleep(0.5)
    with service.runtime.database.read() as opened:
        reading = readings.of(opened, service.shop_id).get((platform, "orders"))
    return reading is not None and reading.rows_left == 0 and reading.caught_up_at is not None
