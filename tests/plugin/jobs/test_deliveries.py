"""Deliveries on either database: kept once, worked once however many work, put off, and forgotten."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plugin.jobs.deliveries import LEASE_SECONDS, work
from plugin.jobs.sweep import sweep
from plugin.runtime import Runtime, open_runtime
from plugin.store import connected_platforms, customers, deliveries, leases, orders
from plugin.store.deliveries import Arrival, Delivery
from plugin.store.leases import Lease
from tests.conftest import NOW, add_shop, make_config


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """An installation on either database; its Redis does not run."""
    opened = open_runtime(make_config(tmp_path / "home", database_url))
    yield opened
    opened.database.close()


@pytest.fixture
def shop_id(runtime: Runtime) -> str:
    found = add_shop(runtime)[0]
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, found, "generic", {"secret": "whsec_x", "at": NOW})
    return found


def arrive(
    runtime: Runtime, shop_id: str, name: str, type_: str = "order.updated", at: datetime = NOW
) -> bool:
    row = {"order_id": name, "ordered_at": NOW.isoformat(), "customer_id": "ann"}
    data = {"customer_id": "ann"} if type_.startswith("customer") else {**row, "lines": []}
    body = json.dumps({"type": type_, "data": data}).encode()
    with runtime.database.write() as opened:
        arrival = Arrival(shop_id, "generic", name, "", at, body)
        return deliveries.add(opened, runtime.vault, arrival)


def rows(runtime: Runtime, shop_id: str) -> dict[str, tuple[Delivery, bool]]:
    with runtime.database.read() as opened:
        return {row.delivery_id: (row, has_body) for row, has_body in deliveries.latest(opened, shop_id, 500)}


def test_however_many_work_at_once_each_is_worked_once(runtime: Runtime, shop_id: str) -> None:
    for number in range(40):
        assert arrive(runtime, shop_id, f"o{number}")
        assert not arrive(runtime, shop_id, f"o{number}")
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: work(runtime, shop_id, lambda: NOW), range(4)))
    assert sum(done) == 40
    assert {(row.verdict, row.attempts) for row, _ in rows(runtime, shop_id).values()} == {("created", 1)}


def test_what_another_worker_holds_is_left_to_it_until_its_lease_lapses(
    runtime: Runtime, shop_id: str
) -> None:
    arrive(runtime, shop_id, "o1")
    with runtime.database.write() as opened:
        assert leases.take(opened, Lease(shop_id, deliveries.LEASE, "other", LEASE_SECONDS), NOW)
    assert work(runtime, shop_id, lambda: NOW) == 0
    assert work(runtime, shop_id, lambda: NOW + timedelta(seconds=LEASE_SECONDS)) == 1


def test_who_has_lost_the_lease_in_the_midst_changes_nothing(runtime: Runtime, shop_id: str) -> None:
    """The clock jumps between the taking and the keeping, as after a long stop."""
    arrive(runtime, shop_id, "o1")
    moments = iter([NOW, NOW, NOW, *[NOW + timedelta(hours=1)] * 9])
    assert work(runtime, shop_id, lambda: next(moments)) == 0
    assert rows(runtime, shop_id)["o1"][0].verdict is None
    with runtime.database.read() as opened:
        assert orders.find(opened, shop_id, "o1") is None
    assert work(runtime, shop_id, lambda: NOW + timedelta(hours=2)) == 1


def test_the_sweep_forgets_what_nobody_needs(runtime: Runtime, shop_id: str) -> None:
    arrive(runtime, shop_id, "good")
    arrive(runtime, shop_id, "bad", type_="order")
    with runtime.database.write() as opened:
        arrival = Arrival(shop_id, "generic", "ugly", "", NOW, b"not JSON")
        deliveries.add(opened, runtime.vault, arrival)
    work(runtime, shop_id, lambda: NOW)
    kept = rows(runtime, shop_id)
    assert [kept[name][0].verdict for name in ("good", "ugly")] == ["created", "unreadable"]
    assert [kept[name][1] for name in ("good", "ugly")] == [False, True]
    assert sweep(runtime, "worker", NOW + deliveries.KEPT_BODY + timedelta(minutes=1))
    assert not any(has_body for _, has_body in rows(runtime, shop_id).values())
    assert not arrive(runtime, shop_id, "good")
    assert sweep(runtime, "worker", NOW + deliveries.KEPT_ROW + timedelta(minutes=1))
    assert rows(runtime, shop_id) == {}


def test_an_erasure_takes_kept_bodies_along_but_none_that_waits(runtime: Runtime, shop_id: str) -> None:
    with runtime.database.write() as opened:
        arrival = Arrival(shop_id, "generic", "ugly", "", NOW, b"ann@example.org, not JSON")
        deliveries.add(opened, runtime.vault, arrival)
    work(runtime, shop_id, lambda: NOW)
    arrive(runtime, shop_id, "o1")
    with runtime.database.write() as opened:
        customers.erase(opened, shop_id, "ann", NOW, leave_id=True)
    assert {name: has_body for name, (_, has_body) in rows(runtime, shop_id).items()} == {
        "ugly": False,
        "o1": True,
    }
    assert work(runtime, shop_id, lambda: NOW) == 1
    with runtime.database.read() as opened:
        found = orders.find(opened, shop_id, "o1")
    assert found is not None
    assert found["customer_id"] is None


def test_what_is_still_waiting_when_the_platform_is_disconnected_is_said(
    runtime: Runtime, shop_id: str
) -> None:
    arrive(runtime, shop_id, "o1")
    with runtime.database.write() as opened:
        assert connected_platforms.disconnect(opened, shop_id, "generic")
    work(runtime, shop_id, lambda: NOW)
    assert rows(runtime, shop_id)["o1"][0].verdict == "by_hand"
