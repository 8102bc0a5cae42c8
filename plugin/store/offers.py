"""Offers as they are kept: definitions by version, and the running sums that budgets are held by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from plugin.store import offer_codes
from plugin.store.offer_tables import offer_codes as codes
from plugin.store.offer_tables import offers

Bound = TypeVar("Bound", datetime, int)


@dataclass(frozen=True)
class StoredOffer:
    """One offer's row; amounts in minor units, `budget_…` None: no bound.

    `told_end_at`, `told_days`: the earliest end, and the fewest days since a person's last order, that it has
    been live with.
    """

    shop_id: str
    offer_id: str
    definition: Mapping[str, Any]
    version: int
    paused: bool
    deleted: bool
    budget_minor: int | None
    budget_count: int | None
    reserved_minor: int
    spent_minor: int
    loss_minor: int
    accepted: int
    redeemed: int
    codes_left: int
    created_at: datetime
    touched_at: datetime
    told_end_at: datetime | None = None
    told_days: int | None = None

    def trouble(self, cost_minor: int) -> str | None:
        """Why nobody may accept it now at a greatest cost of `cost_minor`, in a word; None: they may."""
        if self.deleted or self.paused:
            return "offer_ended" if self.deleted else "offer_paused"
        used_minor = self.reserved_minor + self.spent_minor + cost_minor
        if self.budget_minor is not None and used_minor > self.budget_minor:
            return "budget_spent"
        if self.budget_count is not None and self.accepted >= self.budget_count:
            return "budget_spent"
        return None if self.codes_left else "no_codes"


# -- the merchant's ---------------------------------------------------------------------------------------


def put_many(
    connection: Connection, shop_id: str, given: Sequence[Mapping[str, Any]], now: datetime
) -> list[str]:
    """Keep each offer (as `schemas.offer` loads it), with codes ready; gives one verdict an offer.

    Verdicts: "created", "replaced", "unchanged"; not kept: "later_end" and "more_days" (people were told that
    it ends sooner, or may have been), "deleted_before" (sums and promises of this id are another offer's).
    The running sums stay through every change.
    """
    return [_put(connection, shop_id, each, now) for each in given]


def _put(connection: Connection, shop_id: str, definition: Mapping[str, Any], now: datetime) -> str:
    offer_id, budget = definition["offer_id"], definition["budget"]
    kept = find(connection, shop_id, offer_id, locked=True)
    if kept is not None and kept.deleted:
        return "deleted_before"
    if kept is not None and kept.definition == definition:
        return "unchanged"
    told_end_at, told_days = _told(kept, now) if kept else (None, None)
    if _is_later(_end_at(definition), told_end_at):
        return "later_end"
    if _is_later(_days(definition), told_days):
        return "more_days"
    values = {
        "told_end_at": told_end_at,
        "told_days": told_days,
        "definition": dict(definition),
        "version": kept.version + 1 if kept else 1,
        "paused": definition["paused"],
        "budget_minor": budget["total_minor"],
        "budget_count": budget["count"],
        "touched_at": now,
    }
    if kept is None:
        key = {"shop_id": shop_id, "offer_id": offer_id, "created_at": now}
        connection.execute(insert(offers).values({**values, **key}))
    else:
        connection.execute(update(offers).where(_one(shop_id, offer_id)).values(values))
    offer_codes.fill(connection, shop_id, offer_id, now)
    return "created" if kept is None else "replaced"


def _told(kept: StoredOffer, now: datetime) -> tuple[datetime | None, int | None]:
    """What people may have been told of the offer's end up to `now`: what it was live with is binding.

    Every change asks this before it is made, so no pause and no later beginning makes anybody forget.
    """
    starts_at = kept.definition["starts_at"]
    begun = starts_at is None or datetime.fromisoformat(starts_at) <= now
    if kept.paused or not begun:
        return kept.told_end_at, kept.told_days
    return (
        _earlier(kept.told_end_at, _end_at(kept.definition)),
        _earlier(kept.told_days, _days(kept.definition)),
    )


def _end_at(definition: Mapping[str, Any]) -> datetime | None:
    ends_at = definition["ends_at"]
    return None if ends_at is None else datetime.fromisoformat(ends_at)


def _days(definition: Mapping[str, Any]) -> int | None:
    """How long after their last order a person is offered it at the longest."""
    days = [each["days"] for each in definition["conditions"] if each["kind"] == "since_last_order"]
    return min(days, default=None)


def _earlier(one: Bound | None, other: Bound | None) -> Bound | None:
    return one if other is None else other if one is None else min(one, other)


def _is_later(new: Bound | None, told: Bound | None) -> bool:
    return told is not None and (new is None or new > told)


def remove(connection: Connection, shop_id: str, offer_id: str, now: datetime) -> bool:
    """Offer it to nobody any more; what was accepted is still kept. False: there is none."""
    statement = update(offers).where(_one(shop_id, offer_id), ~offers.c.deleted)
    if not connection.execute(statement.values(deleted=True, codes_left=0, touched_at=now)).rowcount:
        return False
    connection.execute(delete(codes).where(codes.c.shop_id == shop_id, codes.c.offer_id == offer_id))
    return True


# -- reading ----------------------------------------------------------------------------------------------


def find(connection: Connection, shop_id: str, offer_id: str, *, locked: bool = False) -> StoredOffer | None:
    """The offer, deleted ones too; `locked`: nobody else changes it until this transaction ends."""
    statement = select(offers).where(_one(shop_id, offer_id))
    return _typed(connection.execute(statement.with_for_update() if locked else statement).first())


def all_of(connection: Connection, shop_id: str) -> list[StoredOffer]:
    """Every offer of the shop that is not deleted, by id."""
    mine = select(offers).where(offers.c.shop_id == shop_id, ~offers.c.deleted).order_by(offers.c.offer_id)
    return [StoredOffer(**row._mapping) for row in connection.execute(mine)]


def ids_ever(connection: Connection, shop_id: str) -> set[str]:
    """The ids of all offers that there are or were: a deleted one's sums stay with its id."""
    return set(connection.scalars(select(offers.c.offer_id).where(offers.c.shop_id == shop_id)))


def touched_since(connection: Connection, since: datetime) -> list[StoredOffer]:
    """Every shop's offers that changed at or after `since`, deleted ones too."""
    rows = connection.execute(select(offers).where(offers.c.touched_at >= since))
    return [StoredOffer(**row._mapping) for row in rows]


# -- the running sums -------------------------------------------------------------------------------------


def reserve(connection: Connection, offer: StoredOffer, cost_minor: int, now: datetime) -> bool:
    """Reserve `cost_minor` and one code for an accept of `offer` as it was quoted; False: it cannot be.

    One statement looks and reserves: of many at once none can pass the budget.
    """
    used_minor = offers.c.reserved_minor + offers.c.spent_minor + cost_minor
    free = and_(
        offers.c.version == offer.version,
        ~offers.c.paused,
        ~offers.c.deleted,
        offers.c.codes_left > 0,
        or_(offers.c.budget_minor.is_(None), used_minor <= offers.c.budget_minor),
        or_(offers.c.budget_count.is_(None), offers.c.accepted < offers.c.budget_count),
    )
    changes = {
        "reserved_minor": offers.c.reserved_minor + cost_minor,
        "accepted": offers.c.accepted + 1,
        "codes_left": offers.c.codes_left - 1,
        "touched_at": now,
    }
    statement = update(offers).where(_one(offer.shop_id, offer.offer_id), free).values(changes)
    return connection.execute(statement).rowcount == 1


def book(
    connection: Connection, shop_id: str, offer_id: str, changes: Mapping[str, int], now: datetime
) -> None:
    """Add `changes` to the running sums that they name."""
    sums = {name: offers.c[name] + amount for name, amount in changes.items()}
    connection.execute(update(offers).where(_one(shop_id, offer_id)).values({**sums, "touched_at": now}))


def _one(shop_id: str, offer_id: str) -> Any:
    return and_(offers.c.shop_id == shop_id, offers.c.offer_id == offer_id)


def _typed(row: Row[Any] | None) -> StoredOffer | None:
    return None if row is None else StoredOffer(**row._mapping)
