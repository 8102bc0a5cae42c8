"""NDJSON, one object a line, and a JSON array that an API dump may be."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from plugin.errors import Refusal
from plugin.intake.batches import ROWS_IN_A_BATCH, Batch, Reject

_LONGEST_LINE = 16 << 20
_LARGEST_ARRAY = 64 << 20
_OBJECTS_IN_A_BATCH = ROWS_IN_A_BATCH // 10  # an order has several lines


@dataclass(frozen=True)
class JsonFile:
    """A file of JSON objects; `first` is the first of them, and its names are `columns`."""

    path: Path
    is_array: bool
    first: dict[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the first object."""
        return tuple(self.first)

    def batches(self) -> Iterator[Batch]:
        """Its objects; what is not one is a reject."""
        records = _array(self.path) if self.is_array else _lines(self.path)
        first_row, bytes_read, size = 1, 0, self.path.stat().st_size
        while part := list(islice(records, _OBJECTS_IN_A_BATCH)):
            bytes_read += sum(len(written) for _, written in part)
            yield _batch(first_row, part, min(bytes_read / size, 1))
            first_row += len(part)


def open_json(path: Path) -> JsonFile:
    """Find out whether the file is NDJSON or an array, and read its first object."""
    with path.open("rb") as file:
        start = file.read(1 << 16).lstrip(b"\xef\xbb\xbf \t\r\n")
    is_array = start.startswith(b"[")
    for _, text in _array(path) if is_array else _lines(path):
        found = parsed(text)
        if isinstance(found, dict):
            return JsonFile(path, is_array, found)
    raise Refusal("empty_file", f"{path} holds no JSON object: there is nothing to import. Export it again.")


def parsed(text: bytes) -> Any:
    """The JSON value that `text` is; a str saying why, when it is none."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    return value if isinstance(value, dict) else "is not a JSON object"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _batch(first_row: int, part: Sequence[tuple[int, bytes]], share: float) -> Batch:
    objects, rejects = [], []
    for row, (line, written) in enumerate(part, first_row):
        value = parsed(written)
        if isinstance(value, str):
            rejects.append(Reject(row, line, value, written.decode(errors="replace")))
        else:
            objects.append((row, line, value))

    def text(row: int) -> str:
        return part[row - first_row][1].decode(errors="replace")

    return Batch(first_row, first_row + len(part) - 1, None, objects, text, share, rejects)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            if line.strip(b"\xef\xbb\xbf \t\r\n"):
                yield number, line.rstrip()


def _array(path: Path) -> Iterator[tuple[int, bytes]]:
    if path.stat().st_size > _LARGEST_ARRAY:
        raise Refusal(
            "too_large", f"{path} is one JSON array of more than 64 MB. Write it as NDJSON: an object a line."
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal("malformed_json", f"{path} is not whole JSON ({error}). Export it again.") from None
    for number, value in enumerate(values, 1):
        yield number, json.dumps(value).encode()
