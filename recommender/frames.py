"""Frames in: a pandas or polars frame or a pyarrow table becomes a checked polars frame with known columns
and types.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import polars as pl

TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """What a column may hold: `fits` tests its type, `take` brings it to the one form used inside."""

    form: str
    fits: Callable[[pl.DataType], bool]
    take: Callable[[pl.Expr, pl.DataType], pl.Expr]
    required: bool = True
    nullable: bool = False


def _is_text(kind: pl.DataType) -> bool:
    return kind == pl.String or isinstance(kind, pl.Categorical | pl.Enum)


def _is_list_of_text(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.List) and (_is_text(cast(pl.DataType, kind.inner)) or kind.inner == pl.Null)


def _as_time(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        return column.dt.convert_time_zone("UTC").cast(TIME)
    return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


TEXT = Column("strings", _is_text, lambda column, _: column.cast(pl.String))
NUMBER = Column("numbers", lambda kind: kind.is_numeric(), lambda column, _: column.cast(pl.Float64))
MOMENT = Column(
    "times", lambda kind: kind == pl.Date or isinstance(kind, pl.Datetime), _as_time, nullable=True
)
LISTS = Column(
    "lists of strings", _is_list_of_text, lambda column, _: column.cast(pl.List(pl.String)), False, True
)


def _but(column: Column, *, required: bool = True, nullable: bool = False) -> Column:
    return Column(column.form, column.fits, column.take, required, nullable)


ORDERS: Mapping[str, Column] = {
    "customer_id": _but(TEXT, nullable=True),
    "order_id": TEXT,
    "ordered_at": MOMENT,
    "product_id": TEXT,
    "quantity": NUMBER,
    "unit_price": _but(NUMBER, required=False, nullable=True),
    "unit_cost": _but(NUMBER, required=False, nullable=True),
}
PRODUCTS: Mapping[str, Column] = {
    "product_id": TEXT,
    "title": _but(TEXT, required=False, nullable=True),
    "categories": LISTS,
    "category": _but(TEXT, required=False, nullable=True),
    "tags": LISTS,
    "first_sold_at": _but(MOMENT, required=False, nullable=True),
    "complements": LISTS,
}
VIEWS: Mapping[str, Column] = {"order_id": TEXT, "product_id": TEXT}
CATALOGUE: dict[str, Any] = {
    "product_id": pl.String,
    "title": pl.String,
    "categories": pl.List(pl.String),
    "tags": pl.List(pl.String),
    "first_sold_at": TIME,
    "complements": pl.List(pl.String),
}
"""The columns of a catalogue as `read_products` gives it, and their types."""


def read_orders(frame: Any) -> pl.DataFrame:
    """Order lines with the columns of ORDERS that `frame` has: ids String, times UTC, numbers Float64.

    A time without a zone is taken as UTC. Raises ValueError naming the column that is missing or of a wrong
    type, holds a null where none may be, or a quantity that is not a number.
    """
    lines = _read(frame, ORDERS, "orders")
    if not lines["quantity"].is_finite().all():
        raise ValueError("orders: column 'quantity' holds a value that is not a finite number")
    return lines


def read_products(frame: Any) -> pl.DataFrame:
    """Products with the columns of CATALOGUE, one row each, by product_id.

    `title` and `first_sold_at` may be null; `categories` (widest first), `tags` and `complements` (the ids of
    products that the shop itself wants beside this one, best first) are lists, empty where unknown. A
    `category` column of strings is taken as lists of one. Of rows with one `product_id`, the last in order of
    all their columns stays, so that the order of rows does not matter. Raises ValueError as `read_orders`
    does.
    """
    table = _read(frame, PRODUCTS, "products")
    if "categories" not in table.columns and "category" in table.columns:
        table = table.with_columns(categories=pl.concat_list("category"))
    whole = table.select(
        pl.col(name).cast(kind) if name in table.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in CATALOGUE.items()
    )
    lists = [name for name, kind in CATALOGUE.items() if isinstance(kind, pl.List)]
    whole = whole.with_columns(pl.col(lists).fill_null([]).list.drop_nulls())
    keys = [pl.col(name).list.join("\x1f") if name in lists else pl.col(name) for name in CATALOGUE]
    return whole.sort(keys, nulls_last=False).unique("product_id", keep="last", maintain_order=True)


def read_views(frame: Any) -> pl.DataFrame:
    """What buyers viewed before they ordered: `order_id` and `product_id`, each pair once.

    Raises ValueError as `read_orders` does.
    """
    return _read(frame, VIEWS, "views").unique()


def as_utc(moment: datetime) -> datetime:
    """`moment` in UTC; without a zone it is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _read(frame: Any, columns: Mapping[str, Column], name: str) -> pl.DataFrame:
    table = _as_polars(frame, name)
    missing = [each for each, column in columns.items() if column.required and each not in table.columns]
    if missing:
        raise ValueError(f"{name}: column '{missing[0]}' is missing (there are: {', '.join(table.columns)})")
    present = [each for each in columns if each in table.columns]
    return table.select(_checked(table[each], columns[each], name) for each in present)


def _checked(series: pl.Series, column: Column, name: str) -> pl.Series:
    if series.null_count() == len(series):  # pandas gives a column without values any kind
        series = pl.Series(series.name, [None] * len(series), dtype=pl.Null)
    kind = series.dtype
    if not (column.fits(kind) or kind == pl.Null):
        raise ValueError(f"{name}: column '{series.name}' must hold {column.form}, not {kind}")
    if not column.nullable and series.null_count():
        raise ValueError(
            f"{name}: column '{series.name}' holds {series.null_count()} nulls, and may hold none"
        )
    taken = series.to_frame().select(column.take(pl.col(series.name), kind))
    return taken.to_series()


def _as_polars(frame: Any, name: str) -> pl.DataFrame:
    if isinstance(frame, pl.DataFrame):
        return frame
    maker = type(frame).__module__.split(".")[0]
    if maker == "pandas":
        return cast(pl.DataFrame, pl.from_pandas(frame))
    if maker == "pyarrow":
        return cast(pl.DataFrame, pl.from_arrow(frame))
    raise ValueError(
        f"{name} must be a pandas or polars frame or a pyarrow table, not {type(frame).__name__}"
    )
