"""How far a platform's API has been read, so that whoever is killed goes on where it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from plugin.store import leases, platform_products
from plugin.store.platform_tables import platform_readings as table

LEASE = "reading"
WEBHOOKS = "webhooks"
"""Looked at like a noun: whether the platform still sends them."""
GONE = "gone"
"""Looked at like a noun: which products are not there any more."""


@dataclass(frozen=True)
class Reading:
    """One noun of one platform. `place` is the platform's own; None: nothing was read yet.

    `rows_done`: since it last began to catch up; `rows_left`: as the platform last told; `attempts` that
    failed in a row, the last for `message`; `caught_up_at`: when nothing was left last; `rejected`: which one
    could not be used last, and why.
    """

    shop_id: str
    platform: str
    noun: str
    due_at: datetime
    place: Mapping[str, Any] | None = None
    rows_done: int = 0
    rows_left: int | None = None
    attempts: int = 0
    message: str | None = None
    caught_up_at: datetime | None = None
    rejected: str | None = None


def of(connection: Connection, shop_id: str) -> dict[tuple[str, str], Reading]:
    """All readings of the shop by platform and noun."""
    rows = connection.execute(select(table).where(table.c.shop_id == shop_id))
    return {(row.platform, row.noun): Reading(**row._mapping) for row in rows}


def keep(connection: Connection, reading: Reading) -> None:
    """Keep how far it has come."""
    mine = _of(reading.shop_id, reading.platform, reading.noun)
    connection.execute(delete(table).where(*mine))
    connection.execute(insert(table).values(vars(reading)))


def hasten(connection: Connection, shop_id: str, platform: str, noun: str, now: datetime) -> None:
    """Have what is known of the noun looked at now, if that is not due before. The lease is held."""
    mine = (*_of(shop_id, platform, noun), table.c.due_at > now)
    connection.execute(update(table).where(*mine).values(due_at=now))


def confirm_gone(connection: Connection, shop_id: str, platform: str, now: datetime) -> None:
    """Have products that are not there any more removed at the next look, however many, which is now, if that
    was doubted: a yes that nobody asked for says nothing. Whoever reads just now has lost the lease."""
    leases.end(connection, shop_id, LEASE)
    mine = _of(shop_id, platform, GONE)
    place = connection.execute(select(table.c.place).where(*mine)).scalar_one_or_none()
    if (place or {}).get("is_doubtful"):
        again = {"place": {"is_sure": True}, "due_at": now, "message": None}
        connection.execute(update(table).where(*mine).values(again))


def forget(connection: Connection, shop_id: str, platform: str, noun: str | None = None) -> None:
    """Begin from the beginning the next time, which is now; `noun` None: with all, and nothing that was read
    is missed there any more. Whoever reads just now has lost the lease, and keeps nothing of it."""
    leases.end(connection, shop_id, LEASE)
    connection.execute(delete(table).where(*_of(shop_id, platform, noun)))
    if noun is None:
        platform_products.forget(connection, shop_id, platform)


def _of(shop_id: str, platform: str, noun: str | None) -> tuple[ColumnElement[bool], ...]:
    every = (table.c.shop_id == shop_id, table.c.platform == platform)
    return every if noun is None else (*every, table.c.noun == noun)
