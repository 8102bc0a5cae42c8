"""Codes made before anybody asks for one, so that accepting never waits."""

import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from plugin.store import platform_coupons
from plugin.store.offer_tables import offer_codes, offers

POOL = 500
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 12


def fill(connection: Connection, shop_id: str, offer_id: str, now: datetime, pool: int = POOL) -> int:
    """Make codes until there are `pool`; gives how many were made. The offer's row must be locked.

    None for an offer whose codes are coupons of the shop's platform: a job makes those, and codes that are no
    coupons of the offer as it is now leave the pool here. Where coupons are made no more, theirs leave it.
    """
    mine = (offers.c.shop_id == shop_id, offers.c.offer_id == offer_id)
    columns = (offers.c.codes_left, offers.c.definition, offers.c.version)
    left, definition, version = connection.execute(select(*columns).where(*mine)).one()
    if platform_coupons.are_made_there(connection, shop_id, definition):
        platform_coupons.drop_stale(connection, shop_id, offer_id, version, now)
        return 0
    left -= platform_coupons.drop_all(connection, shop_id, offer_id, now)
    made = [{"shop_id": shop_id, "offer_id": offer_id, "code": new_code()} for _ in range(pool - left)]
    if made:
        connection.execute(insert(offer_codes), made)
        connection.execute(update(offers).where(*mine).values(codes_left=left + len(made), touched_at=now))
    return len(made)


def take(connection: Connection, shop_id: str, offer_id: str) -> str | None:
    """A code of the pool, which is then nobody else's; None: there is none."""
    mine = (offer_codes.c.shop_id == shop_id, offer_codes.c.offer_id == offer_id)
    one = select(offer_codes.c.code).where(*mine).limit(1).with_for_update(skip_locked=True)
    code: str | None = connection.execute(one).scalar_one_or_none()
    if code is not None:
        connection.execute(delete(offer_codes).where(*mine, offer_codes.c.code == code))
    return code


def normal(code: str) -> str:
    """`code` as it is kept: shops and people write codes in small letters too."""
    return code.strip().upper()


def new_code() -> str:
    """12 letters and digits that are not mistaken for each other: 59 random bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
