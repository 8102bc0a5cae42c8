"""Moments in the database: whole milliseconds since 1970 in UTC, aware datetimes in Python."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """An aware moment as whole milliseconds since 1970 in UTC, the form every `_at` column holds."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as milliseconds: the same bytes, order and speed on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Python to SQL."""
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """SQL to Python."""
        return None if value is None else _EPOCH + timedelta(milliseconds=value)
