"""The rejects file: one line for each row that stayed out, with its line, the reason and its own text."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from plugin.errors import Refusal
from plugin.intake.batches import Reject

_HEADER = ("line", "row", "reason", "text")


class RejectsFile:
    """Made when the first row is rejected, readable by its owner alone: it holds customers' data."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, rows_done: int) -> None:
        """Forget what was noted after `rows_done`: those rows come again. 0: begin anew."""
        if not self.path.exists():
            return
        kept = []
        if rows_done:
            with self.path.open(encoding="utf-8", newline="") as file:
                kept = [each for each in list(csv.reader(file))[1:] if int(each[1]) <= rows_done]
        self.path.unlink()
        self._write(kept)

    def add(self, rejects: Sequence[Reject]) -> None:
        """Note these."""
        self._write([(each.line, each.row, each.reason, each.text) for each in rejects])

    def _write(self, rows: Sequence[Sequence[object]]) -> None:
        if not rows:
            return
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise Refusal(
                "no_rejects_file",
                f"The rejects file {self.path} cannot be written ({error.strerror}). Use --rejects.",
            ) from None
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if not os.fstat(handle).st_size:
                writer.writerow(_HEADER)
            writer.writerows(rows)
