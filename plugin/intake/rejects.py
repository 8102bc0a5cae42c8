"""The rejects file: one line for each row that stayed out, with its line, the reason and its own text."""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from plugin.errors import Refusal
from plugin.intake.batches import Reject

_HEADER = ("line", "row", "reason", "text")
_LONGEST_TEXT = (1 << 31) - 1  # the csv module's own limit is for strangers' files; this one is ours


class RejectsFile:
    """Made when the first row is rejected, readable by its owner alone: it holds customers' data."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, rows_done: int) -> None:
        """Forget what was noted after `rows_done`: those rows come again. 0: begin anew.

        What a power cut left of a line is left out, and the old file stays until the new one is whole.
        """
        if not self.path.exists():
            return
        kept = [each for each in self._noted() if int(each[1]) <= rows_done] if rows_done else []
        if not kept:
            self.path.unlink()
            return
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.unlink(missing_ok=True)
        _write(fresh, kept)
        fresh.replace(self.path)

    def _noted(self) -> Iterator[list[str]]:
        """The lines that are whole."""
        csv.field_size_limit(_LONGEST_TEXT)
        with self.path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            found = csv.reader((line for line in file if line.endswith("\n")), strict=True)
            while True:
                try:
                    row = next(found)
                except csv.Error:
                    continue
                except StopIteration:
                    return
                if len(row) == len(_HEADER) and row[0].isdecimal() and row[1].isdecimal():
                    yield row

    def add(self, rejects: Sequence[Reject]) -> None:
        """Note these."""
        _write(self.path, [(each.line, each.row, each.reason, each.text) for each in rejects])


def _write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    if not rows:
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise Refusal(
            "no_rejects_file",
            f"The rejects file {path} cannot be written ({error.strerror}). Use --rejects.",
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not os.fstat(handle).st_size:
            writer.writerow(_HEADER)
        writer.writerows(rows)
