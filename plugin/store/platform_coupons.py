"""Coupons in the shop itself: which offers' codes are made there, and which ones may still be there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Exists, delete, exists, func, insert, or_, select, update

from plugin.store.offer_tables import acceptances, offer_codes, offers
from plugin.store.platform_tables import connected_platforms
from plugin.store.platform_tables import platform_coupons as table

LEASE = "coupons"
POOL = 20
"""So many wait in the shop; they stand in its list of coupons."""
IN_POOL = timedelta(days=14)
"""So long one waits there for somebody; then another takes its place."""
_TRY_AGAIN_AFTER = timedelta(minutes=10)
KINDS = ("percent_off", "amount_off", "free_shipping", "spend_more")
"""What every platform's coupons can say; of `percent_off` only that of a whole cart."""


@dataclass(frozen=True)
class PlatformCoupon:
    """A coupon in the shop, which calls it `coupon_id`, made of an offer as it was in that version.

    `ends_at`: when it ends there by itself; `is_lost`: the platform is connected no more where it was made.
    """

    shop_id: str
    code: str
    platform: str
    offer_id: str
    offer_version: int
    coupon_id: str
    made_at: datetime
    ends_at: datetime
    is_lost: bool = False


def are_made_there(connection: Connection, shop_id: str, definition: Mapping[str, Any]) -> bool:
    """Whether the codes of this offer are coupons of the shop's platform."""
    parameters = definition["parameters"]
    if definition["kind"] not in KINDS or parameters.get("of_products") or parameters.get("of_categories"):
        return False
    mine = (connected_platforms.c.shop_id == shop_id, connected_platforms.c.coupons.is_(True))
    return connection.execute(select(connected_platforms.c.platform).where(*mine)).first() is not None


def keep(connection: Connection, made: PlatformCoupon, now: datetime) -> None:
    """Keep a coupon that is in the shop now, and put its code into its offer's pool, if that is still as it
    was when the coupon was made, and the coupon is not lost."""
    mine = (offers.c.shop_id == made.shop_id, offers.c.offer_id == made.offer_id)
    known = connection.execute(
        select(offers.c.version, offers.c.deleted).where(*mine).with_for_update()
    ).first()
    if known is None:  # the shop was removed meanwhile
        return
    connection.execute(insert(table).values(vars(made)))
    if made.is_lost or known.deleted or known.version != made.offer_version:
        return
    code = {"shop_id": made.shop_id, "offer_id": made.offer_id, "code": made.code}
    connection.execute(insert(offer_codes).values(code))
    _count(connection, made.shop_id, made.offer_id, 1, now)


def drop_stale(connection: Connection, shop_id: str, offer_id: str, version: int, now: datetime) -> int:
    """Take codes out of the offer's pool that are no coupons of its present version where coupons are made
    now, or have waited long enough; gives how many."""
    makes = select(connected_platforms.c.platform).where(
        connected_platforms.c.shop_id == shop_id, connected_platforms.c.coupons.is_(True)
    )
    fresh = _is_coupon(shop_id).where(
        table.c.offer_version == version,
        table.c.made_at > now - IN_POOL,
        table.c.platform.in_(makes),
        table.c.is_lost.is_(False),
    )
    return _drop(connection, (shop_id, offer_id), ~fresh, now)


def drop_all(connection: Connection, shop_id: str, offer_id: str, now: datetime) -> int:
    """Take every coupon's code out of the offer's pool: its codes are none now; gives how many."""
    return _drop(connection, (shop_id, offer_id), _is_coupon(shop_id), now)


def to_remove(connection: Connection, shop_id: str, now: datetime, most: int) -> list[PlatformCoupon]:
    """Coupons that nobody may use any more (neither in a pool nor promised, or used up), of platforms whose
    API can be asked; those that the shop refused to remove some minutes later."""
    pooled = exists().where(offer_codes.c.shop_id == shop_id, offer_codes.c.code == table.c.code)
    opens = exists().where(
        connected_platforms.c.shop_id == shop_id,
        connected_platforms.c.platform == table.c.platform,
        connected_platforms.c.token.is_not(None),
    )
    rested = or_(table.c.tried_at.is_(None), table.c.tried_at <= now - _TRY_AGAIN_AFTER)
    mine = (
        table.c.shop_id == shop_id,
        table.c.is_lost.is_(False),
        ~pooled,
        ~_promised(shop_id),
        opens,
        rested,
    )
    return _coupons(connection, mine, most)


