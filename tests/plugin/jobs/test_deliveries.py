"""Deliveries on either database: kept once, worked once however many work, put off, and forgotten."""

import itertools
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from plugin.demo.commands import free_port
from plugin.jobs import reading
from plugin.jobs.deliveries import LEASE_SECONDS, work
from plugin.jobs.sweep import sweep
from plugin.jobs.watch import Watch
from plugin.runtime import Runtime, open_runtime
from plugin.store import connected_platforms, customers, deliveries, leases, orders, readings
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.deliveries import Arrival, Delivery
from plugin.store.leases import Lease
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.jobs.histories import WooHistory, telling
from tests.plugin.platforms.answering import answering
from tests.plugin.platforms.dialect import Order


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
        customers.erase(opened, shop_id, "ann", NOW)
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


# -- platforms that do not answer -------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"


def connect_woo(runtime: Runtime, shop_id: str, address: str) -> None:
    told = {"address": address, "token": "ck_1:cs_1", "secret": "a secret of the shop", "at": NOW}
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop_id, "woocommerce", told)


def woo(runtime: Runtime, shop_id: str) -> ConnectedPlatform:
    with runtime.database.read() as opened:
        found = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
    assert found is not None
    return found


def tell_woo(runtime: Runtime, shop_id: str, order_id: int, *refunds: int) -> None:
    """An order of WooCommerce; with `refunds`, its API must be asked which lines went back."""
    lines = [{"id": 1, "product_id": 5, "quantity": 1, "subtotal": "5.00", "total": "5.00"}]
    order = {"id": order_id, "date_created_gmt": NOW.isoformat(), "status": "processing"}
    body = json.dumps({**order, "line_items": lines, "refunds": [{"id": each} for each in refunds]}).encode()
    with runtime.database.write() as opened:
        arrival = Arrival(shop_id, "woocommerce", f"w{order_id}", "order.updated", NOW, body)
        deliveries.add(opened, runtime.vault, arrival)


