"""Order versions on their way in: lines are numbered, then written in slices so short that nobody waits."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from plugin.intake.batches import LINE, ROW
from plugin.store import customers, imports, shops
from plugin.store.database import Database
from plugin.store.imports import Import
from plugin.store.instants import milliseconds
from plugin.store.orders import LINE_COLUMNS, ORDER_COLUMNS, delete_versions

_SECONDS_A_SLICE = 0.02
_SECONDS_BETWEEN = 0.004
_FEWEST_ROWS, _MOST_ROWS = 250, 10_000


@dataclass(frozen=True)
class Portion:
    """A batch's orders as they are stored: `heads`, one row an order, and `lines`; both with their `_row`."""

    heads: pl.DataFrame
    lines: pl.DataFrame


def numbered(portion: Portion, staged: pl.DataFrame) -> tuple[Portion, pl.DataFrame]:
    """Give a line without id its ordinal among equal products of its order, those in `staged` counted first.

    Also gives the lines whose id their order has already (`_row`, `_line`, `reason`), which stay out.
    """
    keys = ["order_id", "product_id"]
    generated = staged.filter(pl.col("line_id").str.starts_with(pl.col("product_id") + "#"))
    before = generated.group_by(keys).agg(before=pl.len())
    ordinal = pl.col("line_id").is_null().cast(pl.Int64).cum_sum().over(keys)
    ordered = portion.lines.join(before, on=keys, how="left", maintain_order="left").with_columns(
        line_id=pl.coalesce(
            "line_id", pl.col("product_id") + "#" + (ordinal + pl.col("before").fill_null(0)).cast(pl.String)
        )
    )
    fresh = ordered.filter(pl.struct("order_id", "line_id").is_first_distinct()).join(
        staged, on=["order_id", "line_id"], how="anti", maintain_order="left"
    )
    again = ordered.join(fresh, on=["order_id", "line_id", ROW], how="anti")
    told = again.select(ROW, LINE, reason="line_id " + pl.col("line_id") + " occurs twice in its order")
    return Portion(portion.heads, fresh), told


class Writer:
    """Writes portions in slices of rows, each a transaction of about 20 ms, and a breath between two.

    SQLite's waiting writers look again now and then, and nobody queues: without the breath they starve.
    """

    def __init__(self, database: Database, begun: Import, *, whole: bool) -> None:
        self.database, self.state, self.whole = database, begun, whole
        self.rows = 1_000

    def write(self, portion: Portion, last_row: int, rejected_rows: pl.Series) -> Iterator[Import]:
        """Write everything up to `last_row` that is not yet written; the import after each slice."""
        fresh, replaced = self._fresh(portion)
        stored = _as_stored(fresh, self.state)
        while self.state.rows_done < last_row:
            until = min(self.state.rows_done + self.rows, last_row)
            heads, lines = (each.between(self.state.rows_done + 1, until) for each in stored)
            self._write_slice(heads, lines, replaced, (until, rejected_rows))
            yield self.state

    def _fresh(self, portion: Portion) -> tuple[Portion, set[str]]:
        """What of the portion is to be inserted, and the orders whose staged version is deleted first.

        Of lines scattered over the file, the first brought the head. A file of whole orders that has one
        twice means the later, unless it says that it is older.
        """
        with self.database.read() as connection:
            staged = imports.staged_orders(connection, self.state, portion.heads["order_id"])
        if not self.whole:
            return replace(
                portion, heads=portion.heads.filter(~pl.col("order_id").is_in(list(staged)))
            ), set()
        kept_at = {order_id: milliseconds(at) for order_id, at in staged.items() if at is not None}
        kept = pl.col("order_id").replace_strict(kept_at, default=None, return_dtype=pl.Int64)
        heads = portion.heads.filter((pl.col("updated_at") >= kept).fill_null(True))
        lines = portion.lines.join(heads, on="order_id", how="semi", maintain_order="left")
        return Portion(heads, lines), set(staged)

    def _write_slice(
        self, heads: pl.DataFrame, lines: pl.DataFrame, replaced: set[str], end: tuple[int, pl.Series]
    ) -> None:
        head_rows = heads.rows()
        line_rows = lines.sort("order_id", "line_id").rows()  # in the order of their key
        until, rejected_rows = end
        rejected = self.state.rows_rejected + int(
            rejected_rows.is_between(self.state.rows_done + 1, until).sum()
        )
        counts = {**self.state.counts, "lines": self.state.counts.get("lines", 0) + len(line_rows)}
        changes: dict[str, Any] = {"rows_done": until, "rows_rejected": rejected, "counts": counts}
        gone = [order_id for order_id in heads["order_id"] if order_id in replaced]
        begun = time.perf_counter()
        with self.database.write() as connection:
            if gone:
                imports.drop_staged(connection, self.state, gone)
            imports.stage(connection, head_rows, line_rows)
            imports.advance(connection, self.state, changes)
        self._learn(until - self.state.rows_done, time.perf_counter() - begun)
        self.state = replace(self.state, **changes)
        time.sleep(_SECONDS_BETWEEN)

    def _learn(self, rows: int, seconds: float) -> None:
        wanted = int(rows * _SECONDS_A_SLICE / max(seconds, 1e-4))
        self.rows = max(_FEWEST_ROWS, min(_MOST_ROWS, wanted, self.rows * 2))


