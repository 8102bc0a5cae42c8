"""A platform that is left, and a shop that is removed, are told no more by webhooks as far as an API lets."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from plugin.jobs import coupons, reading
from plugin.jobs.leaving import MOST_TRIES
from plugin.jobs.removing import leave_platform, remove_shop
from plugin.jobs.watch import Watch
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime
from plugin.store import connected_platforms
from plugin.store.platform_coupons import PlatformCoupon
from plugin.store.platform_tables import platform_coupons
from tests.conftest import NOW
from tests.plugin.jobs.histories import History
from tests.plugin.jobs.test_reading import Clock, read

each_that_lets = pytest.mark.parametrize("history", ["woocommerce", "shopify", "saleor"], indirect=True)


def there(history: Any) -> list[dict[str, Any]]:
    """All webhooks of the platform, in its own words."""
    found = history.webhooks if history.platform == "woocommerce" else history.webhooks.kept
    return list(found)


def begin(runtime: Runtime, shop_id: str, history: Any) -> dict[str, Any]:
    """Its webhooks are made, beside one that is another's."""
    read(runtime, shop_id, Clock())
    ours = there(history)
    names = [name for name in ("delivery_url", "uri", "targetUrl") if name in ours[0]]
    others = {**ours[0], "id": "9999", **dict.fromkeys(names, "https://elsewhere.example/")}
    kept = history.webhooks if history.platform == "woocommerce" else history.webhooks.kept
    kept.append(others)
    return others


def disconnect(runtime: Runtime, shop_id: str, platform: str) -> None:
    with runtime.database.write() as opened:
        assert connected_platforms.disconnect(opened, shop_id, platform)


def is_left(runtime: Runtime, shop_id: str) -> bool:
    """Whether no token is kept any more."""
    with runtime.database.read() as opened:
        return not connected_platforms.leaving(opened, runtime.vault, shop_id)


@each_that_lets
@pytest.mark.parametrize("how", ["disconnected", "removed"])
def test_who_leaves_is_told_no_more(runtime: Runtime, shop_id: str, history: History, how: str) -> None:
    others = begin(runtime, shop_id, history)
    if how == "disconnected":
        disconnect(runtime, shop_id, history.platform)
        coupons.work(runtime, shop_id, lambda: NOW)
        assert is_left(runtime, shop_id)
    else:
        assert remove_shop(runtime, shop_id, "command", NOW).webhooks_left == []
    assert there(history) == [others]


def test_a_platform_that_fails_is_asked_again_for_a_day_and_then_left(
    runtime: Runtime, shop_id: str, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    begin(runtime, shop_id, history)
    disconnect(runtime, shop_id, history.platform)
    asked, minutes = history.asked, 0
    history.bad = {asked + number: "401" for number in range(1, 1000)}
    while not is_left(runtime, shop_id):
        coupons.work(runtime, shop_id, lambda: NOW + timedelta(minutes=minutes))  # noqa: B023
        minutes += 10
    assert history.asked == asked + MOST_TRIES
    assert 20 * 60 < minutes < 28 * 60
    assert f"webhooks of shop {shop_id} go on being sent by woocommerce" in caplog.text


def test_a_platform_that_says_nothing_is_left_too_though_coupons_stand_there(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    begin(runtime, shop_id, history)
    keys = ("offer_1", 1, "7", NOW, NOW + timedelta(days=9))
    with runtime.database.write() as opened:
        for code in ("ONE", "TWO"):
            made = PlatformCoupon(shop_id, code, history.platform, *keys)
            opened.execute(insert(platform_coupons).values(vars(made)))
    disconnect(runtime, shop_id, history.platform)
    history.bad = {history.asked + number: "cut" for number in range(1, 1000)}
    for minutes in range(0, 28 * 60, 10):
        coupons.work(runtime, shop_id, lambda: NOW + timedelta(minutes=minutes))  # noqa: B023
    assert is_left(runtime, shop_id)


def test_a_platform_that_answers_again_is_left_at_once(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    others = begin(runtime, shop_id, history)
    disconnect(runtime, shop_id, history.platform)
    history.bad = {history.asked + 1: "cut"}
    for minutes in (0, 1):
        assert not is_left(runtime, shop_id)
        coupons.work(runtime, shop_id, lambda: NOW + timedelta(minutes=minutes))  # noqa: B023
    assert is_left(runtime, shop_id)
    assert there(history) == [others]


def test_connected_again_meanwhile_it_keeps_the_webhooks_that_are_left(
    runtime: Runtime, shop_id: str, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(runtime, shop_id, history)
    before, send = len(there(history)), runtime.way_out.send
    disconnect(runtime, shop_id, history.platform)

    def connected_again(*told: Any) -> Any:
        if told[0].method == "DELETE":
            connect(runtime, shop_id, history.platform, history.connection(), NOW)
        return send(*told)

    monkeypatch.setattr(runtime.way_out, "send", connected_again)
    coupons.work(runtime, shop_id, lambda: NOW)
    assert len(there(history)) == before - 1


@pytest.mark.parametrize("history", ["woocommerce", "ecwid"], indirect=True)
def test_the_receipt_names_who_may_go_on(runtime: Runtime, shop_id: str, history: History) -> None:
    history.bad = {history.asked + 1: "401"}
    assert remove_shop(runtime, shop_id, "command", NOW).webhooks_left == [history.platform]


def test_a_platform_that_was_just_left_is_named_when_the_next_one_asks_to_forget_the_shop(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    disconnect(runtime, shop_id, history.platform)
    told = {"secret": "a secret of the shop", "account_id": "beans.myshopify.com"}
    connect(runtime, shop_id, "shopify", told, NOW)
    assert leave_platform(runtime, shop_id, "shopify", NOW).webhooks_left == [history.platform]


def test_no_job_makes_anew_what_is_being_removed(
    runtime: Runtime, shop_id: str, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = begin(runtime, shop_id, history)
    send, clock = runtime.way_out.send, Clock()
    clock.now += reading.EVERY

    def with_a_look(*told: Any) -> Any:
        answer = send(*told)
        if told[0].method == "DELETE":
            reading.work(runtime, shop_id, Watch(clock, threading.Event()))
        return answer

    monkeypatch.setattr(runtime.way_out, "send", with_a_look)
    remove_shop(runtime, shop_id, "command", clock.now)
    assert there(history) == [others]
