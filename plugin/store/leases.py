"""Leases: who may do a thing that only one may do at a time, until when. A lapsed lease is anybody's."""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store.tables import leases


@dataclass(frozen=True)
class Lease:
    """One attempt to hold `name` of a shop for `seconds`; `owner` is unique to the attempt."""

    shop_id: str
    name: str
    owner: str
    seconds: float

    @classmethod
    def attempt(cls, shop_id: str, name: str, seconds: float) -> "Lease":
        """A new attempt by this process; its owner says which one, for whoever looks into the table."""
        owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        return cls(shop_id, name, owner, seconds)

    def ends(self, now: datetime) -> datetime:
        """When a lease taken or renewed at `now` lapses."""
        return now + timedelta(seconds=self.seconds)


def take(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Take the lease if it is free or lapsed; of many who try at once exactly one gets True."""
    row = {"shop_id": lease.shop_id, "name": lease.name, "owner": lease.owner, "expires_at": lease.ends(now)}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(leases).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=["shop_id", "name"],
        set_={"owner": lease.owner, "expires_at": row["expires_at"]},
        where=leases.c.expires_at <= now,
    )
    return bool(connection.execute(statement.returning(leases.c.owner)).first())


def renew(connection: Connection, lease: Lease, now: datetime) -> bool:
    """Hold the lease for its seconds from `now`; False if it has lapsed: then it must be taken as lost."""
    statement = update(leases).where(_mine(lease), leases.c.expires_at > now)
    return connection.execute(statement.values(expires_at=lease.ends(now))).rowcount == 1


class LostError(Exception):
    """Somebody else has taken over: what was begun is left to them."""


def hold(connection: Connection, lease: Lease, now: datetime) -> None:
    """Hold the lease for its seconds from `now`, or raise `LostError`."""
    if not renew(connection, lease, now):
        raise LostError


def release(connection: Connection, lease: Lease) -> None:
    """Give the lease up; one that somebody else has taken since is left alone."""
    connection.execute(delete(leases).where(_mine(lease)))


def end(connection: Connection, shop_id: str, name: str) -> None:
    """Take the lease from whoever holds it: what they began is of no use any more."""
    connection.execute(delete(leases).where(leases.c.shop_id == shop_id, leases.c.name == name))


def held(connection: Connection, shop_id: str, name: str, now: datetime) -> bool:
    """Whether anybody holds `name` of the shop at `now`."""
    found = lapses_at(connection, shop_id, name)
    return found is not None and found > now


def lapses_at(connection: Connection, shop_id: str, name: str) -> datetime | None:
    """When the lease lapses or has lapsed; None if it was given up or never taken."""
    statement = select(leases.c.expires_at).where(leases.c.shop_id == shop_id, leases.c.name == name)
    return connection.execute(statement).scalar_one_or_none()


def _mine(lease: Lease) -> ColumnElement[bool]:
    return and_(leases.c.shop_id == lease.shop_id, leases.c.name == lease.name, leases.c.owner == lease.owner)
