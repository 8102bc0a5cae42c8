"""Platforms as a shop notices them: a delivery that was answered is never lost and never worked twice.

What platforms must show stands in four places, each test once:

- a real shop in a real browser, from the basket to the order and its cancelling: test_real_shop.py
- each platform's deliveries, valid, wrong, missing, swapped, replayed, re-ordered: tests/plugin/platforms
- 50,000 orders of each through its API, killed three times; the erased asked for again: test_history.py
- web and worker killed between the answer and the work, a hundred times: below

All of it: pytest -m "long or not long" tests/acceptance/test_{platforms,real_shop,history}.py
tests/plugin/platforms
"""

import http.client
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from plugin.demo.commands import free_port
from plugin.jobs.deliveries import work
from plugin.store import deliveries, orders
from tests.acceptance.service import Service, running, until
from tests.plugin.platforms.dialect import SECRET, Delivered, Order
from tests.plugin.platforms.shopify import ShopifyWords

WITHIN_SECONDS = 60
"""Within so long a delivered order is in Encore."""
ROUND = 40
"""So many deliveries are sent in a round."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("platforms") / "home") as found:
        told = {"secret": SECRET, "account_id": "beans.myshopify.com"}
        found.ask("PUT", "/v1/platforms/shopify", told)
        yield found


def post(service: Service, sent: Delivered, port: int | None = None) -> int:
    """The status of the answer; 0 where there was none."""
    line = http.client.HTTPConnection("127.0.0.1", port or service.port, timeout=10)
    try:
        line.request("POST", f"/webhooks/shopify/{service.shop_id}", sent.body, sent.headers)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()


def found(service: Service, order_id: int) -> bool:
    with service.runtime.database.read() as opened:
        return orders.find(opened, service.shop_id, str(order_id)) is not None


def test_an_order_is_there_within_a_minute_and_its_answer_at_once(service: Service) -> None:
    worker = service.command("worker")
    try:
        words, slowest = ShopifyWords(), 0.0
        for number in range(20):
            began = time.monotonic()
            assert post(service, words.order(Order(number, status="paid"), "create")) == 200
            slowest = max(slowest, time.monotonic() - began)
        assert until(WITHIN_SECONDS, lambda: all(found(service, number) for number in range(20)))
        print(f"The slowest of 20 answers took {slowest * 1000:.0f} ms.")
    finally:
        worker.terminate()
        worker.wait(20)


@pytest.mark.parametrize(
    "rounds", [1, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_what_was_answered_is_worked_once_though_web_and_worker_are_killed(
    service: Service, rounds: int
) -> None:
    """Killed at any moment between the answer and the work; whoever sweeps next does what is left."""
    chance, words = random.Random(rounds), ShopifyWords()
    words.count = 1_000 * rounds
    answered: set[int] = set()
    for number in range(rounds):
        sent = [Order(10_000 * rounds + number * ROUND + each) for each in range(ROUND)]
        with to_be_killed(service) as (port, kill):
            threading.Timer(chance.uniform(0.05, 0.4), kill).start()
            with ThreadPoolExecutor(4) as threads:
                statuses = threads.map(lambda order: post(service, words.order(order), port), sent)
                answered |= {order.id for order, status in zip(sent, statuses, strict=True) if status == 200}
    assert len(answered) > rounds
    later = datetime.now(UTC) + timedelta(minutes=2)
    work(service.runtime, service.shop_id, lambda: later)
    with service.runtime.database.read() as opened:
        rows = [row for row, _ in deliveries.latest(opened, service.shop_id, 100 * ROUND)]
    print(f"Killed {rounds} times: {len(answered)} deliveries were answered, {len(rows)} kept and worked.")
    assert {(row.verdict, row.attempts) for row in rows} == {("created", 1)}
    assert len(rows) >= len(answered)
    assert all(found(service, order_id) for order_id in answered)


@contextmanager
def to_be_killed(service: Service) -> Iterator[tuple[int, Callable[[], None]]]:
    """A web process and a worker more, and how both are killed with all that they started."""
    port = free_port()
    started = [service.command("serve", "--port", str(port), "--workers", "1"), service.command("worker")]

    def kill() -> None:
        listed = [subprocess.run(["pgrep", "-P", str(each.pid)], capture_output=True) for each in started]
        children = [int(pid) for each in listed for pid in each.stdout.split()]
        for pid in [*children, *(each.pid for each in started)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    try:
        assert until(60, lambda: post(service, Delivered({}, b""), port) == 401)
        yield port, kill
    finally:
        kill()
        for each in started:
            each.wait(20)
