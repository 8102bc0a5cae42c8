"""Coupons in the shop itself: which offers' codes are made there, and which ones may still be there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, select, update

from plugin.store.offer_tables import acceptances, offer_codes, offers
from plugin.store.platform_tables import connected_platforms
from plugin.store.platform_tables import platform_coupons as table

LEASE = "coupons"
POOL = 20
"""So many wait in the shop; they stand in its list of coupons."""
KINDS = ("percent_off", "amount_off", "free_shipping", "spend_more")
"""What every platform's coupons can say; of `percent_off` only that of a whole cart."""


@dataclass(frozen=True)
class PlatformCoupon:
    """A coupon in the shop, which calls it `coupon_id`, made of an offer as it was in that version."""

    shop_id: str
    code: str
    platform: str
    offer_id: str
    offer_version: int
    coupon_id: str
    made_at: datetime


def are_made_there(connection: Connection, shop_id: str, definition: Mapping[str, Any]) -> bool:
    """Whether the codes of this offer are coupons of the shop's platform."""
    parameters = definition["parameters"]
    if definition["kind"] not in KINDS or parameters.get("of_products") or parameters.get("of_categories"):
        return False
    mine = (connected_platforms.c.shop_id == shop_id, connected_platforms.c.coupons.is_(True))
    return connection.execute(select(connected_platforms.c.platform).where(*mine)).first() is not None


def keep(connection: Connection, made: Sequence[PlatformCoupon], now: datetime) -> None:
    """Keep coupons of one offer that are in the shop now, and put their codes into its pool, if it is still
    as it was when they were made."""
    if not made:
        return
    shop_id, offer_id = made[0].shop_id, made[0].offer_id
    mine = (offers.c.shop_id == shop_id, offers.c.offer_id == offer_id)
    known = connection.execute(
        select(offers.c.version, offers.c.deleted).where(*mine).with_for_update()
    ).first()
    if known is None:  # the shop was removed meanwhile
        return
    connection.execute(insert(table), [vars(each) for each in made])
    if known.deleted or known.version != made[0].offer_version:
        return
    codes = [{"shop_id": shop_id, "offer_id": offer_id, "code": each.code} for each in made]
    connection.execute(insert(offer_codes), codes)
    _count(connection, shop_id, offer_id, len(made), now)


def drop_stale(connection: Connection, shop_id: str, offer_id: str, version: int, now: datetime) -> int:
    """Take codes out of the offer's pool that are no coupons of its present version; gives how many."""
    mine = (offer_codes.c.shop_id == shop_id, offer_codes.c.offer_id == offer_id)
    fresh = exists().where(
        table.c.shop_id == shop_id, table.c.code == offer_codes.c.code, table.c.offer_version == version
    )
    gone = connection.execute(delete(offer_codes).where(*mine, ~fresh)).rowcount
    if gone:
        _count(connection, shop_id, offer_id, -gone, now)
    return gone


def to_remove(connection: Connection, shop_id: str, most: int) -> list[PlatformCoupon]:
    """Coupons that nobody may use any more: neither in a pool nor promised, or used up."""
    pooled = exists().where(offer_codes.c.shop_id == shop_id, offer_codes.c.code == table.c.code)
    promised = exists().where(
        and_(
            acceptances.c.shop_id == shop_id,
            acceptances.c.code == table.c.code,
            acceptances.c.status == "accepted",
        )
    )
    left = select(table).where(table.c.shop_id == shop_id, ~pooled, ~promised).order_by(table.c.made_at)
    return [PlatformCoupon(**row._mapping) for row in connection.execute(left.limit(most))]


def forget(connection: Connection, coupon: PlatformCoupon) -> None:
    """It is in the shop no more."""
    connection.execute(delete(table).where(table.c.shop_id == coupon.shop_id, table.c.code == coupon.code))


def note(connection: Connection, shop_id: str, platform: str, message: str | None) -> None:
    """Keep why coupons could not be made, or (None) that they were."""
    mine = (connected_platforms.c.shop_id == shop_id, connected_platforms.c.platform == platform)
    connection.execute(update(connected_platforms).where(*mine).values(coupons_message=message))


def _count(connection: Connection, shop_id: str, offer_id: str, more: int, now: datetime) -> None:
    mine = (offers.c.shop_id == shop_id, offers.c.offer_id == offer_id)
    changed = {"codes_left": offers.c.codes_left + more, "touched_at": now}
    connection.execute(update(offers).where(*mine).values(changed))
