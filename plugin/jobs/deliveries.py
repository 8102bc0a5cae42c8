"""Working deliveries: what a platform told becomes orders, products and erasures, each exactly once."""

import logging
import os
import secrets
import socket
from datetime import datetime, timedelta

from plugin.errors import Refusal
from plugin.intake.changes import Telling, keep
from plugin.jobs.removing import leave_platform
from plugin.jobs.training import Clock
from plugin.platforms import PLATFORMS
from plugin.platforms.platform import ODD, Change, Kept
from plugin.runtime import Runtime
from plugin.store import connected_platforms, deliveries, leases, shops
from plugin.store.database import Connection
from plugin.store.deliveries import LEASE, Delivery
from plugin.store.leases import Lease

_LOG = logging.getLogger(__name__)
LEASE_SECONDS = 30.0
"""Longer than one delivery takes; it is renewed with each, and who has lost it changes nothing."""
_AGAIN = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]
"""How long to wait after each attempt that failed; after the last one it is given up."""
_FINAL = ("unreadable", "by_hand", "data_requested", "rejected")


class _LostError(Exception):
    """Another worker has taken over: what was begun here is left to it."""


def work(runtime: Runtime, shop_id: str, clock: Clock) -> int:
    """Work what the shop's platforms delivered, oldest first, until nothing is due or a platform cannot be
    reached; gives how many.

    One worker at a time does it for a shop. What a delivery changes and that it was worked are committed
    together: whoever is killed in between has changed nothing.
    """
    done = 0
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    lease = Lease(shop_id, LEASE, owner, LEASE_SECONDS)
    while _is_due(runtime, shop_id, clock()) and _taken(runtime, lease, clock()):
        try:
            while (worked := _work_next(runtime, lease, clock)) is not None:
                done += 1
                if worked == "unreachable":  # the next one would wait as long for nothing
                    return done
        except _LostError:
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


def _work_next(runtime: Runtime, lease: Lease, clock: Clock) -> str | None:
    """Work one delivery; gives why it could not be ("": it was). None: nothing is due."""
    with runtime.database.read() as opened:
        found = deliveries.next_due(opened, runtime.vault, lease.shop_id, clock())
    if found is None:
        return None
    delivery, body = found
    try:
        changes = _changes(runtime, delivery, body)
        if any(change.noun == "shops" for change in changes):
            leave_platform(runtime, lease.shop_id, delivery.platform, clock())
        else:
            _keep(runtime, lease, delivery, changes, clock())
    except _LostError:
        raise
    except Refusal as refusal:
        _end(runtime, lease, delivery, refusal, clock())
        return refusal.reason
    except Exception:
        _LOG.exception("Delivery %s of shop %s could not be worked.", delivery.delivery_id, lease.shop_id)
        fault = Refusal("failed", "Encore could not work this; its log says why.")
        _end(runtime, lease, delivery, fault, clock())
        return fault.reason
    return ""


def _changes(runtime: Runtime, delivery: Delivery, body: bytes) -> list[Change]:
    with runtime.database.read() as opened:
        connected = connected_platforms.find(opened, runtime.vault, delivery.shop_id, delivery.platform)
    if connected is None:
        raise Refusal("by_hand", "The shop is no longer connected to this platform.")
    kept = Kept(delivery.topic, body, delivery.received_at)
    try:
        return PLATFORMS[delivery.platform].changes(kept, connected, runtime.way_out)
    except ODD:
        _LOG.exception("Delivery %s of shop %s has another form.", delivery.delivery_id, delivery.shop_id)
        raise Refusal("unreadable", "It has not the form that its platform documents.") from None


def _keep(runtime: Runtime, lease: Lease, delivery: Delivery, changes: list[Change], now: datetime) -> None:
    with runtime.database.write() as opened:
        _hold(opened, lease, now)
        shops.lock(opened, lease.shop_id)
        telling = Telling(lease.shop_id, delivery.received_at, now)
        verdicts = [keep(opened, runtime.vault, telling, change) for change in changes]
        words = {verdict for verdict, _ in verdicts}
        word = words.pop() if len(words) == 1 else "mixed" if words else "ignored"
        message = "; ".join(dict.fromkeys(message for _, message in verdicts if message)) or None
        deliveries.finish(opened, delivery, word, message, now)


def _end(runtime: Runtime, lease: Lease, delivery: Delivery, refusal: Refusal, now: datetime) -> None:
    """It cannot be worked: for good, or for now."""
    with runtime.database.write() as opened:
        _hold(opened, lease, now)
        if refusal.reason in _FINAL:
            deliveries.finish(opened, delivery, refusal.reason, refusal.message, now)
        elif delivery.attempts < len(_AGAIN):
            due_at = now + _AGAIN[delivery.attempts]
            deliveries.try_again(opened, delivery, due_at, refusal.message)
        else:
            deliveries.finish(opened, delivery, "failed", refusal.message, now)


def _hold(opened: Connection, lease: Lease, now: datetime) -> None:
    if not leases.renew(opened, lease, now):
        raise _LostError


def clean(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Drop what nobody needs of deliveries any more."""
    with runtime.database.write() as opened:
        deliveries.clean(opened, shop_id, now)
