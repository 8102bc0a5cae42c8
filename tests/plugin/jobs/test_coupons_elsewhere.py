"""Coupons that stand elsewhere: in the shop before, and where nobody answered just then."""

from datetime import timedelta
from typing import Any

import pytest

from plugin.errors import Refusal
from plugin.jobs.offers import look_after
from plugin.jobs.removing import leave_platform, remove_shop
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime
from plugin.store import acceptances, connected_platforms, platform_coupons
from plugin.store.platform_coupons import POOL
from plugin.store.platform_tables import platform_coupons as table
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.jobs.coupon_server import CouponServer
from tests.plugin.jobs.test_coupons import accept, begin, codes_left, work


@pytest.mark.parametrize("how", ["told another address", "disconnected before"])
def test_another_shops_coupons_are_not_taken_for_those_that_were_made(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, how: str
) -> None:
    """WooCommerce counts: what is Encore's coupon 1 in the shop before is the merchant's own in this one."""
    shop_id = shop[0]
    begin(runtime, shop_id, there)
    work(runtime, shop_id, NOW)
    kept, own = accept(runtime, shop_id), {str(number): {"code": f"own-{number}"} for number in range(1, 21)}
    there.coupons = dict(own)  # as of here it is another shop
    if how == "disconnected before":
        with runtime.database.write() as opened:
            assert connected_platforms.disconnect(opened, shop_id, "woocommerce")
    connect(runtime, shop_id, "woocommerce", there.elsewhere(), NOW)
    assert codes_left(runtime, shop_id) == 0  # this shop knows none of those
    with runtime.database.write() as opened:
        assert acceptances.move(opened, kept, {"status": "expired"}, NOW)
    work(runtime, shop_id, NOW)
    assert own.items() <= there.coupons.items()
    assert codes_left(runtime, shop_id) == POOL


@pytest.mark.parametrize("how", ["told another address", "disconnected"])
def test_what_is_being_made_while_the_shop_becomes_another_is_named_in_neither(
    runtime: Runtime,
    shop: tuple[str, ShopKeys],
    there: CouponServer,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    shop_id, own = shop[0], {str(number): {"code": f"own-{number}"} for number in range(1, 4)}
    begin(runtime, shop_id, there)
    send = runtime.way_out.send

    def until_it_is_another(*told: Any) -> Any:
        answer = send(*told)
        if there.made == 3 and there.coupons != own:
            there.coupons = dict(own)
            if how == "disconnected":
                with runtime.database.write() as opened:
                    assert connected_platforms.disconnect(opened, shop_id, "woocommerce")
            connect(runtime, shop_id, "woocommerce", there.elsewhere(), NOW)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(runtime.way_out, "send", until_it_is_another)
        work(runtime, shop_id, NOW)
    assert (there.made, codes_left(runtime, shop_id)) == (3, 0)
    work(runtime, shop_id, NOW)
    assert codes_left(runtime, shop_id) == POOL
    connect(runtime, shop_id, "woocommerce", {"coupons": False}, NOW)
    work(runtime, shop_id, NOW)
    assert there.coupons == own
    assert remove_shop(runtime, shop_id, "command", NOW).coupons_left == 3


@pytest.mark.parametrize("how", ["command", "the platform"])
def test_the_receipt_counts_the_coupons_of_the_shop_before_until_they_end(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, how: str
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there, hold_hours=48)
    work(runtime, shop_id, NOW)
    later = NOW + timedelta(days=10)
    connect(runtime, shop_id, "woocommerce", there.elsewhere(), later)
    work(runtime, shop_id, later)
    end = NOW + timedelta(days=17)  # of those that were made first
    for now, before in ((end - timedelta(seconds=1), POOL), (end, 0)):
        with runtime.database.read() as opened:
            assert platform_coupons.standing(opened, shop_id, now) == before + POOL
    now = end - timedelta(seconds=1)
    if how == "command":
        assert remove_shop(runtime, shop_id, "command", now).coupons_left == POOL
    else:
        assert leave_platform(runtime, shop_id, "woocommerce", now).coupons_left == 2 * POOL


def test_what_was_made_in_the_shop_before_is_forgotten_when_it_has_ended(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there)
    work(runtime, shop_id, NOW)
    connect(runtime, shop_id, "woocommerce", there.elsewhere(), NOW)
    for days, rows in ((0, 2 * POOL), (16, POOL)):
        now = NOW + timedelta(days=days)
        look_after(runtime, shop_id, now)
        work(runtime, shop_id, now)
        with runtime.database.read() as opened:
            assert len(opened.execute(table.select()).all()) == rows


def test_one_silence_after_a_disconnect_leaves_no_coupon_behind(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there)
    work(runtime, shop_id, NOW)
    with runtime.database.write() as opened:
        assert connected_platforms.disconnect(opened, shop_id, "woocommerce")
    look_after(runtime, shop_id, NOW)
    with monkeypatch.context() as patch:
        patch.setattr(runtime.way_out, "send", _silence)
        work(runtime, shop_id, NOW)
    for minute in range(1, 12):
        work(runtime, shop_id, NOW + timedelta(minutes=minute))
    assert len(there.coupons) == 1  # it was asked for once; all others after the silence


def _silence(*_told: Any) -> Any:
    raise Refusal("unreachable", "shop.example cannot be asked: it takes too long.")
