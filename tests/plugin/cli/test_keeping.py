"""`encore backup` and `encore restore`: everything comes back in an empty installation, and nowhere else."""

import io
import tarfile
from pathlib import Path

import psycopg
import pytest

from plugin.cli import doctor
from plugin.cli.installation import now
from plugin.config import from_environment
from plugin.runtime import open_runtime
from plugin.store import orders, shops
from tests.plugin.cli.installation import answer, open_with_shop, run
from tests.plugin.jobs.orders import pairs, put_orders


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_comes_back_in_an_empty_home(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, kind: str
) -> None:
    if kind == "postgresql":
        monkeypatch.setenv("ENCORE_DATABASE_URL", request.getfixturevalue("empty_postgres_url"))
    runtime, shop_id = open_with_shop(home)
    put_orders(runtime, shop_id, pairs(60))
    answer("train", "--shop", shop_id)
    with runtime.database.read() as connection:
        before = shops.load(connection, runtime.vault, shop_id)
    runtime.database.close()
    file = tmp_path / "encore.tar"
    assert answer("backup", str(file))["has_secret"]
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob(".encore-*")] == []

    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "new"))
    if kind == "postgresql":
        monkeypatch.setenv("ENCORE_DATABASE_URL", _another_database(request))
    assert answer("restore", str(file))["shops"] == 1
    restored = open_runtime(from_environment())
    with restored.database.read() as connection:
        assert shops.load(connection, restored.vault, shop_id) == before  # signing secrets too
        assert len(orders.training_lines(connection, shop_id)) == 120
    found = {each.subject: each for each in doctor.examine(restored, now())}
    assert found[shop_id].well, found[shop_id].words
    restored.database.close()
    again = run("restore", str(file))
    assert again.exit_code == 1
    assert "has shops already" in again.stderr


def _another_database(request: pytest.FixtureRequest) -> str:
    """A second empty database on the same server."""
    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(
        f"postgresql://encore@/postgres?host={url.split('host=')[1]}", autocommit=True
    ) as one:
        one.execute("DROP DATABASE IF EXISTS restored")
        one.execute("CREATE DATABASE restored")
    return url.replace("/postgres?", "/restored?")


def test_a_secret_of_the_environment_stays_out_and_must_be_the_same(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_SECRET_KEY", "a secret kept elsewhere, by hand and safe")
    runtime, _ = open_with_shop(home)
    runtime.database.close()
    file = tmp_path / "encore.tar"
    shown = run("backup", str(file))
    assert "ENCORE_SECRET_KEY is not in it" in shown.stdout
    assert b"a secret kept elsewhere, by hand and safe" not in file.read_bytes()
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("ENCORE_SECRET_KEY", "another secret, of 32 letters or more")
    refused = run("restore", str(file))
    assert refused.exit_code == 1
    assert "set ENCORE_SECRET_KEY" in refused.stderr
    monkeypatch.setenv("ENCORE_SECRET_KEY", "a secret kept elsewhere, by hand and safe")
    assert answer("restore", str(file))["shops"] == 1


def test_what_is_no_backup_is_refused_and_touches_nothing(home: Path, tmp_path: Path) -> None:
    for name in ("../escaped", "home/encore.db", "artefacts/../../escaped.encore"):
        file = tmp_path / "forged.tar"
        with tarfile.open(file, "w") as tar:
            member = tarfile.TarInfo(name)
            member.size = 3
            tar.addfile(member, io.BytesIO(b"bad"))
        refused = run("restore", str(file))
        assert refused.exit_code == 1
        assert "was not written by `encore backup`" in refused.stderr
    link = tmp_path / "link.tar"
    with tarfile.open(link, "w") as tar:
        member = tarfile.TarInfo("encore.db")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    assert run("restore", str(link)).exit_code == 1
    cut = tmp_path / "cut.tar"
    cut.write_bytes(b"no tar at all")
    assert "damaged" in run("restore", str(cut)).stderr
    assert "no file" in run("restore", str(tmp_path / "none.tar")).stderr
    assert {path.name.partition("-")[0] for path in home.iterdir()} <= {"encore.db", "secret.key"}
    assert answer("shop", "list") == []
