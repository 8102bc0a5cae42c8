"""Shops and platforms that are connected at the same time, on both databases."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from plugin.errors import Refusal
from plugin.intake import rows
from plugin.jobs import reading
from plugin.jobs.watch import Watch
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime, open_runtime
from plugin.store import connected_platforms, platform_coupons
from plugin.store.platform_coupons import PlatformCoupon
from plugin.vault import Vault
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.jobs.histories import telling
from tests.plugin.offers.shop import offer
from tests.plugin.platforms.dialect import SECRET, Product

AT_ONCE = 8


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The same on each database."""
    opened = open_runtime(make_config(tmp_path / "home", database_url))
    yield opened
    opened.database.close()


def at_once(connect_one: Callable[[int], Any]) -> list[str]:
    """How each of them ended: done, or which field was refused."""
    together = Barrier(AT_ONCE)

    def end(number: int) -> str:
        together.wait()
        try:
            connect_one(number)
        except Refusal as refusal:
            return ", ".join(refusal.errors)
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(end, range(AT_ONCE)))


def test_of_shops_that_tell_one_secret_at_once_one_has_it(runtime: Runtime) -> None:
    shops = [add_shop(runtime)[0] for _ in range(AT_ONCE)]

    def one(number: int) -> None:
        told = {"secret": SECRET, "account_id": f"shop-{number}.myshopify.com"}
        connect(runtime, shops[number], "shopify", told, NOW)

    assert at_once(one) == ["done", *["secret"] * (AT_ONCE - 1)]


def test_a_secret_that_no_key_opens_keeps_no_other_shop_from_connecting(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    unreadable, first, second = (add_shop(runtime)[0] for _ in range(3))
    told = {"secret": SECRET, "account_id": "beans.myshopify.com"}
    with runtime.database.write() as opened:
        of_another_key = Vault("the key before the last")
        connected_platforms.connect(opened, of_another_key, unreadable, "shopify", {**told, "at": NOW})
    connect(runtime, first, "shopify", told, NOW)
    assert f"A secret of shop {unreadable} is passed over" in caplog.text
    with pytest.raises(Refusal, match="Another shop has this secret"):
        connect(runtime, second, "shopify", told, NOW)


def test_of_platforms_that_are_connected_at_once_one_is(runtime: Runtime) -> None:
    shop_id = add_shop(runtime)[0]
    told: list[tuple[str, dict[str, str]]] = [
        ("woocommerce", {}),
        ("shopify", {"secret": SECRET, "account_id": "beans.myshopify.com"}),
        ("ecwid", {"secret": SECRET, "account_id": "1003"}),
        ("saleor", {"address": "https://shop.saleor.cloud/graphql/"}),
    ]

    def one(number: int) -> None:
        platform, facts = told[number % len(told)]
        connect(runtime, shop_id, platform, facts, NOW)

    # The same platform twice is one.
    assert at_once(one) == ["done"] * 2 + ["platform"] * (AT_ONCE - 2)
    with runtime.database.read() as opened:
        assert len(connected_platforms.all_of(opened, runtime.vault, shop_id)) == 1


def test_who_connects_at_once_is_shown_one_secret_that_is_valid(runtime: Runtime) -> None:
    """Where Encore makes the secret, the second finds that there is one."""
    shop_id = add_shop(runtime)[0]
    made: list[str | None] = []

    def one(_number: int) -> None:
        made.append(connect(runtime, shop_id, "woocommerce", {}, NOW))

    assert at_once(one) == ["done"] * AT_ONCE
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
    assert known is not None
    assert [each.encode() for each in made if each] == [*known.secrets]


# -- while a job is at work -------------------------------------------------------------------------------


@contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[None]:
    """`work` begins before what is done within, and ends after it at the latest."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        time.sleep(0.2)  # so far that it waits for whatever is locked
        yield
        done.result()


@pytest.mark.parametrize("how", ["told another address", "disconnected"])
def test_a_coupon_that_is_kept_just_then_is_not_overlooked(runtime: Runtime, how: str) -> None:
    shop_id, told = add_shop(runtime)[0], {"address": "https://a.example", "token": "ck_1:cs_1"}
    rows.keep(runtime, shop_id, "offers", [offer()], NOW)
    connect(runtime, shop_id, "woocommerce", told, NOW)

    def leave() -> None:
        if how == "disconnected":
            with runtime.database.write() as opened:
                connected_platforms.disconnect(opened, shop_id, "woocommerce")
        else:
            connect(runtime, shop_id, "woocommerce", {"address": "https://b.example"}, NOW)

    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
    assert known is not None
    made = PlatformCoupon(shop_id, "CODE", "woocommerce", "welcome", 1, "1", NOW, NOW + timedelta(days=15))
    with ExitStack() as stack, runtime.database.write() as opened:
        assert connected_platforms.is_there(opened, known)
        platform_coupons.keep(opened, made, NOW)
        stack.enter_context(meanwhile(leave))
    with runtime.database.read() as opened:
        assert platform_coupons.standing(opened, shop_id, NOW) == 1
        if how == "disconnected":
            (left,) = connected_platforms.leaving(opened, runtime.vault, shop_id)
            assert left.token  # to remove it
        else:
            assert platform_coupons.all_of(opened, shop_id) == []  # by no name of the shop's


def test_who_connects_and_who_reads_do_not_wait_for_each_other(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop_id, keep = add_shop(runtime)[0], reading._keep
    with telling("ecwid") as history:
        history.products = [Product(1)]
        connect(runtime, shop_id, "ecwid", history.connection(), NOW)

        def another() -> None:
            connect(runtime, shop_id, "ecwid", {"account_id": "1004"}, NOW)

        def slowly(*told: Any) -> list[str]:
            stack.enter_context(meanwhile(another))
            return keep(*told)

        monkeypatch.setattr(reading, "_keep", slowly)
        with ExitStack() as stack:
            reading.work(runtime, shop_id, Watch(lambda: NOW, Event()))
    assert caplog.messages == []
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, "ecwid")
    assert known is not None
    assert known.account_id == "1004"
