"""What a file is read into: batches of rows, each row with its number and the line it starts on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

ROWS_IN_A_BATCH = 20_000
ROW, LINE = "_row", "_line"


@dataclass(frozen=True)
class Reject:
    """A row that stays out: its number in the file (from 1), the line it starts on, why, and its own text."""

    row: int
    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Batch:
    """Some rows of a file in order, with the numbers `first_row` to `last_row`.

    `table`: one row each with the file's own columns, and `_row` and `_line`; or None, and `objects`: (row,
    line, object) as JSON has them. `text(row)` is the row as it stands in the file; `rejects` are the rows
    that cannot be read at all; `share` is how much of the file has been read with it.
    """

    first_row: int
    last_row: int
    table: pl.DataFrame | None
    objects: Sequence[tuple[int, int, Any]]
    text: Callable[[int], str]
    share: float
    rejects: Sequence[Reject] = ()
