"""Coupons that stand elsewhere: in the shop before, and where nobody answered just then."""

from datetime import timedelta
from typing import Any

import pytest

from plugin.errors import Refusal
from plugin.jobs.offers import look_after
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime
from plugin.store import acceptances, connected_platforms
from plugin.store.platform_coupons import POOL
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.jobs.coupon_server import CouponServer
from tests.plugin.jobs.test_coupons import accept, codes_left, put, work


@pytest.mark.parametrize("how", ["told another address", "disconnected before"])
def test_another_shops_coupons_are_not_taken_for_those_that_were_made(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, how: str
) -> None:
    """WooCommerce counts: what is Encore's coupon 1 in the shop before is the merchant's own in this one."""
    shop_id = shop[0]
    put(runtime, shop_id)
    connect(runtime, shop_id, "woocommerce", there.connection("woocommerce"), NOW)
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


def test_one_silence_after_a_disconnect_leaves_no_coupon_behind(
    runtime: Runtime, shop: tuple[str, ShopKeys], there: CouponServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_id = shop[0]
    put(runtime, shop_id)
    connect(runtime, shop_id, "woocommerce", there.connection("woocommerce"), NOW)
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
