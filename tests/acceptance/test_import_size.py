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
    wide, rows, name = "x" * 1500, 0, f"o{megabytes}"
    with path.open("w") as file:
        file.write("order_id,ordered_at,product_id,quantity,unit_price,customer_id,note\n")
        while file.tell() < megabytes * 2**20:
            file.writelines(
                f"{name}-{row // 4},2026-01-{row % 28 + 1:02d} 10:00:00,p{row % 997},1,9.95,"
                f"c{row % 5000},{wide}\n"
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


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str]:
    """The home of an installation, and the id of its one shop."""
    asked = ["--name", "A", "--currency", "EUR", "--time-zone", "UTC", "--language", "en"]
    made, _ = _run(tmp_path / "home", ["shop", "add", *asked, "--origin", "https://shop.example"])
    return tmp_path / "home", str(made["shop_id"])


def _imported(shop: tuple[Path, str], megabytes: int) -> float:
    """Import a file of so many megabytes, orders of its own; every row must have come in. Gives MiB."""
    home, shop_id = shop
    path = home / f"{megabytes}.csv"
    rows = _write(path, megabytes)
    counts, peak_mib = _run(home, ["import", "orders", str(path), "--shop", shop_id])
    path.unlink()
    assert (counts["lines"], counts["rejected"], counts["created"]) == (rows, 0, rows // 4)
    return peak_mib


def test_a_file_of_seven_times_the_size_needs_no_more_memory(shop: tuple[Path, str]) -> None:
    """A few slices of rows and what was freed of them: 70 MiB; the rows of the larger file: 85 more."""
    small, large = _imported(shop, 15), _imported(shop, 100)
    assert large < small + 120


@pytest.mark.long
def test_a_file_of_two_gigabytes_comes_in(shop: tuple[Path, str]) -> None:
    assert _imported(shop, 2048) < 1024
