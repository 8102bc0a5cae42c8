"""Deliveries: what platforms sent, kept before it is answered, until a job has worked it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plugin.store import shops
from plugin.store.platform_tables import deliveries as table
from plugin.vault import Vault

LEASE = "deliveries"
KEPT_BODY = timedelta(days=7)
"""How long the body of what could not be used stays, so that it can be worked again."""
KEPT_ROW = timedelta(days=30)
"""How long it is known that a delivery was seen."""
_WITHOUT_BODY = [column for column in table.columns if column.name != "body"]


@dataclass(frozen=True)
class Arrival:
    """An authentic delivery as it came in."""

    shop_id: str
    platform: str
    delivery_id: str
    topic: str
    received_at: datetime
    body: bytes


@dataclass(frozen=True)
class Delivery:
    """A delivery as it stands. `verdict` None: it waits. `due_at` None: it was worked, or given up."""

    shop_id: str
    platform: str
    delivery_id: str
    topic: str
    received_at: datetime
    verdict: str | None
    message: str | None
    attempts: int
    due_at: datetime | None
    worked_at: datetime | None


@dataclass(frozen=True)
class Kind:
    """A topic and a verdict, of which `WAITS` is none yet; empty: any."""

    topic: str = ""
    verdict: str = ""

    def holds(self, other: "Kind") -> bool:
        """Whether all of that kind are of this one."""
        return self.topic in ("", other.topic) and self.verdict in ("", other.verdict)


ALL, WAITS = Kind(), "waits"


def add(connection: Connection, vault: Vault, arrival: Arrival) -> bool:
    """Keep a delivery that is to be worked at once; False if it was seen before: nothing is written.

    `Refusal("unknown_shop")` if the shop was removed meanwhile.
    """
    shops.stay(connection, arrival.shop_id)
    row = {**vars(arrival), "due_at": arrival.received_at}
    row["body"] = vault.seal(arrival.shop_id, arrival.body)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(table).values(row).on_conflict_do_nothing()
    return connection.execute(statement.returning(table.c.delivery_id)).first() is not None


def next_due(
    connection: Connection, vault: Vault, shop_id: str, now: datetime
) -> tuple[Delivery, bytes] | None:
    """The delivery that waits longest, with its body; None if none is due."""
    mine = (table.c.shop_id == shop_id, table.c.due_at <= now, table.c.body.is_not(None))
    in_turn = select(table).where(*mine).order_by(table.c.due_at, table.c.received_at, table.c.delivery_id)
    row = connection.execute(in_turn.limit(1)).first()
    if row is None:
        return None
    facts = dict(row._mapping)
    return Delivery(**{k: v for k, v in facts.items() if k != "body"}), vault.unseal(shop_id, facts["body"])


def is_due(connection: Connection, shop_id: str, now: datetime) -> bool:
    """Whether the shop has a delivery to be worked now."""
    mine = (table.c.shop_id == shop_id, table.c.due_at <= now, table.c.body.is_not(None))
    return connection.execute(select(table.c.delivery_id).where(*mine).limit(1)).first() is not None


def shops_waiting(connection: Connection, now: datetime) -> list[str]:
    """The shops that have a delivery due."""
    statement = select(table.c.shop_id).where(table.c.due_at <= now).distinct().order_by(table.c.shop_id)
    return list(connection.execute(statement).scalars())


def finish(
    connection: Connection, delivery: Delivery, verdict: str, message: str | None, at: datetime
) -> None:
    """It was worked with this verdict; its body goes unless it may be worked again."""
    values: dict[str, Any] = {"verdict": verdict, "message": message, "worked_at": at, "due_at": None}
    values["attempts"] = delivery.attempts + 1
    if verdict not in TO_WORK_AGAIN:
        values["body"] = None
    connection.execute(update(table).where(_one(delivery)).values(values))


TO_WORK_AGAIN = ("rejected", "unreadable", "failed")
"""Verdicts on what could not be used: a mended product, setting or Encore may use it yet."""


def try_again(connection: Connection, delivery: Delivery, due_at: datetime, message: str | None) -> None:
    """It could not be worked now, and is to be tried again at `due_at`."""
    values: dict[str, Any] = {"attempts": delivery.attempts + 1, "due_at": due_at, "message": message}
    connection.execute(update(table).where(_one(delivery)).values(values))


def put_off(connection: Connection, delivery: Delivery, due_at: datetime, message: str | None) -> None:
    """It was not tried, and is to be at `due_at`."""
    connection.execute(update(table).where(_one(delivery)).values(due_at=due_at, message=message))


def work_again(connection: Connection, shop_id: str, platform: str, delivery_id: str, now: datetime) -> bool:
    """Have a delivery worked again from the start; False if there is none, or its body is gone."""
    mine = (table.c.shop_id == shop_id, table.c.platform == platform, table.c.delivery_id == delivery_id)
    values = {"verdict": None, "message": None, "worked_at": None, "attempts": 0, "due_at": now}
    statement = update(table).where(*mine, table.c.body.is_not(None)).values(values)
    return connection.execute(statement).rowcount == 1


def kinds(connection: Connection, shop_id: str) -> dict[Kind, int]:
    """How many deliveries there are of each topic and verdict."""
    columns = (table.c.topic, table.c.verdict)
    counted = select(*columns, func.count()).where(table.c.shop_id == shop_id).group_by(*columns)
    return {Kind(topic, verdict or WAITS): count for topic, verdict, count in connection.execute(counted)}


def latest(
    connection: Connection, shop_id: str, most: int, of: Kind = ALL, skip: int = 0
) -> list[tuple[Delivery, bool]]:
    """The newest deliveries of a kind after the first `skip`, and of each whether it can be worked again."""
    statement = select(*_WITHOUT_BODY, table.c.body.is_not(None).label("has_body"))
    wanted = [table.c.shop_id == shop_id, *([table.c.topic == of.topic] if of.topic else [])]
    if of.verdict:
        wanted.append(table.c.verdict.is_not_distinct_from(None if of.verdict == WAITS else of.verdict))
    in_turn = statement.where(*wanted).order_by(table.c.received_at.desc(), table.c.delivery_id)
    rows = [dict(row._mapping) for row in connection.execute(in_turn.limit(most).offset(skip))]
    return [(Delivery(**{k: v for k, v in row.items() if k != "has_body"}), row["has_body"]) for row in rows]


def last_at(connection: Connection, shop_id: str, platform: str) -> datetime | None:
    """When the platform's newest delivery came; None: none did that is still known."""
    mine = (table.c.shop_id == shop_id, table.c.platform == platform)
    newest = select(table.c.received_at).where(*mine).order_by(table.c.received_at.desc())
    return connection.execute(newest.limit(1)).scalar()


