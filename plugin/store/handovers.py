"""What the shop itself must do for a redeemed promise: kept until its server has heard of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from plugin.store.offer_tables import handovers


@dataclass(frozen=True)
class Handover:
    """One of them; `told`: the body of the webhook. `due_at` None: told at `told_at`, or given up."""

    shop_id: str
    redemption_id: str
    told: Mapping[str, Any]
    attempts: int
    due_at: datetime | None
    told_at: datetime | None = None


def add(connection: Connection, handover: Handover) -> None:
    """Keep one to be told."""
    connection.execute(insert(handovers).values(vars(handover)))


def due(connection: Connection, shop_id: str, now: datetime, most: int) -> list[Handover]:
    """Those of the shop that are to be told now, the longest waiting first."""
    mine = (handovers.c.shop_id == shop_id, handovers.c.due_at <= now)
    rows = connection.execute(select(handovers).where(*mine).order_by(handovers.c.due_at).limit(most))
    return [Handover(**row._mapping) for row in rows]


def drop(connection: Connection, shop_id: str, redemption_id: str) -> bool:
    """Forget one that is not told yet, or was never to be; False: the shop has heard of it."""
    mine = (handovers.c.shop_id == shop_id, handovers.c.redemption_id == redemption_id)
    told = select(handovers.c.told_at).where(*mine, handovers.c.told_at.is_not(None))
    if connection.execute(told.with_for_update()).first() is not None:
        return False
    connection.execute(delete(handovers).where(*mine))
    return True


def tried(
    connection: Connection, handover: Handover, again_at: datetime | None, told_at: datetime | None
) -> None:
    """It was told at `told_at`, or is to be tried again at `again_at`; neither: it is given up."""
    statement = update(handovers).where(
        handovers.c.shop_id == handover.shop_id, handovers.c.redemption_id == handover.redemption_id
    )
    changes = {"attempts": handover.attempts + 1, "due_at": again_at, "told_at": told_at}
    connection.execute(statement.values(changes))
