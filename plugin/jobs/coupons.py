"""Coupons in the shop: an offer's pool is filled with codes that the shop takes; what lapsed is removed."""

import os
import secrets
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from plugin.errors import Refusal
from plugin.money import minor_digits
from plugin.platforms import PLATFORMS
from plugin.platforms.asking import Asking
from plugin.platforms.platform import Coupon
from plugin.runtime import Runtime
from plugin.store import connected_platforms, leases, offers, platform_coupons
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.leases import Lease
from plugin.store.offer_codes import new_code
from plugin.store.offers import StoredOffer
from plugin.store.platform_coupons import LEASE, POOL, PlatformCoupon

_LEASE_SECONDS = 120.0
_AT_ONCE = 20
"""Coupons removed in one look, so that others have their turn."""


def is_due(runtime: Runtime, shop_id: str, now: datetime) -> bool:
    """Whether the shop waits for coupons, or has some that nobody may use any more."""
    if _connected(runtime, shop_id) is None:
        return False
    with runtime.database.read() as opened:
        if platform_coupons.to_remove(opened, shop_id, 1):
            return True
    return any(each.codes_left < POOL // 2 for each in _of_platform(runtime, shop_id, now))


def work(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Make the coupons that are missing and remove those that lapsed; where the shop's API refuses, say why.

    Killed between the making and the keeping, a coupon is left whose code nobody knows.
    """
    connected = _connected(runtime, shop_id)
    if connected is None:
        return
    lease = Lease(
        shop_id, LEASE, f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}", _LEASE_SECONDS
    )
    with runtime.database.write() as opened:
        if not leases.take(opened, lease, now):
            return
    message = None
    try:
        asking = Asking(connected, runtime.way_out, now)
        _remove(runtime, asking)
        for offer in _of_platform(runtime, shop_id, now):
            _fill(runtime, offer, asking)
    except Refusal as refusal:
        message = refusal.message
    finally:
        with runtime.database.write() as opened:
            platform_coupons.note(opened, shop_id, connected.platform, message)
            leases.release(opened, lease)


def _connected(runtime: Runtime, shop_id: str) -> ConnectedPlatform | None:
    with runtime.database.read() as opened:
        found = connected_platforms.all_of(opened, runtime.vault, shop_id)
    return next((each for each in found if each.coupons and PLATFORMS[each.platform].makes_coupons), None)


def _of_platform(runtime: Runtime, shop_id: str, now: datetime) -> list[StoredOffer]:
    """The offers that run, or will, and whose codes are made there."""
    with runtime.database.read() as opened:
        return [
            each
            for each in offers.all_of(opened, shop_id)
            if platform_coupons.are_made_there(opened, shop_id, each.definition)
            and not each.paused
            and ((ends := _moment(each.definition["ends_at"])) is None or now < ends)
        ]


def _remove(runtime: Runtime, asking: Asking) -> None:
    connected = asking.connected
    with runtime.database.read() as opened:
        lapsed = platform_coupons.to_remove(opened, connected.shop_id, _AT_ONCE)
    for each in lapsed:
        if each.platform == connected.platform:
            PLATFORMS[each.platform].remove_coupon(each.coupon_id, asking)
        with runtime.database.write() as opened:
            platform_coupons.forget(opened, each)


def _fill(runtime: Runtime, offer: StoredOffer, asking: Asking) -> None:
    """Make coupons of the offer as it is now; if it changes meanwhile they are not for its pool."""
    connected, now, made = asking.connected, asking.now, []
    if offer.codes_left >= POOL // 2:
        return
    try:
        for _ in range(POOL - offer.codes_left):
            coupon = coupon_of(offer.definition, new_code(), connected.currency, now)
            coupon_id = PLATFORMS[connected.platform].make_coupon(coupon, asking)
            key = (offer.shop_id, coupon.code, connected.platform, offer.offer_id, offer.version)
            made.append(PlatformCoupon(*key, coupon_id, now))
    finally:
        with runtime.database.write() as opened:
            platform_coupons.keep(opened, made, now)


def coupon_of(definition: Mapping[str, Any], code: str, currency: str, now: datetime) -> Coupon:
    """What a code of this offer does in the shop: no more than the offer, and not after its end."""
    parameters = definition["parameters"]
    off_share, off_minor = parameters.get("off_share"), parameters.get("off_minor")
    least = [each.get("from_minor") for each in definition["conditions"] if each["kind"] == "cart_total"]
    from_minor = max([each for each in (*least, parameters.get("from_minor")) if each], default=None)
    ends_at = _moment(definition["ends_at"])
    return Coupon(
        code=code,
        title=f"Encore {definition['offer_id']}",
        off_share=None if off_share is None else Decimal(str(off_share)),
        off_amount=None if off_minor is None else _amount(off_minor, currency),
        is_shipping=off_share is None and off_minor is None,
        from_amount=None if from_minor is None else _amount(from_minor, currency),
        starts_at=now,
        ends_at=None if ends_at is None else ends_at + timedelta(hours=definition["hold_hours"]),
        stacks=definition["stacking"] == "with_others",
    )


def _amount(minor: int, currency: str) -> str:
    """1250 minor units of euros as "12.50"."""
    return str(Decimal(minor).scaleb(-minor_digits(currency)))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
