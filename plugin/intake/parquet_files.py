"""Parquet, a portion at a time, with its own types kept."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from plugin.errors import Refusal
from plugin.intake.batches import LINE, ROW, ROWS_IN_A_BATCH, Batch


@dataclass(frozen=True)
class ParquetFile:
    """A whole Parquet file; `columns` are its names."""

    path: Path
    columns: tuple[str, ...]
    rows: int

    def batches(self) -> Iterator[Batch]:
        """Its rows; a row's line is its number."""
        first_row = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for part in file.iter_batches(ROWS_IN_A_BATCH, use_threads=False):
                    if part.num_rows:
                        yield _batch(first_row, part, self.rows)
                    first_row += part.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(self.path, error) from None


def open_parquet(path: Path) -> ParquetFile:
    """Read the file's end, where Parquet says what it holds; a truncated file has lost it."""
    try:
        with pq.ParquetFile(path) as file:
            return ParquetFile(path, tuple(file.schema_arrow.names), file.metadata.num_rows)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> Refusal:
    detail = str(error).splitlines()[0]
    return Refusal(
        "unreadable_file", f"{path} is not a whole Parquet file ({detail}). Export or copy it again."
    )


def _batch(first_row: int, part: Any, rows_in_all: int) -> Batch:
    table = pl.DataFrame(pl.from_arrow(part))
    numbers = pl.int_range(first_row, first_row + table.height, dtype=pl.Int64, eager=True)
    numbered = table.with_columns(numbers.alias(ROW), numbers.alias(LINE))

    def text(row: int) -> str:
        return json.dumps(table.row(row - first_row, named=True), ensure_ascii=False, default=str)

    last_row = first_row + table.height - 1
    return Batch(first_row, last_row, numbered, (), text, last_row / rows_in_all)
