"""CSV as shops export it: any of three delimiters, two encodings, a BOM, newlines inside quotes."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from plugin.errors import Refusal
from plugin.intake.batches import LINE, ROW, ROWS_IN_A_BATCH, Batch, Reject

_LONGEST_CELL = 1 << 20
_PART_BYTES = 1 << 20


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose dialect is known; `columns` are its header's names, stripped."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Its rows; empty lines are no rows."""
        csv.field_size_limit(_LONGEST_CELL)
        size = self.path.stat().st_size
        with self.path.open("rb") as raw, self._decoded(raw) as file:
            records = _records(csv.reader(file, delimiter=self.delimiter))
            next(records)  # the header
            first_row = 1
            while part := list(islice(records, ROWS_IN_A_BATCH)):
                yield self._batch(first_row, part, raw.tell() / size)
                first_row += len(part)

    def _decoded(self, raw: BinaryIO) -> io.TextIOWrapper:
        return io.TextIOWrapper(raw, encoding=self.encoding, errors="replace", newline="")

    def _batch(self, first_row: int, part: Sequence[tuple[int, Sequence[str] | str]], share: float) -> Batch:
        width = len(self.columns)
        rows = range(first_row, first_row + len(part))
        whole = [
            (row, line, cells) for row, (line, cells) in zip(rows, part, strict=True) if len(cells) == width
        ]
        columns = list(zip(*(cells for _, _, cells in whole), strict=True)) or [()] * width
        table = pl.DataFrame(
            {ROW: [row for row, _, _ in whole], LINE: [line for _, line, _ in whole]}
            | dict(zip(self.columns, columns, strict=True)),
            schema={ROW: pl.Int64, LINE: pl.Int64} | dict.fromkeys(self.columns, pl.String),
        )

        def text(row: int) -> str:
            return self._text(part[row - first_row][1])

        rejects = [
            Reject(row, line, self._fault(cells), self._text(cells))
            for row, (line, cells) in zip(rows, part, strict=True)
            if len(cells) != width
        ]
        return Batch(first_row, rows[-1], table, (), text, share, rejects)

    def _fault(self, cells: Sequence[str] | str) -> str:
        if isinstance(cells, str):
            return cells
        return f"has {len(cells)} cells where the header has {len(self.columns)}"

    def _text(self, cells: Sequence[str] | str) -> str:
        if isinstance(cells, str):
            return ""
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return out.getvalue()


def open_csv(path: Path) -> CsvFile:
    """Look at the whole file once for its encoding, at its header for the delimiter and the names."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        start = file.read(1 << 16)
    if not start.strip():
        raise Refusal("empty_file", f"{path} is empty: there is nothing to import. Export it again.")
    delimiter = _delimiter(start)
    _, names = next(_records(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)))
    columns = tuple(name.strip() for name in names)
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise Refusal("wrong_columns", f"{path} has the column {twice[0]!r} twice. Rename or remove one.")
    unnamed = tuple(name or f"column {number}" for number, name in enumerate(columns, 1))
    return CsvFile(path, encoding, delimiter, unnamed)


def _records(reader: Any) -> Iterator[tuple[int, Sequence[str] | str]]:
    """(line it starts on, cells) of every record but empty lines; a str in place of cells is a fault."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, "a quote is opened and never closed, or a cell is longer than a million characters"
            continue
        if cells:
            yield line, cells


def _encoding(path: Path) -> str:
    """UTF-16 by its BOM, else UTF-8 (with or without BOM) if the whole file is, else Windows-1252."""
    with path.open("rb") as file:
        start = file.read(2)
        if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while part := file.read(_PART_BYTES):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _delimiter(start: str) -> str:
    header = start.lstrip("\r\n").splitlines()[0]
    outside = "".join(header.split('"')[::2])
    return max(",;\t", key=outside.count)
