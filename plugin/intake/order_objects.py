"""Orders that came whole, with their lines inside, in the same form as those that came a line a row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from plugin.intake.batches import LINE, ROW
from plugin.intake.staging import Portion
from plugin.store import bulk
from plugin.store.orders import LINE_COLUMNS, ORDER_COLUMNS, is_older

_TYPES = {
    ROW: pl.Int64,
    LINE: pl.Int64,
    "ordered_at": pl.Int64,
    "updated_at": pl.Int64,
    "prices_include_tax": pl.Boolean,
    "shipping_minor": pl.Int64,
    "quantity": pl.Float64,
    "unit_price_minor": pl.Int64,
    "discount_minor": pl.Int64,
    "tax_minor": pl.Int64,
}
_KEY = ("shop_id", "import_id", "arrived_at")
_HEAD = (ROW, LINE, *(name for name in ORDER_COLUMNS if name not in _KEY))
_LINES = (ROW, LINE, *(name for name in LINE_COLUMNS if name not in _KEY))


def portion_of(
    rows: Sequence[tuple[int, int, Mapping[str, Any]]], hash_email: Callable[[str], str | None]
) -> Portion:
    """`rows`: (row, line, checked order). Of an order that comes twice the later stays unless it is older."""
    latest: dict[str, dict[str, Any]] = {}
    for row, line, order in rows:
        head = {**order, ROW: row, LINE: line}
        head["email_hash"] = hash_email(order["email"]) if order["email"] else None
        known = latest.get(order["order_id"])
        if known is None or not is_older(head["updated_at"], known["updated_at"]):
            latest[order["order_id"]] = head
    heads = sorted(latest.values(), key=lambda head: int(head[ROW]))
    lines = [
        {**line, ROW: head[ROW], LINE: head[LINE], "order_id": head["order_id"]}
        for head in heads
        for line in head["lines"]
    ]
    return Portion(_frame(heads, _HEAD), _frame(lines, _LINES))


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    schema = {name: _TYPES.get(name, pl.String) for name in columns}
    return pl.DataFrame([bulk.raw(row, columns) for row in rows], schema=schema, orient="row")
