"""The artefact: one file of raw arrays behind a JSON header, written atomically and read by `np.memmap`.

Layout: 8 bytes magic, 8 bytes header length (little-endian), 32 bytes SHA-256 of the header, the header
(UTF-8 JSON: `format`, `facts`, `arrays` with name, dtype, shape and offset of each, `size` and `sha256` of
the data; then spaces, so that it ends at a multiple of 64), then the arrays, each at an offset from the
data's beginning that is a multiple of 64.
"""

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

MAGIC = b"ENCORE\r\n"  # a transfer that rewrites line ends spoils the magic, and is found at once
FORMAT = 4
ALIGNMENT = 64
PREFIX_LENGTH = len(MAGIC) + 8 + 32

Arrays = Mapping[str, npt.NDArray[Any]]


class ArtefactError(ValueError):
    """The file is not an artefact that this version can read, is cut short, or was altered."""


@dataclass(frozen=True)
class Artefact:
    """What a file holds: `facts` (JSON values), read-only `arrays`, and `version`, 16 hex digits of its
    content.
    """

    facts: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]
    version: str


def write(path: str | os.PathLike[str], facts: Mapping[str, Any], arrays: Arrays) -> None:
    """Write `facts` and `arrays` to `path`; whoever opens `path` meanwhile sees the old file or the new one,
    whole.
    """
    target = Path(path)
    header = _header(facts, arrays)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_prefix(header) + header)
            for chunk in _chunks(arrays):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def read(path: str | os.PathLike[str], *, verify: bool = True) -> Artefact:
    """Open the artefact at `path`; its arrays stay in the file, and processes that read it share the pages.

    `verify=False` skips the checksum of the data (the header's own is always checked).
    Raises ArtefactError for a foreign, truncated or altered file.
    """
    with Path(path).open("rb") as file:
        header = _read_header(path, file.read(PREFIX_LENGTH), file.read)
        start = file.tell()
        if os.fstat(file.fileno()).st_size != start + header["size"]:
            raise ArtefactError(
                f"{path} is cut short or has more than its header says: train again or restore it"
            )
        if verify and hashlib.file_digest(file, "sha256").hexdigest() != header["sha256"]:
            raise ArtefactError(f"{path} was altered after it was written: train again or restore it")
    return Artefact(header["facts"], _mapped(path, start, header), version_of(header))


def version_of(header: Mapping[str, Any]) -> str:
    """16 hex digits that are the same when, and only when, facts and arrays are the same."""
    return hashlib.sha256(_json(header)).hexdigest()[:16]


def version(facts: Mapping[str, Any], arrays: Arrays) -> str:
    """The version that an artefact of `facts` and `arrays` has, before it is written."""
    return version_of(json.loads(_header(facts, arrays)))


def _header(facts: Mapping[str, Any], arrays: Arrays) -> bytes:
    entries, offset, digest = [], 0, hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        entries.append({"name": name, "dtype": array.dtype.str, "shape": list(array.shape), "offset": offset})
        offset += array.nbytes + _padding(array.nbytes)
    for chunk in _chunks(arrays):
        digest.update(chunk)
    described = {"format": FORMAT, "facts": dict(facts), "arrays": entries}
    text = _json({**described, "size": offset, "sha256": digest.hexdigest()})
    return text + b" " * _padding(PREFIX_LENGTH + len(text))


def _prefix(header: bytes) -> bytes:
    return MAGIC + len(header).to_bytes(8, "little") + hashlib.sha256(header).digest()


def _read_header(path: str | os.PathLike[str], prefix: bytes, read_more: Any) -> dict[str, Any]:
    if len(prefix) < PREFIX_LENGTH or not prefix.startswith(MAGIC):
        raise ArtefactError(f"{path} is not an Encore model: give the file that training wrote")
    length = int.from_bytes(prefix[8:16], "little")
    text: bytes = read_more(min(length, 1 << 26))
    if hashlib.sha256(text).digest() != prefix[16:]:
        raise ArtefactError(f"{path} has a damaged header: train again or restore it")
    header: dict[str, Any] = json.loads(text)
    if header["format"] != FORMAT:
        raise ArtefactError(f"{path} has format {header['format']}, this version reads {FORMAT}: train again")
    return header


def _mapped(
    path: str | os.PathLike[str], start: int, header: Mapping[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    data = (
        np.memmap(path, dtype=np.uint8, mode="r", offset=start) if header["size"] else np.zeros(0, np.uint8)
    )
    arrays = {}
    for entry in header["arrays"]:
        dtype = np.dtype(entry["dtype"])
        end = entry["offset"] + dtype.itemsize * math.prod(entry["shape"])
        arrays[entry["name"]] = np.asarray(data[entry["offset"] : end]).view(dtype).reshape(entry["shape"])
    return arrays


def _chunks(arrays: Arrays) -> Iterator[memoryview | bytes]:
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        yield memoryview(cast(Any, array.reshape(-1).view(np.uint8)))
        yield b"\0" * _padding(array.nbytes)


def _padding(length: int) -> int:
    return -length % ALIGNMENT


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
