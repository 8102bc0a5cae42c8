"""An import from beginning to end: begun, gone on with, or undone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from plugin.errors import Refusal
from plugin.intake import order_lines, reading, rows, staging
from plugin.intake.batches import Batch, Reject
from plugin.intake.files import SourceFile, fingerprint, open_file
from plugin.intake.formats import Format, format_of
from plugin.intake.records import RecordTable
from plugin.intake.rejects import RejectsFile
from plugin.runtime import Runtime
from plugin.store import imports, shops
from plugin.store.imports import Import, NewImport
from plugin.vault import email_hash

Progress = Callable[[Import, float], None]
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Request:
    """What to import: `noun` orders, products or customers; `dates` None: found out from the file."""

    shop_id: str
    noun: str
    path: Path
    dates: str | None = None
    format: str = "auto"
    rejects: Path | None = None


def begin(runtime: Runtime, request: Request, now: datetime) -> Import:
    """Look the file over and keep a new, unfinished import of it; a Refusal says what is wrong with it."""
    path = request.path.resolve()
    file = open_file(path)
    format_of(file, request.noun, request.format)
    with runtime.database.read() as connection:
        shops.require(connection, request.shop_id)
    new = NewImport(
        noun=request.noun,
        path=str(path),
        file_fingerprint=fingerprint(path),
        options=_options(file, request),
        rejects_path=str((request.rejects or path.with_name(path.name + ".rejects.csv")).resolve()),
    )
    with runtime.database.write() as connection:
        return imports.begin(connection, request.shop_id, new, now)


def resumable(runtime: Runtime, shop_id: str, import_id: int, path: Path) -> Import:
    """The unfinished import; `Refusal("other_file")` if `path` is not the file it began with."""
    with runtime.database.read() as connection:
        state = imports.require_unfinished(connection, shop_id, import_id)
    if fingerprint(path) != state.file_fingerprint:
        raise Refusal(
            "other_file", f"{path} is not the file that import {import_id} began with ({state.path})."
        )
    return replace(state, path=str(path.resolve()))


def undo(runtime: Runtime, shop_id: str, import_id: int, now: datetime) -> Import:
    """Drop an unfinished import: its order versions never count, the old ones stay."""
    with runtime.database.read() as connection:
        state = imports.require_unfinished(connection, shop_id, import_id)
    with runtime.database.write() as connection:
        imports.advance(connection, state, {"status": "undone", "finished_at": now})
    staging.compact(runtime.database, shop_id)
    return replace(state, status="undone", finished_at=now)


def run(runtime: Runtime, state: Import, clock: Clock, progress: Progress) -> Import:
    """Do what is left of an import, and finish it. Killed at any moment, it can be called again.

    `progress` is told the import and the share of the file (0..1) after every transaction.
    """
    file = open_file(Path(state.path))
    form = format_of(file, state.noun, state.options["format"])
    rejects = RejectsFile(Path(state.rejects_path))
    rejects.start(state.rows_done)
    load = _load_orders if state.noun == "orders" else _load_records
    for now_at, share in load(runtime, state, (file, form, rejects), clock):
        state = now_at
        progress(state, share)
    if state.noun == "orders":
        for now_at in staging.settle(runtime.database, state):
            state = now_at
            progress(state, 1)
    finished = staging.finish(runtime.database, state, clock())
    if state.noun == "orders":
        staging.compact(runtime.database, state.shop_id)
    return finished


Reader = tuple[SourceFile, Format, RejectsFile]


def _options(file: SourceFile, request: Request) -> dict[str, str]:
    """How the file is read, decided once for the whole of it."""
    form = format_of(file, request.noun, request.format)
    return {"format": request.format, **reading.spelling(file, form, request.noun, request.dates)}


# -- orders -----------------------------------------------------------------------------------------------


def _load_orders(
    runtime: Runtime, state: Import, reader: Reader, _clock: Clock
) -> Iterator[tuple[Import, float]]:
    file, form, rejects = reader
    writer = staging.Writer(runtime.database, state, whole=form.value is not None)
    how = _how(runtime, state)
    for batch in file.batches():
        done = writer.state.rows_done
        portion, bad = reading.portion(batch, form, how, done)
        if batch.last_row <= done:
            continue
        if form.table is not None:
            portion, again = staging.numbered(portion, _staged(runtime, writer.state, portion))
        else:
            portion, again = staging.numbered(portion, _NOTHING_STAGED)
        told = _rejects(batch, [bad, again], done)
        rejects.add(told)
        refused = pl.Series([each.row for each in told], dtype=pl.Int64)
        for now_at in writer.write(portion, batch.last_row, refused):
            yield now_at, batch.share


_NOTHING_STAGED = pl.DataFrame(schema={"order_id": pl.String, "product_id": pl.String, "line_id": pl.String})


def _how(runtime: Runtime, state: Import) -> order_lines.Reading:
    with runtime.database.read() as connection:
        currency = shops.require(connection, state.shop_id).currency

    def hashed(email: str) -> str | None:
        return email_hash(runtime.vault, state.shop_id, email)

    return order_lines.Reading(state.options["dates"], state.options["mark"], currency, hashed)


def _staged(runtime: Runtime, state: Import, portion: staging.Portion) -> pl.DataFrame:
    """The lines already in of this portion's orders: an order's lines may be scattered over the file."""
    with runtime.database.read() as connection:
        order_ids = imports.staged_orders(connection, state, portion.heads["order_id"])
        return imports.staged_lines(connection, state, order_ids)


def _rejects(batch: Batch, faults: Sequence[pl.DataFrame], done: int) -> list[Reject]:
    """One reject a row, in the file's order."""
    found = {each.row: each for each in batch.rejects if each.row > done}
    for row, line, reason in pl.concat(faults).iter_rows():
        if row not in found:
            found[row] = Reject(row, line, reason, batch.text(row))
    return [found[row] for row in sorted(found)]


