"""Coupons in the shop: an offer's pool is filled with codes that the shop takes; what lapsed is removed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from plugin.errors import Refusal
from plugin.jobs.leaving import leave_all
from plugin.jobs.platform_way import Resting, asking_of, refusal_of
from plugin.jobs.watch import Clock
from plugin.money import minor_digits
from plugin.platforms import PLATFORMS
from plugin.platforms.asking import Asking
from plugin.platforms.platform import Coupon
from plugin.runtime import Runtime
from plugin.store import connected_platforms, leases, offers, platform_coupons
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.leases import Lease, LostError
from plugin.store.offer_codes import new_code
from plugin.store.offers import StoredOffer
from plugin.store.platform_coupons import IN_POOL, LEASE, POOL, PlatformCoupon

LEASE_SECONDS = 120.0
"""Renewed with every question."""
_AT_ONCE = 20
"""Coupons removed in one look, so that others have their turn."""
_SPARE = timedelta(days=1)
"""A coupon is good a little longer than it may wait in the pool."""
_NEVER = datetime.max.replace(tzinfo=UTC)


def is_due(runtime: Runtime, shop_id: str, now: datetime) -> bool:
    """Whether the shop waits for coupons, or has some that nobody may use any more."""
    with runtime.database.read() as opened:
        is_leaving = connected_platforms.leaving(opened, runtime.vault, shop_id)
        if is_leaving or platform_coupons.to_remove(opened, shop_id, now, 1):
            return True
    if _maker(_connected(runtime, shop_id)) is None:
        return False
    return any(each.codes_left < POOL // 2 for each in _of_platform(runtime, shop_id, now))


def work(runtime: Runtime, shop_id: str, clock: Clock) -> None:
    """Make the coupons that are missing and remove those that lapsed; where the shop's API refuses, say why.

    Killed between the making and the keeping, one coupon is left whose code nobody knows, until it ends.
    """
    if not is_due(runtime, shop_id, clock()):
        return
    lease = Lease.attempt(shop_id, LEASE, LEASE_SECONDS)
    with runtime.database.write() as opened:
        if not leases.take(opened, lease, clock()):
            return
    try:
        _look(runtime, lease, clock)
    except LostError:
        return
    finally:
        with runtime.database.write() as opened:
            leases.release(opened, lease)


def _look(runtime: Runtime, lease: Lease, clock: Clock) -> None:
    """Remove, then make, holding the lease."""
    shop_id = lease.shop_id

    def hold() -> None:
        with runtime.database.write() as opened:
            leases.hold(opened, lease, clock())

    connected = _connected(runtime, shop_id)
    asked = asking_of(runtime, connected, clock, hold)
    messages = _remove(runtime, shop_id, asked, clock())
    leave_all(runtime, shop_id, asked)
    maker = _maker(connected)
    if maker is not None:
        message = _fill_all(runtime, asked[maker.platform])
        messages[maker.platform] = message or messages[maker.platform]
    with runtime.database.write() as opened:
        for platform, message in messages.items():
            platform_coupons.note(opened, shop_id, platform, message)


def remove_all(runtime: Runtime, shop_id: str, asked: Mapping[str, Asking], now: datetime) -> int:
    """Remove every coupon, promised or not, for the shop itself goes; gives how many may still stand there,
    until they end."""
    with runtime.database.read() as opened:
        known = platform_coupons.all_of(opened, shop_id)
    for each, refusal in _removed([each for each in known if each.platform in asked], asked):
        if refusal is None:
            with runtime.database.write() as opened:
                platform_coupons.forget(opened, each)
    with runtime.database.read() as opened:
        return platform_coupons.standing(opened, shop_id, now)


def _connected(runtime: Runtime, shop_id: str) -> list[ConnectedPlatform]:
    """The platforms that can be asked for coupons; last those that were disconnected."""
    with runtime.database.read() as opened:
        stay = connected_platforms.all_of(opened, runtime.vault, shop_id)
        leave = connected_platforms.leaving(opened, runtime.vault, shop_id)
    return [*(each for each in stay if PLATFORMS[each.platform].makes_coupons), *leave]


def _maker(connected: Sequence[ConnectedPlatform]) -> ConnectedPlatform | None:
    return next((each for each in connected if each.coupons), None)


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


def _remove(
    runtime: Runtime, shop_id: str, asked: Mapping[str, Asking], now: datetime
) -> dict[str, str | None]:
    """Remove what lapsed, whether coupons are still made there or not; gives by platform why it failed."""
    messages: dict[str, str | None] = dict.fromkeys(asked)
    with runtime.database.read() as opened:
        lapsed = platform_coupons.to_remove(opened, shop_id, now, _AT_ONCE)
    here = [each for each in lapsed if each.platform in asked]
    # Of one that is left alone none is tried.
    awake = [each for each in here if not asked[each.platform].connected.rests_until(now)]
    for each, refusal in _removed(awake, asked):
        with runtime.database.write() as opened:
            if refusal is None:
                platform_coupons.forget(opened, each)
            elif not isinstance(refusal, Resting):  # else it was not asked
                platform_coupons.tried(opened, each, now)
                messages[each.platform] = refusal.message
    with runtime.database.write() as opened:
        platform_coupons.forget_ended(opened, shop_id, now)
    return messages


def _removed(
    coupons: Sequence[PlatformCoupon], asked: Mapping[str, Asking]
) -> Iterator[tuple[PlatformCoupon, Refusal | None]]:
    """Remove them, and tell of each why it could not be: one holds up no other."""
    for each in coupons:
        remove = PLATFORMS[each.platform].remove_coupon
        yield each, refusal_of(partial(remove, each.coupon_id, asked[each.platform]))


def _fill_all(runtime: Runtime, asking: Asking) -> str | None:
    """Fill every pool; gives why one could not be."""
    message = None
    for offer in _of_platform(runtime, asking.connected.shop_id, asking.now):
        refusal = refusal_of(partial(_fill, runtime, offer, asking))
        message = refusal.message if refusal else message
    return message


def _fill(runtime: Runtime, offer: StoredOffer, asking: Asking) -> None:
    """Make coupons of the offer as it is now; if it changes meanwhile they are not for its pool.

    `LostError` if the platform is no longer connected there: what is called so in the next shop is another's.
    """
    connected, now = asking.connected, asking.now
    if offer.codes_left >= POOL // 2:
        return
    for _ in range(POOL - offer.codes_left):
        coupon = coupon_of(offer.definition, new_code(), connected.currency, now)
        coupon_id = PLATFORMS[connected.platform].make_coupon(coupon, asking)
        key = (offer.shop_id, coupon.code, connected.platform, offer.offer_id, offer.version)
        made = PlatformCoupon(*key, coupon_id, now, _ends_at(offer.definition, now))
        with runtime.database.write() as opened:
            is_there = connected_platforms.is_there(opened, connected)
            platform_coupons.keep(opened, replace(made, is_lost=not is_there), now)
        if not is_there:
            raise LostError


def coupon_of(definition: Mapping[str, Any], code: str, currency: str, now: datetime) -> Coupon:
    """What a code of this offer does in the shop: no more than the offer, and not after its end.

    It always ends: whatever keeps it from being removed, it is not good for ever.
    """
    parameters = definition["parameters"]
    off_share, off_minor = parameters.get("off_share"), parameters.get("off_minor")
    least = [each.get("from_minor") for each in definition["conditions"] if each["kind"] == "cart_total"]
    from_minor = max([each for each in (*least, parameters.get("from_minor")) if each], default=None)
    return Coupon(
        code=code,
        title=f"Encore {definition['offer_id']}",
        off_share=None if off_share is None else Decimal(str(off_share)),
        off_amount=None if off_minor is None else _amount(off_minor, currency),
        is_shipping=off_share is None and off_minor is None,
        from_amount=None if from_minor is None else _amount(from_minor, currency),
        starts_at=now,
        ends_at=_ends_at(definition, now),
        stacks=definition["stacking"] == "with_others",
    )


def _ends_at(definition: Mapping[str, Any], now: datetime) -> datetime:
    """When a coupon that is made now ends in the shop."""
    held = timedelta(hours=definition["hold_hours"])
    return min(_moment(definition["ends_at"]) or _NEVER, now + IN_POOL + _SPARE) + held


def _amount(minor: int, currency: str) -> str:
    """1250 minor units of euros as "12.50"."""
    return str(Decimal(minor).scaleb(-minor_digits(currency)))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
