"""Codes of offers as coupons of the shop's own platform: made, taken, redeemed, removed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from plugin.demo.commands import free_port
from plugin.intake import rows
from plugin.jobs import coupons
from plugin.jobs.coupons import coupon_of, is_due
from plugin.jobs.offers import look_after
from plugin.jobs.removing import remove_shop
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime
from plugin.store import acceptances, connected_platforms, offer_codes, offers, platform_coupons
from plugin.store.acceptances import Acceptance
from plugin.store.platform_coupons import POOL, PlatformCoupon
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.jobs.coupon_server import CouponServer
from tests.plugin.offers.shop import offer

PLATFORMS = ("woocommerce", "shopify", "ecwid", "saleor")


def work(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """A look at that moment."""
    coupons.work(runtime, shop_id, lambda: now)


def put(runtime: Runtime, shop_id: str, **fields: Any) -> None:
    (verdict,) = rows.keep(runtime, shop_id, "offers", [offer(**fields)], NOW)
    assert verdict.verdict in ("created", "replaced"), verdict


def begin(
    runtime: Runtime, shop_id: str, there: CouponServer, platform: str = "woocommerce", **fields: Any
) -> None:
    """An offer, and a platform that its codes are to be made on."""
    put(runtime, shop_id, **fields)
    connect(runtime, shop_id, platform, there.connection(platform), NOW)


def accept(runtime: Runtime, shop_id: str) -> Acceptance:
    """A promise with a code of the pool."""
    with runtime.database.write() as opened:
        stored = offers.find(opened, shop_id, "welcome", locked=True)
        assert stored is not None
        assert offers.reserve(opened, stored, 0, NOW)
        code = offer_codes.take(opened, shop_id, "welcome")
        assert code is not None
        known = (shop_id, code, "welcome", stored.version, f"slate-{code}", "accepted")
        moments = (NOW, NOW + timedelta(hours=1), NOW)
        kept = Acceptance(*known, *moments, None, None, None, "alone", {"kind": "percent_off"}, {}, 0)
        acceptances.add(opened, kept)
    return kept


def codes_left(runtime: Runtime, shop_id: str) -> int:
    with runtime.database.read() as opened:
        found = offers.find(opened, shop_id, "welcome")
    assert found is not None
    return found.codes_left


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_pool_is_filled_with_codes_that_the_shop_takes_and_lapsed_ones_are_removed(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, platform: str
) -> None:
    shop_id = shop[0]
    put(runtime, shop_id)
    assert codes_left(runtime, shop_id) == offer_codes.POOL
    connect(runtime, shop_id, platform, there.connection(platform), NOW)
    assert codes_left(runtime, shop_id) == 0  # the shop knew none of those
    assert is_due(runtime, shop_id, NOW)
    work(runtime, shop_id, NOW)
    assert (codes_left(runtime, shop_id), len(there.coupons)) == (POOL, POOL)
    assert not is_due(runtime, shop_id, NOW)
    kept = accept(runtime, shop_id)
    assert not is_due(runtime, shop_id, NOW)
    assert kept.code in there.codes()
    with runtime.database.write() as opened:
        assert acceptances.move(opened, kept, {"status": "expired"}, NOW)
    assert is_due(runtime, shop_id, NOW)
    work(runtime, shop_id, NOW)
    assert (codes_left(runtime, shop_id), len(there.coupons)) == (POOL - 1, POOL - 1)
    assert kept.code not in there.codes()
    put(runtime, shop_id, parameters={"off_share": 0.05})
    assert codes_left(runtime, shop_id) == 0  # those in the shop still give a tenth
    before = there.codes()
    work(runtime, shop_id, NOW)
    assert (codes_left(runtime, shop_id), len(there.coupons)) == (POOL, POOL)
    assert there.codes().isdisjoint(before)


def test_where_the_shop_refuses_it_is_said_and_what_was_made_is_kept(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there)
    there.fails_after = 7
    work(runtime, shop_id, NOW)
    assert codes_left(runtime, shop_id) == 7
    assert _message(runtime, shop_id) == "WooCommerce's API answers 500."
    there.fails_after = 10**9
    work(runtime, shop_id, NOW + timedelta(minutes=1))
    assert codes_left(runtime, shop_id) == POOL
    assert _message(runtime, shop_id) is None


def test_coupons_of_an_offer_that_changed_or_went_meanwhile_are_for_nobody(
    runtime: Runtime, shop: tuple[str, ShopKeys]
) -> None:
    put(runtime, shop[0])
    with runtime.database.write() as opened:
        offers.remove(opened, shop[0], "welcome", NOW)
    with runtime.database.write() as opened:
        told = {"address": "https://shop.example", "token": "ck_1:cs_1", "at": NOW}
        connected_platforms.connect(opened, runtime.vault, shop[0], "woocommerce", told)
        gone = PlatformCoupon(shop[0], "A", "woocommerce", "welcome", 1, "1", NOW, NOW)
        platform_coupons.keep(opened, gone, NOW)
        platform_coupons.keep(opened, replace(gone, shop_id="shop_gone", code="B"), NOW)
    assert codes_left(runtime, shop[0]) == 0
    with runtime.database.read() as opened:
        assert platform_coupons.to_remove(opened, shop[0], NOW, 9) == [gone]
        assert platform_coupons.to_remove(opened, "shop_gone", NOW, 9) == []


def _message(runtime: Runtime, shop_id: str) -> str | None:
    with runtime.database.read() as opened:
        found = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
    assert found is not None
    return found.coupons_message


def test_what_no_coupon_can_say_keeps_codes_of_our_own(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    connect(runtime, shop[0], "woocommerce", there.connection("woocommerce"), NOW)
    put(runtime, shop[0], parameters={"off_share": 0.1, "of_categories": ["Tea"]})
    assert codes_left(runtime, shop[0]) == offer_codes.POOL
    work(runtime, shop[0], NOW)
    assert there.coupons == {}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, (None, "0.1", False, None)),
        ({"kind": "amount_off", "parameters": {"off_minor": 1250}}, ("12.50", None, False, None)),
        ({"kind": "free_shipping", "parameters": {}}, (None, None, True, None)),
        (
            {"kind": "spend_more", "parameters": {"from_minor": 3000, "off_minor": 500}},
            ("5.00", None, False, "30.00"),
        ),
        ({"conditions": [{"kind": "cart_total", "from_minor": 2000}]}, (None, "0.1", False, "20.00")),
    ],
)
def test_a_coupon_gives_no_more_than_the_offer(
    runtime: Runtime, shop: tuple[str, ShopKeys], fields: dict[str, Any], told: tuple[Any, ...]
) -> None:
    ends_at = (NOW + timedelta(days=3)).isoformat()
    put(runtime, shop[0], **fields, ends_at=ends_at, hold_hours=48)
    with runtime.database.read() as opened:
        (kept,) = offers.all_of(opened, shop[0])
    made = coupon_of(kept.definition, "CODE", "EUR", NOW)
    share = None if made.off_share is None else str(made.off_share)
    assert (made.off_amount, share, made.is_shipping, made.from_amount) == told
    assert made.ends_at == NOW + timedelta(days=5)
    assert not made.stacks


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("amount_off", {"off_minor": 1250}),
        ("free_shipping", {}),
        ("spend_more", {"from_minor": 3000, "off_minor": 500}),
    ],
)
def test_shopify_has_all_that_it_is_told_of_a_discount(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, kind: str, parameters: dict[str, int]
) -> None:
    begin(runtime, shop[0], there, "shopify", kind=kind, parameters=parameters)
    work(runtime, shop[0], NOW)
    assert codes_left(runtime, shop[0]) == POOL
    assert all(each["context"] == {"all": "ALL"} for each in there.coupons.values())


@pytest.mark.parametrize("how", ["switched off", "disconnected", "removed"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_without_coupons_none_stays_in_the_shop_but_what_was_promised(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, platform: str, how: str
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there, platform)
    work(runtime, shop_id, NOW)
    kept = accept(runtime, shop_id)
    if how == "removed":
        assert remove_shop(runtime, shop_id, "command", NOW).coupons_left == 0
        assert there.coupons == {}
        return
    if how == "switched off":
        connect(runtime, shop_id, platform, {"coupons": False}, NOW)
    else:
        with runtime.database.write() as opened:
            assert connected_platforms.disconnect(opened, shop_id, platform)
            assert connected_platforms.find(opened, runtime.vault, shop_id, platform) is None
            assert not connected_platforms.disconnect(opened, shop_id, platform)
    look_after(runtime, shop_id, NOW)
    assert codes_left(runtime, shop_id) == offer_codes.POOL
    assert is_due(runtime, shop_id, NOW)
    work(runtime, shop_id, NOW)
    assert there.codes() == {kept.code}
    assert not is_due(runtime, shop_id, NOW)
    with runtime.database.read() as opened:
        assert connected_platforms.leaving(opened, runtime.vault, shop_id) == []
    with runtime.database.write() as opened:
        assert acceptances.move(opened, kept, {"status": "expired"}, NOW)
    work(runtime, shop_id, NOW)
    assert len(there.coupons) == (how == "disconnected")  # nobody has a token for it: it ends


def test_a_shop_that_keeps_its_coupons_is_left_all_the_same(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    begin(runtime, shop[0], there)
    work(runtime, shop[0], NOW)
    there.keeps = there.codes()
    with runtime.database.write() as opened:
        assert connected_platforms.disconnect(opened, shop[0], "woocommerce")
    look_after(runtime, shop[0], NOW)
    work(runtime, shop[0], NOW)
    with runtime.database.read() as opened:
        assert connected_platforms.leaving(opened, runtime.vault, shop[0]) == []
    assert not is_due(runtime, shop[0], NOW + timedelta(days=1))
    connect(runtime, shop[0], "woocommerce", there.connection("woocommerce"), NOW)
    there.keeps = set()
    for hour in (1, 2):
        work(runtime, shop[0], NOW + timedelta(hours=hour))
    assert len(there.coupons) == 2 * POOL  # nobody knows whether the old ones were made here: they end


def test_however_slowly_the_shop_answers_the_lease_is_kept(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    begin(runtime, shop[0], there)
    coupons.work(runtime, shop[0], lambda: NOW + timedelta(seconds=there.made * 25))
    assert there.made == POOL
    assert POOL * 25 > coupons.LEASE_SECONDS
    assert codes_left(runtime, shop[0]) == POOL


def test_who_has_lost_the_lease_makes_no_more(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    """The clock jumps in the midst, as after a long stop; what was made is kept."""
    begin(runtime, shop[0], there)
    coupons.work(runtime, shop[0], lambda: NOW + timedelta(hours=there.made == 3))
    assert there.made == 3
    assert codes_left(runtime, shop[0]) == 3


def test_a_shop_that_says_nothing_is_asked_for_coupons_once(
    runtime: Runtime, shop: tuple[str, ShopKeys]
) -> None:
    put(runtime, shop[0])
    told = {"address": f"http://127.0.0.1:{free_port()}", "token": "ck_1:cs_1", "coupons": True}
    connect(runtime, shop[0], "woocommerce", told, NOW)
    for second in range(3):
        work(runtime, shop[0], NOW + timedelta(seconds=second))
    with runtime.database.read() as opened:
        found = connected_platforms.find(opened, runtime.vault, shop[0], "woocommerce")
    assert found is not None
    assert found.silences == 1
    assert found.coupons_message == "127.0.0.1 did not answer lately: it is asked again later."


@pytest.mark.parametrize("how", ["disconnected", "removed"])
def test_a_platform_that_is_left_alone_just_now_is_asked_to_remove_coupons_all_the_same(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, how: str
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there)
    work(runtime, shop_id, NOW)
    with runtime.database.write() as opened:
        found = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
        assert found is not None
        connected_platforms.heard(opened, found, NOW, has_answered=False)
    if how == "removed":
        assert remove_shop(runtime, shop_id, "command", NOW).coupons_left == 0
    else:
        with runtime.database.write() as opened:
            assert connected_platforms.disconnect(opened, shop_id, "woocommerce")
        look_after(runtime, shop_id, NOW)
        work(runtime, shop_id, NOW)
        assert len(there.coupons) == POOL  # its token stays until it was asked
        work(runtime, shop_id, NOW + timedelta(minutes=1))
    assert there.coupons == {}


def test_a_coupon_that_cannot_be_removed_holds_up_no_other(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    shop_id = shop[0]
    begin(runtime, shop_id, there)
    work(runtime, shop_id, NOW)
    promised = [accept(runtime, shop_id) for _ in range(15)]
    there.keeps = {each.code for each in promised[:14]}
    with runtime.database.write() as opened:
        for each in promised:
            assert acceptances.move(opened, each, {"status": "expired"}, NOW)
    work(runtime, shop_id, NOW)
    assert codes_left(runtime, shop_id) == POOL
    assert promised[14].code not in there.codes()
    assert _message(runtime, shop_id) == "WooCommerce's API answers 403."
    assert not is_due(runtime, shop_id, NOW)
    there.keeps = set()
    assert is_due(runtime, shop_id, NOW + timedelta(hours=1))
    work(runtime, shop_id, NOW + timedelta(hours=1))
    assert len(there.coupons) == POOL


def test_a_voucher_that_no_channel_takes_does_not_stay(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    begin(runtime, shop[0], there, "saleor")
    there.lists = False
    work(runtime, shop[0], NOW)
    assert (there.made, there.coupons) == (1, {})


def test_who_is_killed_while_making_coupons_leaves_one_at_the_most(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(runtime, shop[0], there)
    send = runtime.way_out.send

    def until_killed(*told: Any) -> Any:
        answer = send(*told)
        if there.made == 7:
            raise KeyboardInterrupt
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(runtime.way_out, "send", until_killed)
        with pytest.raises(KeyboardInterrupt):
            work(runtime, shop[0], NOW)
    assert (len(there.coupons), codes_left(runtime, shop[0])) == (7, 6)


def test_a_coupon_always_ends_and_is_made_anew_before(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer
) -> None:
    begin(runtime, shop[0], there, hold_hours=48)
    work(runtime, shop[0], NOW)
    before = there.codes()
    assert {each["date_expires_gmt"] for each in there.coupons.values()} == {"2026-03-19T12:00:00"}
    look_after(runtime, shop[0], NOW + timedelta(days=13))
    assert codes_left(runtime, shop[0]) == POOL
    look_after(runtime, shop[0], NOW + timedelta(days=14))
    work(runtime, shop[0], NOW + timedelta(days=14))
    assert codes_left(runtime, shop[0]) == POOL
    assert there.codes().isdisjoint(before)
