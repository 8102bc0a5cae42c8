"""All that is kept encrypted, in whichever table, and hiding it anew with the newest key."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Select, select, tuple_, update

from plugin.errors import Refusal
from plugin.store import shops
from plugin.store.database import Database
from plugin.store.tables import metadata
from plugin.vault import Vault

Tell = Callable[[str, int], None]
_TOGETHER = 50
"""Rows in one transaction, so that nobody else waits long; a delivery's body may be 5 MB."""


@dataclass(frozen=True)
class Renewal:
    """What became of the values of one column: `unreadable` are those that none of the keys opens."""

    column: str
    renewed: int = 0
    unreadable: int = 0


def columns() -> list[Column[Any]]:
    """Every column that is marked as encrypted: text, bytes, or a JSON list of texts."""
    return [each for table in metadata.sorted_tables for each in table.columns if each.info.get("encrypted")]


def renew(database: Database, vault: Vault, tell: Tell) -> list[Renewal]:
    """Hide everything anew that is not hidden with the newest key, while others go on working.

    `tell` hears of a column and how many of its rows are done. What none of the keys opens stays as it is.
    """
    with database.read() as connection:
        shop_ids = shops.all_ids(connection)
    renewals = []
    for column in columns():
        done = [_renew_shop(database, vault, shop_id, column, tell) for shop_id in shop_ids]
        renewed, unreadable = (sum(each[place] for each in done) for place in (0, 1))
        renewals.append(Renewal(str(column), renewed, unreadable))
    return renewals


def _renew_shop(
    database: Database, vault: Vault, shop_id: str, column: Column[Any], tell: Tell
) -> tuple[int, int]:
    """How many values were hidden anew, and how many are unreadable."""
    renewed = unreadable = seen = 0
    statement: Select[Any] | None = _first(shop_id, column)
    while statement is not None:
        with database.write() as connection:
            try:
                shops.lock(connection, shop_id)
            except Refusal:  # the shop has gone meanwhile
                break
            rows = connection.execute(statement).all()
            for row in rows:
                outcome = _renew_row(connection, vault, column, row)
                renewed, unreadable = renewed + (outcome is True), unreadable + (outcome is None)
        seen += len(rows)
        tell(str(column), seen)
        statement = _after(shop_id, column, rows[-1]) if len(rows) == _TOGETHER else None
    return renewed, unreadable


def _first(shop_id: str, column: Column[Any]) -> Select[Any]:
    key = column.table.primary_key.columns
    mine = (column.table.c.shop_id == shop_id, column.is_not(None))
    return select(*key, column).where(*mine).order_by(*key).limit(_TOGETHER).with_for_update()


def _after(shop_id: str, column: Column[Any], last: Any) -> Select[Any]:
    key = column.table.primary_key.columns
    return _first(shop_id, column).where(tuple_(*key) > tuple_(*last[:-1]))


def _renew_row(connection: Connection, vault: Vault, column: Column[Any], row: Any) -> bool | None:
    """True: hidden anew; False: it was already; None: unreadable."""
    *place, value = row
    try:
        new = _renewed(vault, place[0], value)
    except Refusal:
        return None
    if new == value:
        return False
    key = zip(column.table.primary_key.columns, place, strict=True)
    here = [part == is_ for part, is_ in key]
    connection.execute(update(column.table).where(*here).values({column.name: new}))
    return True


def _renewed(vault: Vault, shop_id: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_renewed(vault, shop_id, each) for each in value]
    if isinstance(value, str):
        return _renewed(vault, shop_id, value.encode()).decode()
    return vault.renewed(shop_id, value) or value
