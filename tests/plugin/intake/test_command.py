"""`encore import` as a person runs it: its answers, and a kill in the middle."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from plugin.cli import encore
from plugin.runtime import Runtime
from plugin.store import imports, orders
from plugin.store.shops import ShopKeys
from tests.conftest import add_shop

Shop = tuple[str, ShopKeys]
HEADER = "order_id,ordered_at,customer_id,product_id,quantity\n"


class Command:
    """The command, in a process of its own, on the test's installation."""

    def __init__(self, runtime: Runtime) -> None:
        self.environment = {
            **os.environ,
            "ENCORE_HOME": str(runtime.config.home),
            "ENCORE_SECRET_KEY": runtime.config.secret_key,
        }

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        call = [sys.executable, "-c", "from plugin.cli import encore; encore()", "import", *arguments]
        return subprocess.Popen(
            call, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def call(self, *arguments: str) -> Result:
        return CliRunner(env=self.environment).invoke(encore, ["import", *arguments])

    def run(self, *arguments: str) -> Any:
        done = self.call(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


@pytest.fixture
def command(runtime: Runtime) -> Command:
    return Command(runtime)


def bought(runtime: Runtime, shop_id: str) -> pl.DataFrame:
    with runtime.database.read() as connection:
        lines = orders.training_lines(connection, shop_id)
    return lines.sort(lines.columns)


def test_it_says_what_came_in(command: Command, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "1,2026-02-01,c,a,1\n2,2026-02-01,c,,1\n")
    done = command.run("orders", str(path), "--shop", shop[0], "--rejects", str(tmp_path / "bad.csv"))
    assert (done["created"], done["rejected"], done["rejects_path"]) == (1, 1, str(tmp_path / "bad.csv"))
    out = command.call("orders", str(path), "--shop", shop[0]).stdout
    assert "Import 2: 2 rows read. Orders: 0 new, 0 changed, 1 unchanged, 0 older than kept." in out
    assert "1 rows were rejected: see" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["orders", "{path}", "--shop", "shop_none"], "There is no shop shop_none"),
        (["orders", "{path}.none", "--shop", "{shop}"], "There is no file"),
        (["orders", "{path}", "--shop", "{shop}", "--resume", "9"], "has no import 9"),
        (["orders", "--shop", "{shop}", "--undo", "9"], "has no import 9"),
        (["products", "{path}", "--shop", "{shop}"], "has no column title"),
        (["orders", "{path}", "--shop", "{shop}", "--format", "shopify"], "is no shopify export"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    command: Command, shop: Shop, tmp_path: Path, arguments: list[str], message: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER)
    done = command.call(*(each.format(path=path, shop=shop[0]) for each in arguments))
    assert done.exit_code == 1
    assert done.stderr.startswith("encore: ")
    assert message in done.stderr


def test_killed_in_the_middle_and_resumed_it_equals_an_uninterrupted_one(
    command: Command, runtime: Runtime, shop: Shop, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    rows = (f"o{number % 9_000},2026-02-01,c{number % 500},p{number % 97},1\n" for number in range(30_000))
    path.write_text(HEADER + "".join(rows))
    process = command.start("orders", str(path), "--shop", shop[0])
    while _rows_done(runtime, shop[0]) == 0 and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert 0 < _rows_done(runtime, shop[0]) < 30_000
    assert bought(runtime, shop[0]).is_empty()

    assert "--resume 1" in command.call("orders", str(path), "--shop", shop[0]).stderr
    done = command.run("orders", str(path), "--shop", shop[0], "--resume", "1")
    assert (done["status"], done["created"], done["lines"]) == ("finished", 9_000, 30_000)

    other = add_shop(runtime)
    command.run("orders", str(path), "--shop", other[0])
    assert bought(runtime, shop[0]).equals(bought(runtime, other[0]))


def test_killed_in_the_middle_and_undone_the_old_orders_stay(
    command: Command, runtime: Runtime, shop: Shop, tmp_path: Path
) -> None:
    before = tmp_path / "before.csv"
    before.write_text(HEADER + "o1,2026-01-01,c,old,1\n")
    command.run("orders", str(before), "--shop", shop[0])
    path = tmp_path / "orders.csv"
    rows = (f"o{number % 900},2026-02-01,c,p{number % 97},1\n" for number in range(30_000))
    path.write_text(HEADER + "".join(rows))
    process = command.start("orders", str(path), "--shop", shop[0])
    while _rows_done(runtime, shop[0]) == 0 and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert command.run("orders", "--shop", shop[0], "--undo", "2")["status"] == "undone"
    assert bought(runtime, shop[0])["product_id"].to_list() == ["old"]


def _rows_done(runtime: Runtime, shop_id: str) -> int:
    with runtime.database.read() as connection:
        unfinished = [each for each in imports.all_of(connection, shop_id) if each.status == "unfinished"]
    return unfinished[0].rows_done if unfinished else 0
