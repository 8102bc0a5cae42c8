"""Which form a file's rows have, told by its columns: Encore's own, or a platform's export."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from plugin.errors import Refusal
from plugin.intake.batches import LINE, ROW, Batch
from plugin.intake.files import SourceFile
from plugin.intake.json_files import JsonFile
from plugin.intake.order_lines import REQUIRED
from plugin.platforms import shopify_export, woocommerce, woocommerce_export

FORMATS = ("auto", "canonical", "shopify", "woocommerce")
_RECOGNISE = {"shopify": shopify_export.recognise, "woocommerce": woocommerce_export.recognise}
_REQUIRED = {"orders": REQUIRED, "products": ("product_id", "title"), "customers": ("customer_id",)}


@dataclass(frozen=True)
class Format:
    """How a file's rows become Encore's own: as a table, a row a line, or as whole objects.

    `table` may remember earlier rows: call it with every batch, in order. `value`: a row is a whole object.
    """

    name: str
    table: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    value: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None

    def rows(self, batch: Batch) -> pl.DataFrame:
        """The batch's rows as a table with Encore's own column names."""
        assert self.table  # noqa: S101 - only asked of formats that have it
        return self.table(_flattened(batch) if batch.table is None else batch.table)


def format_of(file: SourceFile, noun: str, asked: str) -> Format:
    """The format that `asked` names, or that the columns show; `Refusal("wrong_columns")` if it cannot be."""
    for platform, recognise in _RECOGNISE.items():
        kind = recognise(file.columns, isinstance(file, JsonFile)) if noun == "orders" else None
        if kind and asked in ("auto", platform):
            return _platform_format(kind)
    if asked in ("shopify", "woocommerce"):
        raise Refusal("wrong_columns", f"{file.path} is no {asked} export of {noun}. It has: {_names(file)}.")
    if isinstance(file, JsonFile) and (noun != "orders" or "lines" in file.first):
        return Format("canonical", value=lambda value: value)
    missing = [name for name in _REQUIRED[noun] if name not in file.columns]
    if missing:
        raise Refusal(
            "wrong_columns",
            f"{file.path} has no column {', '.join(missing)}. It has: {_names(file)}. Rename the columns"
            " to Encore's names (see `encore import --help`), or name the platform with --format.",
        )
    return Format("canonical", table=lambda table: table)


def _platform_format(kind: str) -> Format:
    if kind == "shopify":
        return Format(kind, table=shopify_export.OrderExport())
    if kind == "woocommerce-rest":
        return Format(kind, value=woocommerce.order_of)
    return Format(
        kind,
        table=woocommerce_export.item_rows if kind == "woocommerce-items" else woocommerce_export.order_rows,
    )


def _names(file: SourceFile) -> str:
    shown = ", ".join(file.columns[:40])
    return shown if len(file.columns) <= 40 else f"{shown}, …"


def _flattened(batch: Batch) -> pl.DataFrame:
    """Flat JSON objects as a table of texts."""
    names = dict.fromkeys(name for _, _, value in batch.objects for name in value)
    columns: dict[str, Any] = {
        name: [_cell(value.get(name)) for _, _, value in batch.objects] for name in names
    }
    numbers = {ROW: [row for row, _, _ in batch.objects], LINE: [line for _, line, _ in batch.objects]}
    schema = {ROW: pl.Int64, LINE: pl.Int64} | dict.fromkeys(names, pl.String)
    return pl.DataFrame(numbers | columns, schema=schema)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
