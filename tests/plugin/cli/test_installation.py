"""What every command says of an installation that is new, or that cannot be opened."""

import socket
from pathlib import Path

import pytest

from tests.plugin.cli.installation import run

COMMANDS = (["shop", "list"], ["import", "orders", "x.csv", "--shop", "s"], ["train", "--shop", "s"])


def test_an_import_into_a_new_home_says_which_shops_there_are(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,ordered_at,product_id,quantity\n1,2026-02-01,a,1\n")
    done = run("import", "orders", str(file), "--shop", "shop_nobody")
    assert done.exit_code == 1
    assert "`encore shop list`" in done.stderr
    assert (home / "encore.db").exists()


def test_an_import_typed_without_a_file_makes_nothing(home: Path) -> None:
    done = run("import", "orders", "--shop", "s")
    assert done.exit_code == 2
    assert "FILE is missing" in done.stderr
    assert not home.exists()


@pytest.mark.parametrize("command", [*COMMANDS, ["migrate"], ["doctor"]], ids=" ".join)
@pytest.mark.parametrize(
    "url", ["garbage", "mysql://me:secret@host/x", "postgresql://host:port/x", "postgresql+other://host/x"]
)
def test_an_address_of_no_known_database(
    home: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], url: str
) -> None:
    monkeypatch.setenv("ENCORE_DATABASE_URL", url)
    done = run(*command)
    assert done.exit_code == 1
    assert "ENCORE_DATABASE_URL" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("command", [*COMMANDS, ["migrate"]], ids=" ".join)
def test_a_postgresql_that_is_down(home: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("ENCORE_DATABASE_URL", f"postgresql://me:secret@127.0.0.1:{port}/encore")
    done = run(*command)
    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr
    assert "secret" not in done.stderr


def test_a_database_file_that_is_none(home: Path) -> None:
    home.mkdir()
    (home / "encore.db").write_text("no database at all, but long enough to have a header of its own" * 20)
    done = run("shop", "list")
    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr


@pytest.mark.parametrize("command", [*COMMANDS, ["migrate"], ["doctor"]], ids=" ".join)
def test_a_home_that_cannot_be_made(home: Path, command: list[str]) -> None:
    home.write_text("a file stands in the way")
    done = run(*command)
    assert done.exit_code == 1
    assert "ENCORE_HOME" in done.stderr
