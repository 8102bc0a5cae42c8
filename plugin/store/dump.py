"""A whole database as one file and back: SQLite by its online backup, PostgreSQL by its own two programs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from plugin.errors import Refusal
from plugin.store.database import Database
from plugin.store.tables import metadata

Tell = Callable[[int, int], None]
_PAGES_AT_ONCE = 2_000


def file_name(database: Database) -> str:
    """What the file is called in a backup: it tells which kind of database it fits."""
    return "encore.db" if database.is_sqlite else "encore.dump"


def write(database: Database, path: Path, tell: Tell) -> None:
    """Write the database as it is at one moment to `path`, while others go on using it.

    `tell` hears of pages done and pages in all (SQLite only).
    """
    if database.is_sqlite:
        _copy(str(database.engine.url.database), str(path), tell)
    else:
        _run(database, "pg_dump", "--format=custom", "--no-owner", f"--file={path}")


def read(database: Database, path: Path, tell: Tell) -> None:
    """Put what `write` wrote to `path` in place of all that the database holds."""
    if database.is_sqlite:
        _copy(str(path), str(database.engine.url.database), tell)
    else:
        with database.write() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        words = ("--no-owner", "--single-transaction", "--exit-on-error")
        _run(database, "pg_restore", *words, f"--dbname={database.engine.url.database}", str(path))


def _copy(origin: str, destination: str, tell: Tell) -> None:
    with closing(sqlite3.connect(origin)) as source, closing(sqlite3.connect(destination)) as target:
        source.backup(
            target, pages=_PAGES_AT_ONCE, progress=lambda _, left, all_: tell(all_ - left, all_), sleep=0.01
        )


def _run(database: Database, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs, told by its environment, which others cannot see, how to connect."""
    found = shutil.which(program)
    if found is None:
        raise Refusal(
            "no_program",
            f"{program} is not on this machine: install PostgreSQL's client programs (on Debian:"
            " apt install postgresql-client), or run it yourself where it is.",
        )
    done = subprocess.run([found, *words], env=_environment(database), capture_output=True, text=True)  # noqa: S603
    if done.returncode != 0:
        raise Refusal("program_failed", f"{program} failed: {done.stderr.strip()}")


def _environment(database: Database) -> dict[str, str]:
    url = database.engine.url
    query = {f"PG{name.upper()}": str(value) for name, value in url.query.items()}
    known = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return {**os.environ, **query, **{name: value for name, value in known.items() if value}}
