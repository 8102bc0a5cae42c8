"""The days that figures are made over, as the shop's own calendar counts them."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Period(NamedTuple):
    """From `since` up to, not including, `until`: aware moments."""

    since: datetime
    until: datetime


def last_days(days: int, now: datetime, time_zone: str) -> Period:
    """The last `days` calendar days in `time_zone`, today among them, up to `now`."""
    zone = ZoneInfo(time_zone)
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    return Period(datetime.combine(first, time(), zone), now)


def dates(period: Period, time_zone: str) -> list[date]:
    """Every calendar day in `time_zone` that the period touches, in order."""
    zone = ZoneInfo(time_zone)
    first, last = (moment.astimezone(zone).date() for moment in period)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
