"""The sweep: once a minute ask the database what is due or unfinished in any shop, and see to it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from plugin.intake.staging import compact
from plugin.jobs import coupons, deliveries, offers, queue, reading, removing, schedule
from plugin.jobs.schedule import Facts
from plugin.jobs.training import in_full
from plugin.runtime import Runtime
from plugin.store import imports, leases, models, orders, shops, trainings
from plugin.store.leases import Lease
from plugin.store.models import rehearsal_of
from plugin.store.trainings import Outcome

_LOG = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
_EVERYWHERE = "*"  # the place of a shop's id in a lease that is the installation's
_NAME = "sweep"
_LEASE_SECONDS = 50.0  # less than a minute, so that a worker that sweeps every minute always finds it lapsed
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_INTERRUPTED = Outcome(
    "failed", "Training was interrupted: the worker that ran it ended in its midst.", "interrupted"
)


def sweep(runtime: Runtime, owner: str, now: datetime) -> bool:
    """Look after every shop, unless another worker has done so within the last minute (False).

    One shop's trouble is logged, and the others are looked after all the same.
    """
    with runtime.database.write() as opened:
        if not leases.take(opened, Lease(_EVERYWHERE, _NAME, owner, _LEASE_SECONDS), now):
            return False
    _fail_interrupted(runtime, now)
    with runtime.database.read() as opened:
        shop_ids = shops.all_ids(opened)
    for shop_id in shop_ids:
        with _logged(shop_id):
            _look_after(runtime, shop_id, now)
    with _logged(_EVERYWHERE):
        removing.remove_late(runtime, now)
    with runtime.database.read() as opened:
        waiting = trainings.requested(opened)
        to_compact = imports.to_compact(opened)
    for training in waiting:
        queue.wake(runtime, training.shop_id)
    for shop_id in to_compact:  # last, for it may take a while
        with _logged(shop_id):
            compact(runtime.database, shop_id)
    return True


def last_swept_at(runtime: Runtime) -> datetime | None:
    """When a worker last began a sweep, or None if none ever did."""
    with runtime.database.read() as opened:
        lapses_at = leases.lapses_at(opened, _EVERYWHERE, _NAME)
    return None if lapses_at is None else lapses_at - timedelta(seconds=_LEASE_SECONDS)


@contextmanager
def _logged(shop_id: str) -> Iterator[None]:
    try:
        yield
    except Exception:
        _LOG.exception("The sweep could not look after shop %s.", shop_id)


def _look_after(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Ask for the shop's training if it is due, drop what nobody can use, keep offers and readings going."""
    deliveries.clean(runtime, shop_id, now)
    if reading.is_due(runtime, shop_id, now) or coupons.is_due(runtime, shop_id, now):
        queue.wake(runtime, shop_id)
    cause = schedule.due(_facts(runtime, shop_id), now)
    if cause is not None:
        with runtime.database.write() as opened:
            trainings.request(opened, shop_id, cause, now)
    with runtime.database.write() as opened:
        superseded = models.superseded(opened, shop_id, now)
        for artefact in superseded:
            models.forget(opened, artefact)
    for artefact in superseded:
        path = runtime.config.artefacts / artefact.path
        for each in (path, rehearsal_of(path)):
            each.unlink(missing_ok=True)
    offers.look_after(runtime, shop_id, now)


def _facts(runtime: Runtime, shop_id: str) -> Facts:
    with runtime.database.read() as opened:
        shop = shops.load(opened, runtime.vault, shop_id)
        recent = trainings.recent(opened, shop_id, schedule.MOST_ATTEMPTS)
        since = (recent[0].started_at or recent[0].requested_at) if recent else _EVER
        return Facts(
            time_zone=shop.time_zone,
            retrain_hour=shop.settings.retrain_hour,
            retrain_after_orders=shop.settings.retrain_after_orders,
            has_model=shop.model_version > 0,
            trainings=recent,
            new_orders=orders.count_since(opened, shop_id, since),
            retrain_every_hours=shop.settings.retrain_every_hours,
            is_held=models.is_held(opened, shop_id),
            must_forget=models.must_forget(opened, shop_id),
        )


def _fail_interrupted(runtime: Runtime, now: datetime) -> None:
    with runtime.database.write() as opened:
        for training in trainings.interrupted(opened, now):
            outcome = in_full(_INTERRUPTED, models.current(opened, training.shop_id))
            trainings.finish(opened, training, outcome, now)
            _LOG.warning("The training of shop %s was interrupted; it is tried again.", training.shop_id)
