"""When a shop's retraining is due: pure functions of what the database knows and of the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from plugin.store.trainings import Training

MOST_ATTEMPTS = 3
"""After so many failures in a row only the next day's hour, or a person, tries again."""

_RETRY_AFTER = timedelta(minutes=5)
_REST = 10  # a shop's trainings take at most a tenth of a worker's time: so many times its duration it rests


@dataclass(frozen=True)
class Facts:
    """What decides: the shop's settings, whether it has a model, its newest trainings (newest first), and how
    many orders arrived since the newest one began to read (since ever, if there was none)."""

    time_zone: str
    retrain_hour: int
    retrain_after_orders: int
    has_model: bool
    trainings: Sequence[Training]
    new_orders: int


def due(facts: Facts, now: datetime) -> str | None:
    """The cause of a retraining that is due at `now`, or None.

    Once a day at the shop's hour; after enough new orders (without a model, after any), as soon as the last
    training's rest is over; and again after a failure, a bounded number of times.
    """
    last = facts.trainings[0] if facts.trainings else None
    if last is not None and last.status in ("requested", "running"):
        return None
    if last is None:
        return "orders" if facts.new_orders else None
    if (facts.has_model or facts.new_orders) and last.requested_at < last_hour(facts, now):
        return "schedule"
    if last.status == "failed":
        return last.cause if _may_retry(facts.trainings, now) else None
    enough = facts.retrain_after_orders if facts.has_model else 1
    return "orders" if facts.new_orders >= enough and now >= _rested(last) else None


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


def _may_retry(trainings: Sequence[Training], now: datetime) -> bool:
    failed = list(takewhile(lambda each: each.status == "failed", trainings))
    ended_at = failed[0].finished_at or failed[0].requested_at
    return len(failed) < MOST_ATTEMPTS and now >= ended_at + _RETRY_AFTER


def _rested(last: Training) -> datetime:
    ended_at = last.finished_at or last.requested_at
    return ended_at + _REST * (ended_at - (last.started_at or ended_at))
