"""Merchants: one-time sign-in links and the password of a shop's pages."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from plugin.errors import Refusal
from plugin.store import shops
from plugin.store.tables import merchants, sign_in_links
from plugin.vault import fingerprint, new_key

LINK_LIFE = timedelta(hours=1)


def add_link(connection: Connection, shop_id: str, now: datetime) -> str:
    """Make a link's token: good once, for an hour, kept as a hash alone; used and lapsed ones are dropped."""
    shops.require(connection, shop_id)
    mine = sign_in_links.c.shop_id == shop_id
    stale = (sign_in_links.c.expires_at <= now) | sign_in_links.c.used_at.is_not(None)
    connection.execute(delete(sign_in_links).where(mine, stale))
    token = new_key("in")
    row = {"shop_id": shop_id, "fingerprint": fingerprint(token), "expires_at": now + LINK_LIFE}
    connection.execute(insert(sign_in_links).values(row))
    return token


def link_shop(connection: Connection, token: str, now: datetime) -> str | None:
    """The shop that an unused, unlapsed token opens, or None; looking uses nothing up."""
    statement = select(sign_in_links.c.shop_id).where(_good(token, now))
    return connection.execute(statement).scalar_one_or_none()


def use_link(connection: Connection, token: str, now: datetime) -> str:
    """Use the token up and give its shop; of two at once only one succeeds, the other is `link_used`."""
    statement = update(sign_in_links).where(_good(token, now)).values(used_at=now)
    returning = statement.returning(sign_in_links.c.shop_id)
    shop_id: str | None = connection.execute(returning).scalar_one_or_none()
    if shop_id is None:
        raise link_refused()
    return shop_id


def link_refused() -> Refusal:
    """What is said of a link that was used, has lapsed, or never was."""
    return Refusal(
        "link_used", "This sign-in link was used or is too old. `encore shop sign-in-link` makes a new one."
    )


def set_password(connection: Connection, shop_id: str, password_hash: str) -> int:
    """Keep a password's hash and end all older sessions; gives the session version of new ones."""
    statement = (
        update(merchants)
        .where(merchants.c.shop_id == shop_id)
        .values(password_hash=password_hash, session_version=merchants.c.session_version + 1)
        .returning(merchants.c.session_version)
    )
    raised = connection.execute(statement).scalar_one_or_none()
    if raised is not None:
        return int(raised)
    row = {"shop_id": shop_id, "password_hash": password_hash, "session_version": 1}
    connection.execute(insert(merchants).values(row))
    return 1


def password_hash(connection: Connection, shop_id: str) -> str | None:
    """The hash of the shop's password; None: no such shop, or none was set yet."""
    statement = select(merchants.c.password_hash).where(merchants.c.shop_id == shop_id)
    return connection.execute(statement).scalar_one_or_none()


def session_version(connection: Connection, shop_id: str) -> int | None:
    """The version that a session must carry to be valid; None: nobody can be signed in to this shop."""
    statement = select(merchants.c.session_version).where(merchants.c.shop_id == shop_id)
    return connection.execute(statement).scalar_one_or_none()


def _good(token: str, now: datetime) -> ColumnElement[bool]:
    return (
        (sign_in_links.c.fingerprint == fingerprint(token))
        & sign_in_links.c.used_at.is_(None)
        & (sign_in_links.c.expires_at > now)
    )
