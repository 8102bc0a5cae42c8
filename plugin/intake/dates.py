"""Times in a file: which of four spellings it uses, decided for the whole file, and how each is read."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import polars as pl

from plugin.errors import Refusal
from plugin.schemas.parts import EARLIEST, LATEST

SPELLINGS = ("iso", "day-first", "month-first", "unix")
_ENOUGH_ROWS = 10_000

_ISO = (
    r"^(?<year>\d{4})[-/.]?(?<month>\d{2})[-/.]?(?<day>\d{2})"
    r"(?:[T ](?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<part>\d{1,9}))?)?)?"
    r" ?(?:(?:Z|z|UTC)|(?<sign>[+-])(?<off_hour>\d{2}):?(?<off_minute>\d{2})?)?$"
)
_TWO_NUMBERS = r"^(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})\b"
_NUMBERS_FIRST = (
    r"^(?<one>\d{1,2})[-/.](?<two>\d{1,2})[-/.](?<year>\d{4}|\d{2})"
    r"(?:[T ,]+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*(?<half>[AaPp][Mm])?)?$"
)
_UNIX = r"^\d{9,13}(\.\d+)?$"


class Evidence:
    """How many of the values seen so far can be read which way, and the first that leave no doubt."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.first: dict[str, str] = {}

    def add(self, values: pl.Series) -> None:
        """Look at one portion of a column that holds times."""
        if values.dtype != pl.String:
            self.seen["unix" if values.dtype.is_numeric() else "iso"] += len(values) - values.null_count()
            return
        text = values.str.strip_chars()
        one = text.str.extract(_TWO_NUMBERS, 1).cast(pl.Int64)
        two = text.str.extract(_TWO_NUMBERS, 2).cast(pl.Int64)
        self.seen["iso"] += _count(text.str.contains(r"^\d{4}[-/.]?\d{2}[-/.]?\d{2}(\D|$)"))
        self.seen["unix"] += _count(text.str.contains(_UNIX))
        self.seen["slashed"] += _count(one.is_not_null())
        for name, day, month in (("day-first", one, two), ("month-first", two, one)):
            clear = text.filter((day > 12) & (month <= 12))
            self.seen[name] += len(clear)
            if len(clear):
                self.first.setdefault(name, clear[0])

    @property
    def decision(self) -> str | None:
        """The spelling of the file, or None as long as it could be two of them."""
        plain = max(("iso", "unix"), key=lambda name: self.seen[name])
        if self.seen[plain] >= self.seen["slashed"]:
            return plain
        either = [name for name in ("day-first", "month-first") if self.seen[name]]
        return either[0] if len(either) == 1 else None


def _count(mask: pl.Series) -> int:
    return int(mask.sum() or 0)


def decided(portions: Iterable[list[pl.Series]]) -> str:
    """The spelling of the times in a file, given portion by portion.

    The first 10,000 rows decide, and as many more as it takes; `Refusal("dates_undecidable")` when they all
    leave it open, as 03/04/2026 does, or contradict each other, as 13/04/2026 and 04/13/2026 do.
    """
    evidence, rows = Evidence(), 0
    for columns in portions:
        for values in columns:
            evidence.add(values)
        rows += max((len(values) for values in columns), default=0)
        if rows >= _ENOUGH_ROWS and evidence.decision:
            break
    if evidence.decision is None and evidence.first:
        day, month = evidence.first["day-first"], evidence.first["month-first"]
        raise Refusal(
            "dates_undecidable",
            "The dates in this file are written in two ways: "
            f"{day[:30]} is day first, {month[:30]} month first. "
            "Have the file written in one, or say which to take: --dates day-first or --dates month-first "
            "(rows that show the other are then rejected).",
        )
    if evidence.decision is None:
        raise Refusal(
            "dates_undecidable",
            "The dates in this file can be read day first or month first (03/04/2026). "
            "Say which: --dates day-first or --dates month-first.",
        )
    return evidence.decision


def read(moments: pl.Series, spelling: str) -> pl.Series:
    """`moments` as `milliseconds` reads them; the lines of an order share theirs, so each is read once."""
    distinct = moments.alias("written").unique().to_frame()
    known = distinct.with_columns(at=milliseconds(pl.col("written"), moments.dtype, spelling))
    written = moments.alias("written").to_frame()
    found = written.join(known, on="written", how="left", nulls_equal=True, maintain_order="left")
    return found["at"].alias(moments.name)


def milliseconds(column: pl.Expr, kind: pl.DataType, spelling: str) -> pl.Expr:
    """`column` as Int64 milliseconds since 1970 UTC; null where it cannot be read or is out of bounds."""
    if isinstance(kind, pl.Datetime):
        found = column.dt.convert_time_zone("UTC").dt.epoch("ms") if kind.time_zone else column.dt.epoch("ms")
    elif kind == pl.Date:
        found = column.cast(pl.Datetime("ms")).dt.epoch("ms")
    elif spelling == "unix":
        found = _from_unix(column)
    elif spelling == "iso":
        found = _from_iso(column.cast(pl.String))
    else:
        found = _from_numbers(column.cast(pl.String), day_first=spelling == "day-first")
    low, high = (int(each.timestamp() * 1000) for each in (EARLIEST, LATEST))
    return pl.when(found.is_between(low, high, closed="left")).then(found)


def _from_unix(column: pl.Expr) -> pl.Expr:
    number = column.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    seconds = pl.when(number >= 1e11).then(number / 1000).otherwise(number)  # some count milliseconds
    return (seconds * 1000).round().cast(pl.Int64, strict=False)


def _from_iso(column: pl.Expr) -> pl.Expr:
    parts = column.str.strip_chars().str.extract_groups(_ISO).struct
    base = _joined(parts.field("year"), parts.field("month"), parts.field("day"), _clock(parts))
    thousandths = parts.field("part").str.pad_end(3, "0").str.slice(0, 3).cast(pl.Int64).fill_null(0)
    hours = parts.field("off_hour").cast(pl.Int64).fill_null(0)
    minutes = hours * 60 + parts.field("off_minute").cast(pl.Int64).fill_null(0)
    east = pl.when(parts.field("sign") == "-").then(-minutes).otherwise(minutes)
    return base + thousandths - east * 60_000


def _from_numbers(column: pl.Expr, *, day_first: bool) -> pl.Expr:
    parts = column.str.strip_chars().str.extract_groups(_NUMBERS_FIRST).struct
    day, month = ("one", "two") if day_first else ("two", "one")
    written = parts.field("year")
    year = pl.when(written.str.len_chars() == 2).then("20" + written).otherwise(written)
    return _joined(year, _two(parts.field(month)), _two(parts.field(day)), _clock(parts)) + _half_day(parts)


def _joined(year: pl.Expr, month: pl.Expr, day: pl.Expr, clock: pl.Expr) -> pl.Expr:
    text = year + "-" + month + "-" + day + "T" + clock
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False, time_unit="ms").dt.epoch("ms")


def _clock(parts: Any) -> pl.Expr:
    names = ("hour", "minute", "second")
    return pl.concat_str([_two(parts.field(name)).fill_null("00") for name in names], separator=":")


def _two(number: pl.Expr) -> pl.Expr:
    return number.str.pad_start(2, "0")


def _half_day(parts: Any) -> pl.Expr:
    half, hour = parts.field("half").str.to_lowercase(), parts.field("hour").cast(pl.Int64)
    hours = pl.when((half == "pm") & (hour < 12)).then(12).when((half == "am") & (hour == 12)).then(-12)
    return hours.otherwise(0) * 3_600_000