def test_a_platform_that_says_nothing_holds_up_only_what_must_ask_it(
    runtime: Runtime, shop_id: str, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jobs.deliveries._PATIENCE_SECONDS", 0.3)
    connect_woo(runtime, shop_id, silent)
    for order_id in (1, 2, 3):
        tell_woo(runtime, shop_id, order_id, 9)
    tell_woo(runtime, shop_id, 4)
    arrive(runtime, shop_id, "o1", at=NOW + timedelta(seconds=1))
    assert work(runtime, shop_id, lambda: NOW + timedelta(seconds=1)) == 5
    kept = {name: row for name, (row, _) in rows(runtime, shop_id).items()}
    assert [kept[name].verdict for name in ("w4", "o1")] == ["created", "created"]
    waiting = [kept[f"w{order_id}"] for order_id in (1, 2, 3)]
    assert [each.attempts for each in waiting] == [1, 0, 0]  # those that it was not asked about, never tried
    assert {each.due_at for each in waiting} == {NOW + timedelta(seconds=61)}
    assert [each.message is not None and "cannot be asked" in each.message for each in waiting] == [
        *(True, False, False)
    ]


def test_an_api_that_needs_longer_is_waited_for_when_the_delivery_comes_again(
    runtime: Runtime, shop_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jobs.deliveries._PATIENCE_SECONDS", 0.05)
    with answering() as server:
        server.waits_seconds = 0.2
        server.paths["/wp-json/wc/v3/orders/1/refunds?per_page=100&page=1"] = []
        connect_woo(runtime, shop_id, server.address)
        tell_woo(runtime, shop_id, 1, 9)
        arrive(runtime, shop_id, "o1", at=NOW + timedelta(seconds=1))
        work(runtime, shop_id, lambda: NOW + timedelta(seconds=1))
        assert [rows(runtime, shop_id)[name][0].verdict for name in ("w1", "o1")] == [None, "created"]
        work(runtime, shop_id, lambda: NOW + timedelta(minutes=2))
    assert rows(runtime, shop_id)["w1"][0].verdict == "created"
    assert woo(runtime, shop_id).short_silences == 0


def test_the_longer_a_platform_says_nothing_the_less_often_any_job_asks_it(
    runtime: Runtime, shop_id: str
) -> None:
    connect_woo(runtime, shop_id, f"http://127.0.0.1:{free_port()}")
    tell_woo(runtime, shop_id, 1, 9)
    asked = []
    for minute in range(25):
        now = NOW + timedelta(minutes=minute)
        tell_woo(runtime, shop_id, 2 + minute, 9)  # orders keep coming
        work(runtime, shop_id, lambda now=now: now)  # type: ignore[misc]
        if (known := woo(runtime, shop_id)).silences > len(asked):
            asked.append(minute)
        reading.work(runtime, shop_id, Watch(lambda now=now: now, threading.Event()))  # type: ignore[misc]
        assert woo(runtime, shop_id) == known
    assert asked == [0, 1, 3, 8, 23]
    assert known.silent_until == NOW + timedelta(minutes=53)
    with runtime.database.read() as opened:
        told = {each.message for each in readings.of(opened, shop_id).values()}
    assert told == {"127.0.0.1 did not answer lately: it is asked again later."}
    connect_woo(runtime, shop_id, "https://mended.example")
    with runtime.database.write() as opened:  # who still waited for the old address
        connected_platforms.heard(opened, known, NOW, has_answered=False)
    assert (woo(runtime, shop_id).silences, woo(runtime, shop_id).silent_until) == (0, None)


def test_who_waits_longer_is_not_kept_from_asking_by_who_waits_less_long(
    runtime: Runtime, shop_id: str, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jobs.deliveries._PATIENCE_SECONDS", 0.05)
    connect_woo(runtime, shop_id, silent)
    for order_id in (1, 2):
        tell_woo(runtime, shop_id, order_id, 9)
    work(runtime, shop_id, lambda: NOW)
    assert [rows(runtime, shop_id)[name][0].attempts for name in ("w1", "w2")] == [1, 0]
    with telling("woocommerce") as history:
        history.orders = [Order(7, status="paid")]
        address = {"address": history.connection()["address"]}
        with runtime.database.write() as opened:
            of_woo = connected_platforms.table.c.platform == "woocommerce"
            opened.execute(connected_platforms.table.update().where(of_woo).values(address))
        reading.work(runtime, shop_id, Watch(lambda: NOW, threading.Event()))
    with runtime.database.read() as opened:
        assert orders.find(opened, shop_id, "7") is not None
        assert readings.of(opened, shop_id)["woocommerce", "orders"].message is None
    found = woo(runtime, shop_id)
    assert (found.short_silences, found.short_silent_until) == (0, None)


def test_a_platform_that_answers_again_is_no_longer_left_alone(runtime: Runtime, shop_id: str) -> None:
    with telling("woocommerce") as history:
        history.orders = [Order(1, status="paid", returned=(0, 1))]
        connect_woo(runtime, shop_id, f"http://127.0.0.1:{free_port()}")
        tell_woo(runtime, shop_id, 1, 9)
        work(runtime, shop_id, lambda: NOW)
        assert woo(runtime, shop_id).silences == 1
        address = {"address": history.connection()["address"]}
        with runtime.database.write() as opened:
            of_woo = connected_platforms.table.c.platform == "woocommerce"
            opened.execute(connected_platforms.table.update().where(of_woo).values(address))
        assert work(runtime, shop_id, lambda: NOW + timedelta(minutes=1)) == 1
    assert rows(runtime, shop_id)["w1"][0].verdict == "created"
    assert woo(runtime, shop_id).silences == 0


def test_a_shop_with_much_to_work_leaves_others_their_turn(runtime: Runtime, shop_id: str) -> None:
    for number in range(20):
        arrive(runtime, shop_id, f"o{number}")
    moments = (NOW + timedelta(seconds=seconds) for seconds in itertools.count())
    done = work(runtime, shop_id, lambda: next(moments))
    assert 0 < done < 20
    assert work(runtime, shop_id, lambda: NOW) == 20 - done


def test_a_delivery_that_ends_its_worker_while_it_asks_is_not_first_again(
    runtime: Runtime, shop_id: str, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_woo(runtime, shop_id, silent)
    tell_woo(runtime, shop_id, 1, 9)
    tell_woo(runtime, shop_id, 2)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runtime.way_out, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            work(runtime, shop_id, lambda: NOW)
    assert rows(runtime, shop_id)["w1"][0].attempts == 1
    assert work(runtime, shop_id, lambda: NOW) == 1
    assert rows(runtime, shop_id)["w2"][0].verdict == "created"


def test_however_slowly_a_platform_answers_the_lease_is_kept(runtime: Runtime, shop_id: str) -> None:
    """Three hundred refunds come by four questions, each of which takes most of the lease."""
    with telling("woocommerce") as history:
        assert isinstance(history, WooHistory)
        history.orders = [Order(1, status="paid", returned=(0, 1))]
        history.of_money = 300
        told = {**history.connection(), "at": NOW}
        with runtime.database.write() as opened:
            connected_platforms.connect(opened, runtime.vault, shop_id, "woocommerce", told)
        tell_woo(runtime, shop_id, 1, 9)
        assert work(runtime, shop_id, lambda: NOW + timedelta(seconds=history.asked * 20)) == 1
        assert history.asked == 4
    assert rows(runtime, shop_id)["w1"][0].verdict == "created"
