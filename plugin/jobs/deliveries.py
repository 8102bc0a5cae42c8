"""Working deliveries: what a platform told becomes orders, products and erasures, each exactly once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.errors import Refusal
from plugin.intake.changes import Telling, keep
from plugin.jobs.platform_way import PlatformWay, Resting
from plugin.jobs.removing import leave_platform
from plugin.jobs.watch import Clock
from plugin.platforms import PLATFORMS
from plugin.platforms.platform import ODD, Change, Kept
from plugin.runtime import Runtime
from plugin.store import connected_platforms, deliveries, leases, shops
from plugin.store.deliveries import LEASE, Delivery
from plugin.store.leases import Lease, LostError

_LOG = logging.getLogger(__name__)
LEASE_SECONDS = 30.0
"""Renewed with each delivery and each question; who has lost it changes nothing."""
_PATIENCE_SECONDS = 10.0
"""Well within the lease; other shops wait meanwhile."""
_PATIENCE_AGAIN_SECONDS = 25.0
"""Of one that comes again, within the lease still: some of what is delivered is told in no other way."""
_TURN = timedelta(seconds=10)
"""So long a shop is worked at a stretch while others wait."""
_AGAIN = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]
"""How long to wait after each attempt that failed; after the last one it is given up."""
_FINAL = ("unreadable", "by_hand", "data_requested", "rejected")


@dataclass(frozen=True)
class _Look:
    """One look at a shop."""

    runtime: Runtime
    lease: Lease
    clock: Clock


def work(runtime: Runtime, shop_id: str, clock: Clock) -> int:
    """Work what the shop's platforms delivered, oldest first, until nothing is due or its turn is over; gives
    how many.

    One worker at a time does it for a shop. What a delivery changes and that it was worked are committed
    together: whoever is killed in between has changed nothing.
    """
    done, ends_at = 0, clock() + _TURN
    lease = Lease.attempt(shop_id, LEASE, LEASE_SECONDS)
    while clock() < ends_at and _is_due(runtime, shop_id, clock()) and _taken(runtime, lease, clock()):
        look = _Look(runtime, lease, clock)
        try:
            while clock() < ends_at and _work_next(look):
                done += 1
        except LostError:
            return done
        finally:
            with runtime.database.write() as opened:
                leases.release(opened, lease)
        # Asked once more: who came while the lease was held has gone away again.
    return done


def _is_due(runtime: Runtime, shop_id: str, now: datetime) -> bool:
    with runtime.database.read() as opened:
        return deliveries.is_due(opened, shop_id, now)


def _taken(runtime: Runtime, lease: Lease, now: datetime) -> bool:
    with runtime.database.write() as opened:
        return leases.take(opened, lease, now)


def _work_next(look: _Look) -> bool:
    """Work one delivery; False: nothing is due."""
    runtime, lease, clock = look.runtime, look.lease, look.clock
    with runtime.database.read() as opened:
        found = deliveries.next_due(opened, runtime.vault, lease.shop_id, clock())
    if found is None:
        return False
    delivery, body = found
    try:
        changes = _changes(look, delivery, body)
        if any(change.noun == "shops" for change in changes):
            leave_platform(runtime, lease.shop_id, delivery.platform, clock())
        else:
            _keep(runtime, lease, delivery, changes, clock())
    except LostError:
        raise
    except Refusal as refusal:
        _end(runtime, lease, delivery, refusal, clock())
    except Exception:
        _LOG.exception("Delivery %s of shop %s could not be worked.", delivery.delivery_id, lease.shop_id)
        fault = Refusal("failed", "Encore could not work this; its log says why.")
        _end(runtime, lease, delivery, fault, clock())
    return True


def _changes(look: _Look, delivery: Delivery, body: bytes) -> list[Change]:
    runtime = look.runtime
    with runtime.database.read() as opened:
        connected = connected_platforms.find(opened, runtime.vault, delivery.shop_id, delivery.platform)
    if connected is None:
        raise Refusal("by_hand", "The shop is no longer connected to this platform.")
    kept = Kept(delivery.topic, body, delivery.received_at)
    patience_seconds = _PATIENCE_AGAIN_SECONDS if delivery.attempts else _PATIENCE_SECONDS
    way_out = PlatformWay(runtime, connected, look.clock, _put_forward(look, delivery), patience_seconds)
    try:
        return PLATFORMS[delivery.platform].changes(kept, connected, way_out)
    except ODD:
        _LOG.exception("Delivery %s of shop %s has another form.", delivery.delivery_id, delivery.shop_id)
        raise Refusal("unreadable", "It has not the form that its platform documents.") from None


def _put_forward(look: _Look, delivery: Delivery) -> Callable[[], None]:
    """Before a platform is asked, that counts as an attempt and the next one is put forward: whatever comes
    of the asking, other deliveries have their turn."""

    def before_each_question() -> None:
        now = look.clock()
        with look.runtime.database.write() as opened:
            leases.hold(opened, look.lease, now)
            deliveries.try_again(opened, delivery, now + _wait(delivery), delivery.message)

    return before_each_question


def _wait(delivery: Delivery) -> timedelta:
    return _AGAIN[min(delivery.attempts, len(_AGAIN) - 1)]


def _keep(runtime: Runtime, lease: Lease, delivery: Delivery, changes: list[Change], now: datetime) -> None:
    with runtime.database.write() as opened:
        shops.lock(opened, lease.shop_id)  # before the lease, as whoever removes the shop
        leases.hold(opened, lease, now)
        telling = Telling(lease.shop_id, delivery.received_at, now)
        verdicts = [keep(opened, runtime.vault, telling, change) for change in changes]
        words = {verdict for verdict, _ in verdicts}
        word = words.pop() if len(words) == 1 else "mixed" if words else "ignored"
        message = "; ".join(dict.fromkeys(message for _, message in verdicts if message)) or None
        deliveries.finish(opened, delivery, word, message, now)


def _end(runtime: Runtime, lease: Lease, delivery: Delivery, refusal: Refusal, now: datetime) -> None:
    """It cannot be worked: for good, or for now."""
    with runtime.database.write() as opened:
        leases.hold(opened, lease, now)
        if isinstance(refusal, Resting):
            deliveries.put_off(opened, delivery, refusal.until, refusal.message)
        elif refusal.reason in _FINAL:
            deliveries.finish(opened, delivery, refusal.reason, refusal.message, now)
        elif delivery.attempts < len(_AGAIN):
            deliveries.try_again(opened, delivery, now + _wait(delivery), refusal.message)
        else:
            deliveries.finish(opened, delivery, "failed", refusal.message, now)


def clean(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Drop what nobody needs of deliveries any more."""
    with runtime.database.write() as opened:
        deliveries.clean(opened, shop_id, now)