def data_requested(connection: Connection, shop_id: str) -> list[tuple[str, datetime]]:
    """Which customers (by id) asked through a platform what is kept of them, and when; newest first."""
    columns = (table.c.message, table.c.received_at)
    mine = (table.c.shop_id == shop_id, table.c.verdict == "data_requested")
    asked = select(*columns).where(*mine).order_by(table.c.received_at.desc())
    return [(row.message, row.received_at) for row in connection.execute(asked)]


def forget_bodies(connection: Connection, shop_id: str) -> None:
    """Drop every kept body that is not waiting: somebody whose data may stand in one was erased."""
    statement = update(table).where(table.c.shop_id == shop_id, table.c.due_at.is_(None))
    connection.execute(statement.values(body=None))


def clean(connection: Connection, shop_id: str, now: datetime) -> None:
    """Drop bodies that have been kept long enough, and rows that nobody asks for any more."""
    done = (table.c.shop_id == shop_id, table.c.due_at.is_(None))
    old = update(table).where(*done, table.c.received_at < now - KEPT_BODY, table.c.body.is_not(None))
    connection.execute(old.values(body=None))
    connection.execute(delete(table).where(*done, table.c.received_at < now - KEPT_ROW))


def _one(delivery: Delivery) -> ColumnElement[bool]:
    return and_(
        table.c.shop_id == delivery.shop_id,
        table.c.platform == delivery.platform,
        table.c.delivery_id == delivery.delivery_id,
    )
