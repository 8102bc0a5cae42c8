"""When a shop's retraining is due: pure functions of what the database knows and of the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from plugin.store.trainings import ERASURE, Training

MOST_ATTEMPTS = 3
"""After so many failures in a row only the next day's hour, or a person, tries again."""

_RETRY_AFTER = timedelta(minutes=5)
_REST = 10  # a shop's trainings take at most a tenth of a worker's time: so many times its duration it rests


@dataclass(frozen=True)
class Facts:
    """What decides: the shop's settings, whether it has a model, its newest trainings (newest first), how
    many orders arrived since the newest one began to read (since ever, if there was none), whether an older
    model was put in use by hand (`is_held`), and whether the one in use still holds somebody erased."""

    time_zone: str
    retrain_hour: int
    retrain_after_orders: int
    has_model: bool
    trainings: Sequence[Training]
    new_orders: int
    retrain_every_hours: int = 24
    is_held: bool = False
    must_forget: bool = False


def due(facts: Facts, now: datetime) -> str | None:
    """The cause of a retraining that is due at `now`, or None.

    Once a day at the shop's hour, and every so many hours from then on if there are new orders; after enough
    of them (without a model, after any); in either case as soon as the last training's rest is over. And
    again after a failure, a bounded number of times. A model that somebody went back to is replaced
    only to forget who was erased, at the shop's hour.
    """
    last = facts.trainings[0] if facts.trainings else None
    if last is not None and last.status in ("requested", "running"):
        return None
    if facts.must_forget and last is not None and last.requested_at < last_hour(facts, now):
        return ERASURE
    if facts.is_held:
        return None
    if last is None:
        return "orders" if facts.new_orders else None
    if (facts.has_model or facts.new_orders) and last.requested_at < last_hour(facts, now):
        return "schedule"
    if last.status == "failed":
        return last.cause if _may_retry(facts.trainings, now) else None
    if not facts.new_orders or now < _rested(last):
        return None
    if last.requested_at < _last_turn(facts, now):
        return "schedule"
    enough = facts.retrain_after_orders if facts.has_model else 1
    return "orders" if facts.new_orders >= enough else None


def last_hour(facts: Facts, now: datetime) -> datetime:
    """When the shop's retraining hour last began, in UTC.

    An hour that a change of clocks leaves out begins when the clocks have changed; one that it repeats begins
    the first time only. So there is exactly one a day.
    """
    zone = ZoneInfo(facts.time_zone)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        begins = datetime.combine(day, time(facts.retrain_hour), zone).astimezone(UTC)
        if begins <= now:
            break
    return begins


def _last_turn(facts: Facts, now: datetime) -> datetime:
    """When a training was last due by the hours since the shop's own; each day they are counted anew."""
    begins, every = last_hour(facts, now), timedelta(hours=facts.retrain_every_hours)
    return begins + (now - begins) // every * every


def _may_retry(trainings: Sequence[Training], now: datetime) -> bool:
    failed = list(takewhile(lambda each: each.status == "failed", trainings))
    ended_at = failed[0].finished_at or failed[0].requested_at
    return len(failed) < MOST_ATTEMPTS and now >= ended_at + _RETRY_AFTER


def _rested(last: Training) -> datetime:
    ended_at = last.finished_at or last.requested_at
    return ended_at + _REST * (ended_at - (last.started_at or ended_at))
