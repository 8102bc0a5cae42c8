"""A file of any size comes in with the memory of a small one, and a line's worth of every row in it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ENCORE = Path(sys.executable).with_name("encore")
ROWS_A_BLOCK = 10_000


def _write(path: Path, megabytes: int) -> int:
    """A CSV of about so many megabytes: four lines an order, and a column of no interest that widens it."""
    wide, rows = "x" * 1500, 0
    with path.open("w") as file:
        file.write("order_id,ordered_at,product_id,quantity,unit_price,customer_id,note\n")
        while file.tell() < megabytes * 2**20:
            file.writelines(
                f"o{row // 4},2026-01-{row % 28 + 1:02d} 10:00:00,p{row % 997},1,9.95,c{row % 5000},{wide}\n"
                for row in range(rows, rows + ROWS_A_BLOCK)
            )
            rows += ROWS_A_BLOCK
    return rows


def _run(home: Path, arguments: Sequence[str]) -> tuple[dict[str, object], float]:
    """What `encore ARGUMENTS --json` printed, and the most memory it held, in MiB."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    process = subprocess.Popen(
        [ENCORE, *arguments, "--json"],
        env=kept | {"ENCORE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout as printed:
        text = printed.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return json.loads(text.splitlines()[-1]), usage.ru_maxrss / 1024


def _imported(folder: Path, megabytes: int) -> float:
    """Import a file of so many megabytes into a shop of its own; every row must have come in. Gives MiB."""
    home = folder / f"home-{megabytes}"
    asked = ["--name", "A", "--currency", "EUR", "--time-zone", "UTC", "--language", "en"]
    shop, _ = _run(home, ["shop", "add", *asked, "--origin", "https://shop.example"])
    path = folder / f"{megabytes}.csv"
    rows = _write(path, megabytes)
    counts, peak_mib = _run(home, ["import", "orders", str(path), "--shop", str(shop["shop_id"])])
    path.unlink()
    assert (counts["lines"], counts["rejected"], counts["created"]) == (rows, 0, rows // 4)
    return peak_mib


def test_a_file_ten_times_as_large_needs_no_more_memory(tmp_path: Path) -> None:
    small, large = _imported(tmp_path, 15), _imported(tmp_path, 150)
    assert large < small + 150


@pytest.mark.long
def test_a_file_of_two_gigabytes_comes_in(tmp_path: Path) -> None:
    assert _imported(tmp_path, 2048) < 1024
