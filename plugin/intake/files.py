"""Which kind of file it is, by what it holds and not by its name."""

import hashlib
from pathlib import Path

from plugin.errors import Refusal
from plugin.intake.csv_files import CsvFile, open_csv
from plugin.intake.json_files import JsonFile, open_json
from plugin.intake.parquet_files import ParquetFile, open_parquet

SourceFile = CsvFile | ParquetFile | JsonFile
_ARCHIVES = {b"PK\x03\x04": "a zip archive or an Excel workbook", b"\x1f\x8b": "compressed with gzip"}


def open_file(path: Path) -> SourceFile:
    """Open CSV, Parquet or JSON; a Refusal says what to do about anything else."""
    if not path.is_file():
        raise Refusal("no_file", f"There is no file {path}.")
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Refusal("empty_file", f"{path} is empty: there is nothing to import. Export it again.")
    for magic, kind in _ARCHIVES.items():
        if start.startswith(magic):
            raise Refusal("unreadable_file", f"{path} is {kind}. Unpack it, or save it as CSV.")
    if start.startswith(b"PAR1") or path.suffix == ".parquet":
        return open_parquet(path)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return open_json(path)
    return open_csv(path)


def fingerprint(path: Path) -> str:
    """SHA-256 of the file's content, by which an import knows its file again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
