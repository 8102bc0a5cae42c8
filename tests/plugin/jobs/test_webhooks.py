"""A platform's webhooks are looked at with its history: which is off, missing or signs by an old secret."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

from plugin.jobs.reading import EVERY, work
from plugin.jobs.watch import Watch
from plugin.platforms.connecting import connect
from plugin.platforms.saleor import ASYNC_EVENTS, QUERY, webhook
from plugin.platforms.woocommerce import TOPICS
from plugin.runtime import Runtime
from plugin.store import deliveries, readings
from plugin.store.deliveries import Arrival
from plugin.store.readings import Reading
from tests.plugin.jobs.histories import TOKEN, EcwidHistory, SaleorHistory, ShopifyHistory, WooHistory
from tests.plugin.jobs.test_reading import Clock, read
from tests.plugin.platforms.dialect import Order

shopify, saleor, ecwid = (
    pytest.mark.parametrize("history", [name], indirect=True) for name in ("shopify", "saleor", "ecwid")
)


def looked(runtime: Runtime, shop_id: str, platform: str, clock: Clock) -> Reading:
    """What is known of the webhooks after a look."""
    read(runtime, shop_id, clock)
    with runtime.database.read() as opened:
        return readings.of(opened, shop_id)[platform, "webhooks"]


def test_a_webhook_that_was_switched_off_is_switched_on_again_and_a_missing_one_made(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    here = f"http://127.0.0.1:8000/webhooks/woocommerce/{shop_id}"
    off = {"id": 7, "topic": "order.updated", "delivery_url": here, "status": "disabled"}
    elsewhere = {**off, "id": 8, "delivery_url": "https://elsewhere.example/"}
    history.webhooks = [off, elsewhere]
    clock = Clock()
    read(runtime, shop_id, clock)
    assert {each["status"] for each in history.webhooks if each["delivery_url"] == here} == {"active"}
    assert elsewhere["status"] == "disabled"
    ours = sorted(each["topic"] for each in history.webhooks if each["delivery_url"] == here)
    assert ours == sorted(TOPICS)
    assert history.webhooks[-1]["secret"] == "a secret of the shop"
    asked = history.asked
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert history.asked == asked + 3


def test_a_slow_shop_is_read_on_after_its_webhooks_were_made(
    runtime: Runtime, shop_id: str, history: WooHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, clock = runtime.way_out.send, Clock()

    def slowly(*told: Any) -> Any:
        clock.now += timedelta(seconds=20)
        return send(*told)

    monkeypatch.setattr(runtime.way_out, "send", slowly)
    assert looked(runtime, shop_id, "woocommerce", clock).caught_up_at is not None


def test_webhooks_behind_a_hundred_of_others_are_found_and_learn_of_a_new_secret(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    elsewhere = {"topic": "order.updated", "delivery_url": "https://elsewhere.example/", "status": "active"}
    history.others = [{**elsewhere, "id": number} for number in range(1000, 1100)]
    here = f"http://127.0.0.1:8000/webhooks/woocommerce/{shop_id}"
    by_hand = {"id": 1, "name": "Their own", "topic": "order.deleted", "delivery_url": here}
    history.webhooks = [{**by_hand, "status": "active", "secret": "typed there"}]
    clock = Clock()
    read(runtime, shop_id, clock)
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert len(history.webhooks) == len(TOPICS)
    assert history.webhooks[0]["secret"] == "typed there"  # which may be the one that is valid
    connect(runtime, shop_id, "woocommerce", {"secret": "another secret of the shop"}, clock.now)
    read(runtime, shop_id, clock)  # at once: the third secret would end the first
    assert len(history.webhooks) == len(TOPICS)
    assert {each["secret"] for each in history.webhooks} == {"another secret of the shop"}
    asked = history.asked
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert history.asked == asked + 4  # two pages of webhooks, and nothing to mend


# -- Shopify's --------------------------------------------------------------------------------------------


@shopify
def test_shopify_is_subscribed_to_what_is_missing_beside_a_page_of_others(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    here = f"http://127.0.0.1:8000/webhooks/shopify/{shop_id}"
    elsewhere = [{"topic": "ORDERS_CREATE", "uri": f"https://elsewhere.example/{n}"} for n in range(60)]
    history.webhooks.kept = [*elsewhere, {"topic": "PRODUCTS_UPDATE", "uri": here}]
    clock = Clock()
    read(runtime, shop_id, clock)
    ours = sorted(each["topic"] for each in history.webhooks.kept if each["uri"] == here)
    assert ours == [
        *("APP_UNINSTALLED", "CUSTOMERS_DELETE", "ORDERS_CANCELLED", "ORDERS_CREATE", "ORDERS_DELETE"),
        *("ORDERS_FULFILLED", "ORDERS_PAID", "ORDERS_PARTIALLY_FULFILLED", "ORDERS_UPDATED"),
        *("PRODUCTS_CREATE", "PRODUCTS_DELETE", "PRODUCTS_UPDATE"),
    ]
    history.webhooks.kept = [each for each in history.webhooks.kept if each["topic"] != "ORDERS_UPDATED"]
    clock.now += EVERY  # after hours of failures it removed one
    assert looked(runtime, shop_id, "shopify", clock).message is None
    assert history.webhooks.kept[-1] == {"topic": "ORDERS_UPDATED", "uri": here}
    history.webhooks.kept = []  # the app was installed anew
    connect(runtime, shop_id, "shopify", {"token": TOKEN}, clock.now)
    read(runtime, shop_id, clock)  # at once
    assert len(history.webhooks.kept) == 12


@shopify
def test_a_topic_that_shopify_refuses_holds_up_no_other_and_is_said(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    why = "It contains protected customer data."
    history.webhooks.refused = {"ORDERS_CREATE": why, "CUSTOMERS_DELETE": why}
    reading = looked(runtime, shop_id, "shopify", Clock())
    assert reading.message == (
        f"orders/create, customers/delete cannot be subscribed to: Shopify's API answers: {why}"
    )
    assert len(history.webhooks.kept) == 10


@shopify
def test_a_long_history_does_not_put_off_the_webhooks(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    history.orders = [Order(number, minute=number) for number in range(250)]
    assert work(runtime, shop_id, Watch(Clock(), threading.Event()))  # there is more to read
    assert len(history.webhooks.kept) == 12


# -- Saleor's ---------------------------------------------------------------------------------------------


@saleor
def test_saleors_webhook_is_made_switched_on_and_told_what_to_send(
    runtime: Runtime, shop_id: str, history: SaleorHistory
) -> None:
    wanted = webhook(f"http://127.0.0.1:8000/webhooks/saleor/{shop_id}")
    elsewhere = {**wanted, "id": "other", "targetUrl": "https://elsewhere.example/", "isActive": False}
    history.webhooks.kept = [dict(elsewhere)]
    clock = Clock()
    read(runtime, shop_id, clock)
    other, ours = history.webhooks.kept
    assert other == elsewhere
    assert ours == {**wanted, "id": ours["id"]}
    for change in (
        {"isActive": False},
        {"asyncEvents": list(ASYNC_EVENTS[:3])},
        {"query": "subscription { event { __typename } }"},
        {"query": QUERY.replace("\n", "\r\n")},
    ):
        ours |= change
        clock.now += EVERY
        assert looked(runtime, shop_id, "saleor", clock).message is None
        assert {**ours, "query": ours["query"].replace("\r", "")} == {**wanted, "id": ours["id"]}
    assert "\r" in ours["query"]  # the same in other lines: nothing to mend


@saleor
def test_what_saleor_does_not_let_be_mended_is_said(
    runtime: Runtime, shop_id: str, history: SaleorHistory
) -> None:
    ours = webhook(f"http://127.0.0.1:8000/webhooks/saleor/{shop_id}")
    history.webhooks.kept = [{**ours, "id": "V2ViaG9vazox", "isActive": False}]
    history.webhooks.refused = {"V2ViaG9vazox": "App doesn't exist or is disabled"}
    clock = Clock()
    reading = looked(runtime, shop_id, "saleor", clock)
    assert reading.message == "Saleor's API answers: App doesn't exist or is disabled"
    history.webhooks.is_on, clock.now = False, clock.now + EVERY
    reading = looked(runtime, shop_id, "saleor", clock)
    assert reading.message is not None
    assert "switch it on in Saleor's dashboard" in reading.message


# -- Ecwid's, which only their silence tells ---------------------------------------------------------------


def delivered(runtime: Runtime, shop_id: str, at: datetime) -> None:
    """Ecwid told of something."""
    with runtime.database.write() as opened:
        deliveries.add(opened, runtime.vault, Arrival(shop_id, "ecwid", str(at), "order.created", at, b"{}"))


@ecwid
def test_orders_that_ecwid_does_not_tell_of_are_noticed_until_something_comes(
    runtime: Runtime, shop_id: str, history: EcwidHistory
) -> None:
    clock = Clock()
    history.placed = [clock.now - timedelta(days=3)]  # before anybody listened

    def hours(count: int) -> str | None:
        for _ in range(count):
            clock.now += EVERY
            message = looked(runtime, shop_id, "ecwid", clock).message
        return message

    assert looked(runtime, shop_id, "ecwid", clock).message is None
    assert hours(9) is None  # a shop that nobody buys in
    history.placed.append(clock.now)
    delivered(runtime, shop_id, clock.now - timedelta(minutes=10))  # as its clock goes otherwise
    assert hours(8) is None
    history.placed.append(clock.now)
    assert hours(5) is None  # it tries again every hour
    told = hours(2)
    assert told is not None
    assert "for hours Ecwid told of none" in told
    assert hours(3) == told
    delivered(runtime, shop_id, clock.now)
    assert hours(1) is None


@ecwid
def test_what_ecwid_told_nobody_as_nobody_was_here_is_no_silence_of_its_own(
    runtime: Runtime, shop_id: str, history: EcwidHistory
) -> None:
    clock = Clock()
    read(runtime, shop_id, clock)
    history.placed = [clock.now + timedelta(hours=2)]
    clock.now += timedelta(days=2)
    assert looked(runtime, shop_id, "ecwid", clock).message is None
    clock.now += EVERY
    assert looked(runtime, shop_id, "ecwid", clock).message is None


@ecwid
def test_an_order_of_which_nobody_knows_any_more_whether_it_was_told_is_no_sign(
    runtime: Runtime, shop_id: str, history: EcwidHistory
) -> None:
    clock = Clock()
    history.placed = [clock.now - timedelta(days=40)]  # deliveries are known for 30 days
    since = {"since": (clock.now - timedelta(days=60)).isoformat()}
    with runtime.database.write() as opened:
        readings.keep(opened, Reading(shop_id, "ecwid", "webhooks", clock.now, since))
    assert looked(runtime, shop_id, "ecwid", clock).message is None
    history.placed = [clock.now - timedelta(days=20)]
    clock.now += EVERY
    assert looked(runtime, shop_id, "ecwid", clock).message is not None