# -- products and customers -------------------------------------------------------------------------------


def _load_records(
    runtime: Runtime, state: Import, reader: Reader, clock: Clock
) -> Iterator[tuple[Import, float]]:
    """These have no versions: they count as soon as they are in, so an undone import leaves them."""
    rejects = reader[2]
    for batch, last_row, records in _records(runtime, state, reader):
        done = state.rows_done
        found = [each for each in records if each[0] > done]
        verdicts = rows.keep(runtime, state.shop_id, state.noun, [value for _, _, value in found], clock())
        faults = [
            (row, line, verdict.message)
            for (row, line, _), verdict in zip(found, verdicts, strict=True)
            if verdict.verdict == "rejected"
        ]
        told = _rejects(batch, [pl.DataFrame(faults, schema=reading.FAULTS, orient="row")], done)
        rejects.add(told)
        changes = _changes(state, last_row, [each.verdict for each in verdicts], len(told))
        with runtime.database.write() as connection:
            imports.advance(connection, state, changes)
        state = replace(state, **changes)
        yield state, batch.share


def _records(
    runtime: Runtime, state: Import, reader: Reader
) -> Iterator[tuple[Batch, int, Sequence[tuple[int, int, Any]]]]:
    """The batches with their records, and the last row that is wholly among them."""
    file, form, _ = reader
    if form.table is None:
        yield from ((batch, batch.last_row, batch.objects) for batch in file.batches())
        return
    table = RecordTable(state, _how(runtime, state).currency)
    before: Batch | None = None
    for batch, is_last in _with_last(file.batches()):
        records = list(table.objects(form.rows(batch), is_last=is_last))
        yield _text_of_both(before, batch), table.whole_until(batch.last_row), records
        before = batch


def _with_last(batches: Iterator[Batch]) -> Iterator[tuple[Batch, bool]]:
    held = next(batches, None)
    while held is not None:
        following = next(batches, None)
        yield held, following is None
        held = following


def _text_of_both(before: Batch | None, batch: Batch) -> Batch:
    """The batch, which also knows the rows before it: a product held back from there may be rejected here."""

    def text(row: int) -> str:
        return before.text(row) if before and row < batch.first_row else batch.text(row)

    return replace(batch, text=text)


def _changes(state: Import, last_row: int, words: Sequence[str], rejected: int) -> Mapping[str, Any]:
    counts = dict(state.counts)
    for word in words:
        if word != "rejected":
            counts[word] = counts.get(word, 0) + 1
    return {"rows_done": last_row, "rows_rejected": state.rows_rejected + rejected, "counts": counts}
