"""The rejects file outlives its process: whatever a power cut left of it, the import goes on."""

import stat
from pathlib import Path

import pytest

from plugin.intake.batches import Reject
from plugin.intake.rejects import RejectsFile


@pytest.fixture
def file(tmp_path: Path) -> RejectsFile:
    noted = RejectsFile(tmp_path / "rejects.csv")
    noted.add([Reject(row, row + 1, "bad", f"text {row}") for row in (1, 2, 5)])
    return noted


def lines(file: RejectsFile) -> list[str]:
    return file.path.read_text(encoding="utf-8").splitlines()


def test_what_comes_again_is_forgotten(file: RejectsFile) -> None:
    file.start(2)
    file.add([Reject(5, 6, "bad", "again")])
    assert lines(file) == ["line,row,reason,text", "2,1,bad,text 1", "3,2,bad,text 2", "6,5,bad,again"]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.start(0)
    assert not file.path.exists()


@pytest.mark.parametrize(
    "torn", [b"7", b"7,", b"7,x,bad,text", b'7,2,bad,"no end', b"\x00\x00\x00", b"\xff\xfe,1,", b"\n\n"]
)
def test_a_torn_line_is_left_out(file: RejectsFile, torn: bytes) -> None:
    with file.path.open("ab") as appended:
        appended.write(torn)
    file.start(2)
    assert [line.partition(",")[0] for line in lines(file)] == ["line", "2", "3"]


def test_a_very_long_text_is_kept(file: RejectsFile) -> None:
    file.start(0)
    file.add([Reject(1, 2, "bad", "x" * 1_000_000)])
    file.start(1)
    assert len(lines(file)[1]) > 1_000_000


def test_an_emptied_file_is_begun_anew(file: RejectsFile) -> None:
    file.path.write_bytes(b"")
    file.start(3)
    file.add([Reject(4, 5, "bad", "x")])
    assert lines(file) == ["line,row,reason,text", "5,4,bad,x"]
