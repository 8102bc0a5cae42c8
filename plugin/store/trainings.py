"""Trainings: asked for, running, and how each one ended. A shop has one of either at the most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plugin.store import leases, shops
from plugin.store import tables as t

REASONS = (
    "no_orders",
    "changed_meanwhile",
    "no_memory",
    "too_long",
    "interrupted",
    "stopped",
    "died",
    "error",
)
"""Why a training ended without a model, beside what the gate says."""

ERASURE = "erasure"
"""The cause of a training that is to forget somebody."""

LEASE = "training"
"""The name of the lease that whoever trains a shop holds."""


@dataclass(frozen=True)
class Training:
    """One row: `cause` is schedule, orders, merchant, erasure or command; `status` requested, running,
    published, rejected (the older model was kept) or failed. How it ended: `reason` is a stable word (the
    gate's, or of `REASONS`), `details` the facts behind it, `message` the same as an English sentence."""

    shop_id: str
    training_id: int
    cause: str
    status: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    message: str | None
    model_version: int | None
    reason: str | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a training ended: `status` published, rejected or failed, and why, in words and as a word."""

    status: str
    message: str
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)
    model_version: int | None = None


def request(connection: Connection, shop_id: str, cause: str, now: datetime) -> Training:
    """Ask for a training; while one is asked for or running, that one is given back.

    One that is to forget somebody is asked for behind a running one, which may know their orders already.
    """
    shops.lock(connection, shop_id)
    before = latest(connection, shop_id)
    suffices = ("requested",) if cause == ERASURE else ("requested", "running")
    if before is not None and before.status in suffices:
        return before
    training_id = before.training_id + 1 if before else 1
    new = Training(shop_id, training_id, cause, "requested", now, None, None, None, None)
    connection.execute(insert(t.trainings).values(vars(new)))
    return new


def start(connection: Connection, training: Training, now: datetime) -> bool:
    """Mark a requested training as running; False if somebody has started or ended it already."""
    return _move(connection, training, "requested", {"status": "running", "started_at": now})


def tell(connection: Connection, training: Training, details: Mapping[str, Any]) -> bool:
    """Keep what a running training is at (`step`, `count`), until it ends."""
    return _move(connection, training, "running", {"details": details})


def finish(connection: Connection, training: Training, outcome: Outcome, now: datetime) -> bool:
    """Mark a running training as ended; False if it was ended already."""
    return _move(connection, training, "running", vars(outcome) | {"finished_at": now})


def find(connection: Connection, shop_id: str, training_id: int) -> Training | None:
    """The shop's training of this number, or None."""
    mine = (t.trainings.c.shop_id == shop_id, t.trainings.c.training_id == training_id)
    return next(iter(_typed(connection.execute(select(t.trainings).where(*mine)).all())), None)


def latest(connection: Connection, shop_id: str) -> Training | None:
    """The shop's newest training, or None."""
    return next(iter(recent(connection, shop_id, 1)), None)


def recent(connection: Connection, shop_id: str, limit: int) -> list[Training]:
    """The shop's newest `limit` trainings, newest first."""
    newest = t.trainings.c.training_id.desc()
    rows = connection.execute(
        select(t.trainings).where(t.trainings.c.shop_id == shop_id).order_by(newest).limit(limit)
    )
    return _typed(rows.all())


def requested(connection: Connection) -> list[Training]:
    """All shops' trainings that wait to be done, the longest waiting first."""
    return _with_status(connection, "requested")


def interrupted(connection: Connection, now: datetime) -> list[Training]:
    """All shops' trainings marked as running that nobody is at any more: their lease has lapsed."""
    running = _with_status(connection, "running")
    return [each for each in running if not leases.held(connection, each.shop_id, LEASE, now)]


def _with_status(connection: Connection, status: str) -> list[Training]:
    rows = connection.execute(
        select(t.trainings).where(t.trainings.c.status == status).order_by(t.trainings.c.requested_at)
    )
    return _typed(rows.all())


def _typed(rows: Sequence[Row[Any]]) -> list[Training]:
    return [Training(**row._mapping) for row in rows]


def _move(connection: Connection, training: Training, status: str, values: Mapping[str, Any]) -> bool:
    statement = update(t.trainings).where(
        t.trainings.c.shop_id == training.shop_id,
        t.trainings.c.training_id == training.training_id,
        t.trainings.c.status == status,
    )
    return connection.execute(statement.values(values)).rowcount == 1
