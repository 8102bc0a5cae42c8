"""Back-fill and catch-up: what a shop's platforms have is read page by page, from where it was left."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from plugin.errors import Refusal
from plugin.intake.changes import Telling, keep, keep_orders
from plugin.jobs import gone
from plugin.jobs.platform_way import PlatformWay, Resting
from plugin.jobs.watch import Watch
from plugin.platforms import PLATFORMS
from plugin.platforms.asking import Asking, TooSoon
from plugin.platforms.connecting import webhook_address
from plugin.platforms.platform import Change, Page
from plugin.runtime import Runtime
from plugin.store import connected_platforms, deliveries, leases, platform_products, readings, shops
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.database import Connection
from plugin.store.leases import Lease, LostError
from plugin.store.readings import GONE, LEASE, WEBHOOKS, Reading

_LOG = logging.getLogger(__name__)
EVERY = timedelta(hours=1)
"""How often a shop that is caught up is looked at again: what a lost webhook would have told comes then."""
_BREAK = timedelta(hours=3)
"""A look that is due for so long was not taken because nobody was here."""
LEASE_SECONDS = 60.0
"""Renewed with every question: a page may come by hundreds of them, each slow."""
_MOST_PAGES = 20
"""In one look, so that trainings and other shops have their turn."""
_TOGETHER = 10
"""Rows in one transaction, so that nobody else waits long."""
_AGAIN = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60)]
"""How long to wait after each attempt that failed, unless the platform says how long."""
_ODD = "It has not the form that its platform documents."
_SHORT_SECONDS = 5.0
"""A wait that is no longer is waited for; else others have their turn."""


def is_due(runtime: Runtime, shop_id: str, now: datetime) -> bool:
    """Whether something of the shop is to be read now."""
    return bool(_due(runtime, shop_id, now))


def work(runtime: Runtime, shop_id: str, watch: Watch) -> bool:
    """Read what is due of the shop, some pages; True if more is due then."""
    lease = Lease.attempt(shop_id, LEASE, LEASE_SECONDS)
    if not _due(runtime, shop_id, watch.clock()):
        return False
    with runtime.database.write() as opened:
        if not leases.take(opened, lease, watch.clock()):
            return False
    try:
        for _ in range(_MOST_PAGES):
            waiting = _due(runtime, shop_id, watch.clock())
            if not waiting or watch.stop.is_set():
                return False
            _read(runtime, lease, waiting[0], watch)
    except LostError:
        return False
    finally:
        with runtime.database.write() as opened:
            leases.release(opened, lease)
    return is_due(runtime, shop_id, watch.clock())


def _due(runtime: Runtime, shop_id: str, now: datetime) -> list[tuple[ConnectedPlatform, Reading]]:
    with runtime.database.read() as opened:
        connected = connected_platforms.all_of(opened, runtime.vault, shop_id)
        known = readings.of(opened, shop_id)
    each_noun = [
        (one, noun)
        for one in connected
        for noun in PLATFORMS[one.platform].reads(one)
        if noun != GONE or gone.can_be_missed(known.get((one.platform, "products")))
    ]
    found = [
        (one, known.get((one.platform, noun), Reading(shop_id, one.platform, noun, now)))
        for one, noun in each_noun
    ]
    return [(one, reading) for one, reading in found if reading.due_at <= now]


def _read(runtime: Runtime, lease: Lease, what: tuple[ConnectedPlatform, Reading], watch: Watch) -> None:
    connected, reading = what
    try:
        page = _page(runtime, lease, what, watch)
        _keep_page(runtime, lease, what, page, watch)
    except LostError:
        raise
    except Refusal as refusal:
        _put_off(runtime, lease, reading, refusal, watch.clock())
        return
    except Exception:
        _LOG.exception("%s of shop %s could not be read.", connected.platform, reading.shop_id)
        fault = Refusal("failed", "Encore could not read what the API told; its log says why.")
        _put_off(runtime, lease, reading, fault, watch.clock())
        return
    watch.stop.wait(min(page.wait_seconds, _SHORT_SECONDS))


def _page(runtime: Runtime, lease: Lease, what: tuple[ConnectedPlatform, Reading], watch: Watch) -> Page:
    connected, reading = what
    platform = PLATFORMS[connected.platform]
    pause = _pause(runtime, lease, watch)
    way_out = PlatformWay(runtime, connected, watch.clock, lambda: pause(0.0))
    asking = Asking(connected, way_out, watch.clock(), pause)
    if reading.noun == WEBHOOKS:
        return _mend_webhooks(runtime, lease, reading, asking, watch)
    if reading.noun == GONE:
        return gone.page(runtime, reading, asking)
    return platform.page(reading.noun, reading.place, asking)


def _mend_webhooks(runtime: Runtime, lease: Lease, reading: Reading, asking: Asking, watch: Watch) -> Page:
    """Look whether the platform still sends them; what was deleted while it did not, or nobody was here, is
    looked for at once. The place is since when it was listened to."""
    shop_id, platform, now = reading.shop_id, reading.platform, asking.now
    since = _listened_since(reading, now)
    with runtime.database.read() as opened:
        came_at = deliveries.last_at(opened, shop_id, platform)
    heard_at = max(since, came_at or since, now - deliveries.KEPT_ROW)  # older ones are not known any more
    delivers_to = webhook_address(runtime.config.public_url, platform, shop_id)
    mended = PLATFORMS[platform].mend_webhooks(delivers_to, heard_at, asking)
    if mended:
        _LOG.warning("%s webhooks of shop %s were off or missing, and are sent again.", mended, shop_id)
    was_away = reading.caught_up_at is None or since > reading.caught_up_at
    if mended or was_away:
        with runtime.database.write() as opened:
            leases.hold(opened, lease, watch.clock())  # mending may have taken longer than the lease
            readings.hasten(opened, shop_id, platform, GONE, now)
    return Page((), _listening(since), is_last=True)


def _listening(since: datetime) -> dict[str, str]:
    return {"since": since.isoformat()}


def _listened_since(reading: Reading, now: datetime) -> datetime:
    """Since when somebody was here without a break: who was not has missed what the platform told."""
    since = (reading.place or {}).get("since")
    return datetime.fromisoformat(since) if since and reading.due_at >= now - _BREAK else now


def _keep_page(
    runtime: Runtime, lease: Lease, what: tuple[ConnectedPlatform, Reading], page: Page, watch: Watch
) -> None:
    """Keep what a page brought, and how far that is."""
    connected, reading = what
    rejected = [f"{each}: {_ODD}" for each in page.unreadable]
    for start in range(0, len(page.changes), _TOGETHER):
        with runtime.database.write() as opened:
            shops.lock(opened, lease.shop_id)  # before the lease, as whoever connects it and ends the lease
            leases.hold(opened, lease, watch.clock())
            some = page.changes[start : start + _TOGETHER]
            rejected += _keep(runtime, opened, reading, some, watch.clock())
    for each in rejected:
        _LOG.warning(
            "%s %s of shop %s is left out: %s", connected.platform, reading.noun, lease.shop_id, each
        )
    with runtime.database.write() as opened:
        leases.hold(opened, lease, watch.clock())
        further = _further(reading, page, watch.clock())
        readings.keep(opened, replace(further, rejected=rejected[-1] if rejected else reading.rejected))


def _pause(runtime: Runtime, lease: Lease, watch: Watch) -> Callable[[float], None]:
    """Waits without losing the lease; what is read of a page is dropped if the worker is to stop."""

    def pause(seconds: float) -> None:
        if watch.stop.wait(seconds):
            raise LostError
        with runtime.database.write() as opened:
            leases.hold(opened, lease, watch.clock())

    return pause


def _keep(
    runtime: Runtime, opened: Connection, reading: Reading, changes: Sequence[Change], now: datetime
) -> list[str]:
    """Keep them; gives which could not be used, and why. The shop is locked."""
    # What went is dated by nobody: whatever the platform tells of it again brings it back.
    telling = Telling(reading.shop_id, None if reading.noun == GONE else now, now)
    if reading.noun == "orders":
        verdicts = keep_orders(opened, runtime.vault, telling, changes)
        return [message for _, message in verdicts if message]
    rejected, there = [], set()
    for change in changes:
        with suppress(Refusal):  # a part of what was rejected
            _, message = keep(opened, runtime.vault, telling, change)
            rejected += [message] if message else []
            there |= {change.id} if change.row is not None and not message else set()
    platform_products.mark(opened, reading.shop_id, reading.platform, there)
    return rejected


def _further(reading: Reading, page: Page, now: datetime) -> Reading:
    """The reading after `page`: at once again, or, if that was all, in an hour, or a day."""
    rows = sum(not change.is_part for change in page.changes)
    left = 0 if page.is_last else None if page.left is None else max(0, page.left - rows)
    further = replace(
        reading,
        place=dict(page.place),
        rows_done=rows + (0 if reading.rows_left == 0 else reading.rows_done),
        rows_left=left,
        attempts=0,
        message=page.message,
    )
    if page.is_last:
        every = gone.EVERY if reading.noun == GONE else EVERY
        return replace(further, due_at=now + every, caught_up_at=now)
    return replace(further, due_at=now + timedelta(seconds=page.wait_seconds))


def _put_off(runtime: Runtime, lease: Lease, reading: Reading, refusal: Refusal, now: datetime) -> None:
    due_at = now + _AGAIN[min(reading.attempts, len(_AGAIN) - 1)]
    if isinstance(refusal, TooSoon):
        due_at = now + timedelta(seconds=refusal.wait_seconds)
    if isinstance(refusal, Resting):
        due_at = refusal.until
    later = replace(reading, attempts=reading.attempts + 1, message=refusal.message, due_at=due_at)
    if reading.noun == WEBHOOKS:  # a break that ended with this look is not forgotten by the next
        later = replace(later, place=_listening(_listened_since(reading, now)))
    with runtime.database.write() as opened:
        leases.hold(opened, lease, now)
        readings.keep(opened, later)
