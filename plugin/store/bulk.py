"""Many rows at once: in by the driver's fastest way, out as columns."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, Table

from plugin.store.instants import milliseconds

_FETCHED_AT_ONCE = 50_000


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
    """Insert `rows`, tuples in the order of `columns`, in the database's own form.

    That form is what no column type has to turn first: times as integer milliseconds, JSON as text (`raw`).
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns, rows)
        return
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - own names
    connection.exec_driver_sql(statement, list(rows))


def raw(row: Mapping[str, Any], columns: Sequence[str]) -> tuple[Any, ...]:
    """`row`'s values in the order of `columns`, as `insert_rows` takes them; missing ones are null."""
    return tuple(_raw_value(row.get(name)) for name in columns)


def _raw_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, list):
        return json.dumps(value)
    return value


def _copy(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Any]) -> None:
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def frame(connection: Connection, statement: Select[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    """The answer to `statement` as columns of `schema` (names and polars types), fetched in portions.

    Values are the driver's own: over a million rows, turning each through its column type costs more than all
    the rest. Select times as integers of milliseconds, and JSON cast to text.
    """
    result = connection.execute(statement)
    parts = [pl.DataFrame(schema=schema)]
    while rows := result.cursor.fetchmany(_FETCHED_AT_ONCE):
        columns = dict(zip(schema, zip(*rows, strict=True), strict=True))
        parts.append(pl.DataFrame(columns, schema=schema, strict=False))
    result.close()
    return pl.concat(parts)
