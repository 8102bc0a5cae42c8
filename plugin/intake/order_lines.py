"""Order lines from a table, a row a line: checked a whole column at a time, in the form that is stored."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from plugin.intake import dates, values
from plugin.intake.batches import LINE, ROW
from plugin.money import minor_units
from plugin.schemas.order import MAX_EMAIL, STATUSES
from plugin.schemas.parts import MAX_ID, MAX_MINOR, MAX_QUANTITY, UNSTORABLE

TIMES = ("ordered_at", "updated_at")
MONEY = ("shipping", "unit_price", "discount", "tax")
LISTS = ("slate_ids", "coupon_codes")
TEXTS = {
    "order_id": MAX_ID,
    "customer_id": MAX_ID,
    "email": MAX_EMAIL,
    "visitor_id": MAX_ID,
    "line_id": MAX_ID,
    "product_id": MAX_ID,
    "variant_id": MAX_ID,
}
REQUIRED = ("order_id", "ordered_at", "product_id", "quantity")
NUMBERS = ("quantity", *MONEY, *(f"{name}_minor" for name in MONEY))
COLUMNS = (*TEXTS, *TIMES, "status", "currency", "prices_include_tax", *NUMBERS, *LISTS)
_NUL = UNSTORABLE[1:2]


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: the spelling of its times, its decimal mark, the shop's currency."""

    dates: str
    mark: str
    currency: str
    hash_email: Callable[[str], str | None]


def checked(
    table: pl.DataFrame, reading: Reading, required: tuple[str, ...] = REQUIRED
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Order lines as they are stored, and what is wrong with the others (`_row`, `_line`, `reason`).

    `table` has columns named as in COLUMNS (missing ones are null), `_row` and `_line`. A line without one of
    `required` is wrong.
    """
    whole = table.with_columns(
        pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in table.columns
    )
    kinds = whole.schema
    written = whole.select(ROW, LINE, *COLUMNS)
    found = written.select(
        ROW,
        LINE,
        *(values.text(pl.col(name), kinds[name]) for name in TEXTS),
        *(dates.read(written[name], reading.dates) for name in TIMES),
        _lower(kinds, "status"),
        values.text(pl.col("currency"), kinds["currency"]).str.strip_chars().str.to_uppercase(),
        values.flag(pl.col("prices_include_tax"), kinds["prices_include_tax"]).alias("prices_include_tax"),
        *(values.number(pl.col(name), kinds[name], reading.mark).alias(name) for name in NUMBERS),
        *(_list_column(written[name]) for name in LISTS),
    )
    given = written.select(_is_given(name, kinds[name]).alias(f"given {name}") for name in COLUMNS)
    judged = pl.concat([found, given], how="horizontal").with_columns(reason=pl.coalesce(_reasons(required)))
    good = judged.filter(pl.col("reason").is_null())
    return _stored(good, reading), judged.filter(pl.col("reason").is_not_null()).select(ROW, LINE, "reason")


def _lower(kinds: Mapping[str, pl.DataType], name: str) -> pl.Expr:
    return values.text(pl.col(name), kinds[name]).str.strip_chars().str.to_lowercase().alias(name)


def _is_given(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if kind.is_float():
        return column.is_not_nan() & column.is_not_null()
    if kind != pl.String:
        return column.is_not_null()
    return column.is_not_null() & ((column if name in TEXTS else column.str.strip_chars()) != "")


def _list_column(cells: pl.Series) -> pl.Series:
    """The lists as JSON text; null for an empty one, "" for a cell that is no list."""
    if cells.null_count() == len(cells):
        return cells.cast(pl.String)
    known = (
        {cell: values.listed(cell) for cell in cells.unique().to_list()} if cells.dtype == pl.String else None
    )
    lists = [known[cell] if known is not None else values.listed(cell) for cell in cells.to_list()]
    texts = ["" if each is None else json.dumps(each) if each else None for each in lists]
    return pl.Series(cells.name, texts, dtype=pl.String)


def _reasons(required: tuple[str, ...]) -> list[pl.Expr]:
    """For each rule, its sentence where it is broken; the first one broken is told."""
    rules = [(~pl.col(f"given {name}"), f"{name} is missing") for name in required]
    for name, most in TEXTS.items():
        rules += [
            (pl.col(name).str.contains(_NUL, literal=True), f"{name} holds a NUL character; leave it out")
        ]
        rules += [(pl.col(name).str.len_chars() > most, f"{name} is longer than {most} characters")]
    rules += [(_unread(name), f"{name} is not a time in the way of this file") for name in TIMES]
    rules += [(_unread(name), f"{name} is not a number in the way of this file") for name in NUMBERS]
    rules += [(_unread("prices_include_tax"), "prices_include_tax is neither true nor false")]
    rules += [
        (pl.col(name) == "", f"{name} is neither a JSON list of texts nor texts between |") for name in LISTS
    ]
    rules += [
        (pl.col(name).str.contains("\\u0000", literal=True), f"{name} holds a NUL character")
        for name in LISTS
    ]
    rules += [(~pl.col("status").is_in(STATUSES), f"status is none of {', '.join(STATUSES)}")]
    rules += [(~pl.col("currency").str.contains("^[A-Z]{3}$"), "currency is not three letters, such as EUR")]
    rules += [(pl.col(name).abs() > MAX_MINOR / 10_000, f"{name} is too large") for name in MONEY]
    rules += [(pl.col(f"{name}_minor").abs() > MAX_MINOR, f"{name}_minor is too large") for name in MONEY]
    rules += [(pl.col("quantity").abs() > MAX_QUANTITY, "quantity is too large")]
    rules += [
        (pl.col(name) < 0, f"{name} is negative")
        for name in ("unit_price", "unit_price_minor", "shipping", "shipping_minor")
    ]
    return [pl.when(broken).then(pl.lit(reason)) for broken, reason in rules]


def _unread(name: str) -> pl.Expr:
    return pl.col(f"given {name}") & pl.col(name).is_null()


def _stored(good: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    units = {code: minor_units(code) for code in good["currency"].drop_nulls().unique()}
    unit = pl.col("currency").replace_strict(
        units, default=minor_units(reading.currency), return_dtype=pl.Int64
    )
    hashes = {email: reading.hash_email(email) for email in good["email"].drop_nulls().unique()}
    hashed = pl.col("email").replace_strict(hashes, default=None, return_dtype=pl.String)
    return good.with_columns(
        *(_minor(name, unit) for name in MONEY),
        status=pl.col("status").fill_null("paid"),
        email_hash=hashed,
    )


def _minor(name: str, unit: pl.Expr) -> pl.Expr:
    """Money in minor units, from decimals or, where a file has those, from `_minor` itself."""
    whole = pl.coalesce(pl.col(name) * unit, f"{name}_minor")
    return whole.round(mode="half_away_from_zero").cast(pl.Int64).alias(f"{name}_minor")