@dataclass(frozen=True)
class _Stored:
    """Rows in the columns of their table, in the order of the file, and the `row` of the file of each."""

    table: pl.DataFrame
    row: pl.Series

    @classmethod
    def of(cls, rows: pl.DataFrame, columns: Sequence[str]) -> "_Stored":
        """`rows` with their `_row`, in any order."""
        ordered = rows.sort(ROW)
        return cls(ordered.select(columns), ordered[ROW])

    def between(self, first_row: int, last_row: int) -> pl.DataFrame:
        """Those of some rows of the file."""
        start, end = self.row.search_sorted(pl.Series([first_row, last_row + 1]))
        return self.table.slice(start, end - start)


def _as_stored(portion: Portion, state: Import) -> tuple[_Stored, _Stored]:
    """Heads and lines."""
    common = {"shop_id": pl.lit(state.shop_id), "import_id": pl.lit(state.import_id)}
    arrived = common | {"arrived_at": pl.lit(milliseconds(state.started_at))}
    heads, lines = portion.heads.with_columns(**arrived), portion.lines.with_columns(**common)
    return _Stored.of(heads, ORDER_COLUMNS), _Stored.of(lines, LINE_COLUMNS)


# -- finishing --------------------------------------------------------------------------------------------


def settle(database: Database, state: Import) -> Iterator[Import]:
    """Compare each order with the visible one and drop what is unchanged or older, step by step.

    The place reached is kept with the counts, so that a killed import goes on from there.
    """
    # First of all: the visible orders that they are compared with name nobody who was erased.
    with database.write() as connection:
        customers.unlink_erased(connection, state.shop_id)
    while True:
        after = str(state.counts.get("settled_to", ""))
        with database.read() as connection:
            order_ids = imports.rivals(connection, state, after)
            verdicts = imports.compared(connection, state, order_ids)
        if not order_ids:
            return
        counts = {**state.counts, "settled_to": order_ids[-1]}
        for word in verdicts.values():
            counts[word] = counts.get(word, 0) + 1
        with database.write() as connection:
            dropped = [each for each, word in verdicts.items() if word in ("unchanged", "older")]
            imports.drop_staged(connection, state, dropped)
            imports.advance(connection, state, {"counts": counts})
        state = replace(state, counts=counts)
        yield state
        time.sleep(_SECONDS_BETWEEN)


def finish(database: Database, state: Import, now: datetime) -> Import:
    """Make every version of the import visible at once, by one change of its status."""
    counts = {name: count for name, count in state.counts.items() if name != "settled_to"}
    if state.noun == "orders":
        with database.read() as connection:
            counts["created"] = imports.count_staged(connection, state) - counts.get("replaced", 0)
    with database.write() as connection:
        changes: dict[str, Any] = {"counts": counts, "status": "finished", "finished_at": now}
        imports.advance(connection, state, changes)
        customers.unlink_erased(connection, state.shop_id)  # who was erased since
    return replace(state, **changes)


def compact(database: Database, shop_id: str) -> int:
    """Delete superseded versions and those of undone imports, a few at a time; gives how many.

    Nothing that is visible changes, so it may be killed at any moment and called again.
    """
    with database.read() as connection:
        closed = [
            each.import_id for each in imports.all_of(connection, shop_id) if each.status != "unfinished"
        ]
    deleted, after = 0, ""
    while True:
        with database.read() as connection:
            versions = imports.leftovers(connection, shop_id, after)
        if not versions:
            break
        with database.write() as connection:
            shops.lock(connection, shop_id)
            delete_versions(connection, shop_id, imports.still_leftovers(connection, shop_id, versions))
        deleted, after = deleted + len(versions), versions[-1][0]
        time.sleep(_SECONDS_BETWEEN)
    with database.write() as connection:
        imports.mark_compacted(connection, shop_id, closed)
    return deleted
