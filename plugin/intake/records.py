"""Products and customers from a table: rows become the objects that the API takes."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from plugin.intake import dates, values
from plugin.intake.batches import LINE, ROW, Batch
from plugin.intake.formats import Format
from plugin.store.imports import Import

Record = tuple[int, int, Any]


def record_values(batch: Batch, form: Format, state: Import) -> tuple[list[Record], pl.DataFrame]:
    """(row, line, object) of each record in the batch; the table form has a row a variant, a product's together."""
    raise NotImplementedError


_ = (Callable, Mapping, UTC, datetime, dates, values, LINE, ROW)