def any_of(connection: Connection, shop_id: str, platform: str) -> bool:
    """Whether coupons of the platform are in the shop that are promised to nobody, and that it did not
    refuse to remove; lost ones cannot be."""
    mine = (table.c.shop_id == shop_id, table.c.platform == platform, table.c.is_lost.is_(False))
    left = select(table.c.code).where(*mine, table.c.tried_at.is_(None), ~_promised(shop_id)).limit(1)
    return connection.execute(left).first() is not None


def all_of(connection: Connection, shop_id: str) -> list[PlatformCoupon]:
    """All that can be removed where they were made, oldest first."""
    return _coupons(connection, (table.c.shop_id == shop_id, table.c.is_lost.is_(False)), None)


def standing(connection: Connection, shop_id: str, now: datetime) -> int:
    """How many may stand in the shop until they end, lost ones too."""
    mine = (table.c.shop_id == shop_id, table.c.ends_at > now)
    return connection.execute(select(func.count()).select_from(table).where(*mine)).scalar_one()


def tried(connection: Connection, coupon: PlatformCoupon, now: datetime) -> None:
    """The shop refused to remove it."""
    mine = (table.c.shop_id == coupon.shop_id, table.c.code == coupon.code)
    connection.execute(update(table).where(*mine).values(tried_at=now))


def forget(connection: Connection, coupon: PlatformCoupon) -> None:
    """It is in the shop no more."""
    connection.execute(delete(table).where(table.c.shop_id == coupon.shop_id, table.c.code == coupon.code))


def lose_all(connection: Connection, shop_id: str, platform: str) -> None:
    """Name no coupon there any more: what they are called there may be another shop's now."""
    mine = (table.c.shop_id == shop_id, table.c.platform == platform)
    connection.execute(update(table).where(*mine).values(is_lost=True))


def forget_ended(connection: Connection, shop_id: str, now: datetime) -> None:
    """Forget the lost ones that have ended."""
    mine = (table.c.shop_id == shop_id, table.c.is_lost.is_(True), table.c.ends_at <= now)
    connection.execute(delete(table).where(*mine))


def note(connection: Connection, shop_id: str, platform: str, message: str | None) -> None:
    """Keep why coupons could not be made, or (None) that they were."""
    mine = (connected_platforms.c.shop_id == shop_id, connected_platforms.c.platform == platform)
    connection.execute(update(connected_platforms).where(*mine).values(coupons_message=message))


def _coupons(
    connection: Connection, mine: Sequence[ColumnElement[bool]], most: int | None
) -> list[PlatformCoupon]:
    columns = [table.c[name] for name in PlatformCoupon.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(*mine).order_by(table.c.made_at).limit(most))
    return [PlatformCoupon(**row._mapping) for row in rows]


def _is_coupon(shop_id: str) -> Exists:
    return exists().where(table.c.shop_id == shop_id, table.c.code == offer_codes.c.code)


def _promised(shop_id: str) -> Exists:
    return exists().where(
        acceptances.c.shop_id == shop_id,
        acceptances.c.code == table.c.code,
        acceptances.c.status == "accepted",
    )


def _drop(connection: Connection, of: tuple[str, str], which: ColumnElement[bool], now: datetime) -> int:
    mine = (offer_codes.c.shop_id == of[0], offer_codes.c.offer_id == of[1])
    gone = connection.execute(delete(offer_codes).where(*mine, which)).rowcount
    if gone:
        _count(connection, *of, -gone, now)
    return gone


def _count(connection: Connection, shop_id: str, offer_id: str, more: int, now: datetime) -> None:
    mine = (offers.c.shop_id == shop_id, offers.c.offer_id == offer_id)
    changed = {"codes_left": offers.c.codes_left + more, "touched_at": now}
    connection.execute(update(offers).where(*mine).values(changed))
