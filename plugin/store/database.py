"""One database behind one door: SQLite (WAL) or PostgreSQL, with reads and writes told apart."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from plugin.config import make_folder
from plugin.errors import Refusal

__all__ = ["Connection", "Database"]  # other rooms hand a connection on; its name comes from here

_PATIENCE_MS = 10_000

_SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    f"PRAGMA busy_timeout={_PATIENCE_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """Opens short transactions on the store.

    A write on SQLite begins with `BEGIN IMMEDIATE`: a transaction that reads first and locks later fails with
    "database is locked" as soon as two of them meet.
    """

    def __init__(self, url: str) -> None:
        """`Refusal("bad_configuration")` if `url` is not the address of a SQLite or PostgreSQL database."""
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite's transactions see one state by themselves; PostgreSQL's, left alone, one a statement.
        self._reading = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and changes nothing."""
        with self.engine.connect().execution_options(**self._reading) as connection:
            yield connection
            connection.rollback()

    @contextmanager
    def write(self, wait_seconds: float | None = None) -> Iterator[Connection]:
        """A connection whose changes are committed together at the end, or not at all.

        `Refusal("busy")` if another writer holds for `wait_seconds` what is to be changed (None: as long as
        the database waits by itself, ten seconds on SQLite).
        """
        wait_ms = None if wait_seconds is None else round(wait_seconds * 1000)
        options: dict[str, Any] = {"writes": True, "wait_ms": wait_ms}
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            if _waited_in_vain(error):
                raise Refusal("busy", "Something else is being written: try again in a while.") from error
            raise

    def require_reachable(self) -> None:
        """Raise `Refusal("database_unreachable")` if no connection can be made."""
        try:
            self.engine.connect().close()
        except (DBAPIError, sqlite3.Error) as error:
            address = self.engine.url.render_as_string(hide_password=True)
            raise Refusal(
                "database_unreachable",
                f"The database at {address} cannot be reached: {_first_line(error)} "
                "See that it runs and that ENCORE_DATABASE_URL names it.",
            ) from None

    def close(self) -> None:
        """Give all pooled connections back to the system."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        kind = make_url(url).drivername
    except (ArgumentError, ValueError):  # ValueError: the port is no number
        kind = "unreadable"
    if kind == "sqlite":
        return _sqlite_engine(url)
    if kind in ("postgres", "postgresql", "postgresql+psycopg"):
        return _postgres_engine(url)
    raise Refusal(  # the address is not repeated: it may hold a password
        "bad_configuration",
        "ENCORE_DATABASE_URL is not the address of a database that Encore knows. Give "
        "postgresql://USER:PASSWORD@HOST/NAME or sqlite:////FOLDER/encore.db, or leave it out.",
    )


def _first_line(error: Exception) -> str:
    told = str(getattr(error, "orig", None) or error).strip().splitlines()
    return f"{told[0].rstrip('.')}." if told else f"{type(error).__name__}."


def _postgres_engine(url: str) -> Engine:
    plain = make_url(url)
    if plain.drivername in ("postgres", "postgresql"):
        plain = plain.set(drivername="postgresql+psycopg")
    engine = create_engine(plain, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path:
        make_folder(Path(path).parent)
    engine = create_engine(url, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for statement in _SQLITE_SETTINGS:
        connection.execute(statement)


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    # Set each time: who had this connection last may have had a patience of their own.
    connection.exec_driver_sql(f"PRAGMA busy_timeout={options.get('wait_ms') or _PATIENCE_MS}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    wait_ms = connection.get_execution_options().get("wait_ms")
    if wait_ms is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait_ms}")


def _waited_in_vain(error: DBAPIError) -> bool:
    locked_in_sqlite = getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")
    return locked_in_sqlite or getattr(error.orig, "sqlstate", None) == "55P03"  # lock_not_available
