"""How far a platform's API has been read, so that whoever is killed goes on where it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from plugin.store import leases
from plugin.store.platform_tables import platform_readings as table

LEASE = "reading"
WEBHOOKS = "webhooks"
"""Looked at like a noun: whether the platform still sends them."""


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
    mine = (
        table.c.shop_id == reading.shop_id,
        table.c.platform == reading.platform,
        table.c.noun == reading.noun,
    )
    connection.execute(delete(table).where(*mine))
    connection.execute(insert(table).values(vars(reading)))


def forget(connection: Connection, shop_id: str, platform: str, noun: str | None = None) -> None:
    """Begin from the beginning the next time, which is now; `noun` None: with all. Whoever reads just now
    has lost the lease, and keeps nothing of it."""
    leases.end(connection, shop_id, LEASE)
    mine = [table.c.shop_id == shop_id, table.c.platform == platform]
    connection.execute(delete(table).where(*mine, *([table.c.noun == noun] if noun else [])))
