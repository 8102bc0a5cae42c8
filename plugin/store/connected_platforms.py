"""The platforms that a shop is connected to: where they are, and the secrets that the two share."""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from plugin.errors import Refusal
from plugin.store import leases, platform_coupons, readings, shops
from plugin.store.platform_tables import connected_platforms as table
from plugin.vault import Vault, fingerprint

_LOG = logging.getLogger(__name__)
MOST_SECRETS = 2
_REFUSED_AGAIN_AFTER = timedelta(minutes=1)
_LEFT_ALONE = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60)]
"""For how long an API that said nothing is not asked, by how often in a row that was."""
_ANSWERED = {"silences": 0, "silent_until": None, "short_silences": 0, "short_silent_until": None}
_SECRETS = 0x656E636F
"""The number of PostgreSQL's advisory lock on the secrets of all shops."""
_STAYS = table.c.is_leaving.is_(False)


@dataclass(frozen=True)
class ConnectedPlatform:
    """A platform of a shop. `secrets` are the valid ones, newest first; `token` is of the platform's API.

    `address`: where that API or its keys are asked; `account_id`: what the platform calls the shop;
    `keys`: public ones that it signs with, as last read at `keys_read_at`; `currency`: the shop's;
    `coupons`: whether offers' codes are made as coupons there, `coupons_message` why that last failed;
    `silences`: how often in a row its API said nothing, so that no job asks it before `silent_until`;
    `short_silences`, `short_silent_until`: the same of jobs that wait less long, for them alone.
    """

    shop_id: str
    platform: str
    currency: str
    connected_at: datetime
    address: str | None = None
    account_id: str | None = None
    secrets: tuple[bytes, ...] = ()
    token: str | None = None
    keys: Mapping[str, Any] | None = None
    keys_read_at: datetime | None = None
    refused_at: datetime | None = None
    refused_reason: str | None = None
    coupons: bool = False
    coupons_message: str | None = None
    silences: int = 0
    silent_until: datetime | None = None
    short_silences: int = 0
    short_silent_until: datetime | None = None

    def rests_until(self, now: datetime, is_short: bool = False) -> datetime | None:
        """Until when it is left alone, if it is at `now`; `is_short`: by a job that waits less long."""
        told = [self.silent_until, self.short_silent_until if is_short else None]
        return max((each for each in told if each is not None and now < each), default=None)


def connect(
    connection: Connection, vault: Vault, shop_id: str, platform: str, told: Mapping[str, Any]
) -> None:
    """Keep what was told of the platform: any of `address`, `account_id`, `coupons`, `secret`, `token`,
    `remove_gone`; and `at`.

    What is not told stays as it was. A new secret stands beside the one before it; older ones end. Another
    address or account is another shop's: it is read from the beginning, and no coupon made elsewhere is
    removed there. Whatever was told, its API is asked again.
    """
    shops.lock(connection, shop_id)
    before = _locked(connection, shop_id, platform)
    known = None if before is None or before.is_leaving else before
    if before is not None and before.is_leaving:  # whoever is removing its webhooks asks nothing more
        leases.end(connection, shop_id, platform_coupons.LEASE)
    row = dict(known._mapping) if known else {"secrets": [], "connected_at": told["at"]}
    row |= {"shop_id": shop_id, "platform": platform, **_ANSWERED}
    row |= {name: told[name] for name in ("address", "account_id", "coupons") if name in told}
    if told.get("secret"):
        hidden = vault.encrypt(shop_id, told["secret"])
        kept = [each for each in row["secrets"] if vault.decrypt(shop_id, each) != told["secret"]]
        row["secrets"] = [hidden, *kept][:MOST_SECRETS]
    if "token" in told:
        row["token"] = vault.encrypt(shop_id, told["token"]) if told["token"] else None
    if told.get("secret") or told.get("token"):  # its webhooks are to learn of it, or may be mended now
        readings.forget(connection, shop_id, platform, readings.WEBHOOKS)
    if known and known.address != row.get("address"):
        row |= {"keys": None, "keys_read_at": None}
    if told.get("remove_gone"):
        readings.confirm_gone(connection, shop_id, platform, told["at"])
    place = (row.get("address"), row.get("account_id"))
    if known and (known.address, known.account_id) != place:
        readings.forget(connection, shop_id, platform)
    if before is None or (before.address, before.account_id) != place:
        platform_coupons.lose_all(connection, shop_id, platform)
    connection.execute(delete(table).where(_of(shop_id, platform)))
    connection.execute(insert(table).values(row))


def find(connection: Connection, vault: Vault, shop_id: str, platform: str) -> ConnectedPlatform | None:
    """The platform as the shop is connected to it, or None."""
    found = connection.execute(select(table).where(_of(shop_id, platform), _STAYS)).first()
    return _typed(connection, vault, found) if found else None


def all_of(connection: Connection, vault: Vault, shop_id: str) -> list[ConnectedPlatform]:
    """Every platform that the shop is connected to, by name."""
    return _all(connection, vault, shop_id, _STAYS)


def is_there(connection: Connection, connected: ConnectedPlatform) -> bool:
    """Whether the platform is still at the address and account of `connected`, if only to be left; it stays
    there until this transaction ends."""
    same = [
        getattr(table.c, name).is_not_distinct_from(getattr(connected, name))
        for name in ("address", "account_id")
    ]
    mine = select(table.c.platform).where(_of(connected.shop_id, connected.platform), *same)
    return connection.execute(mine.with_for_update()).first() is not None


def has_secret(connection: Connection, vault: Vault, platform: str, secret: str, but: str) -> bool:
    """Whether a shop other than `but` has this secret with the platform.

    Whoever else asks this, of any secret, waits until this transaction has ended and sees what it kept: two
    shops that connect at once have no row in common that could be locked.
    """
    if connection.dialect.name == "postgresql":  # on SQLite the transaction itself does it already
        connection.execute(select(func.pg_advisory_xact_lock(_SECRETS)))
    rows = connection.execute(
        select(table.c.shop_id, table.c.secrets).where(table.c.platform == platform, table.c.shop_id != but)
    )
    known = [told for row in rows for each in row.secrets if (told := _readable(vault, row.shop_id, each))]
    return bool(sum(hmac.compare_digest(each.encode(), secret.encode()) for each in known))


def _readable(vault: Vault, shop_id: str, hidden: str) -> str | None:
    """The secret; one that no key opens verifies nothing, and must not keep other shops from connecting."""
    try:
        return vault.decrypt(shop_id, hidden)
    except Refusal as refusal:
        _LOG.warning("A secret of shop %s is passed over: %s", shop_id, refusal.message)
        return None


def leaving(connection: Connection, vault: Vault, shop_id: str) -> list[ConnectedPlatform]:
    """Those that were disconnected, and whose coupons and webhooks are still to be removed; `silences` counts
    how often that was tried."""
    return _all(connection, vault, shop_id, table.c.is_leaving.is_(True))


def disconnect(connection: Connection, shop_id: str, platform: str) -> bool:
    """Forget the platform with its secrets and how far it was read; False if the shop was not connected.

    Its token stays, for nothing but to remove what Encore has in the shop (`leaving`).
    """
    _locked(connection, shop_id, platform)
    readings.forget(connection, shop_id, platform)
    stays = (_of(shop_id, platform), _STAYS)
    leaves: dict[str, Any] = {"secrets": [], "keys": None, "coupons": False, "is_leaving": True}
    one = update(table).where(*stays, table.c.token.is_not(None))
    if connection.execute(one.values(**leaves, silences=0)).rowcount == 1:
        return True
    return connection.execute(delete(table).where(*stays)).rowcount == 1


def forget(connection: Connection, shop_id: str, platform: str) -> None:
    """Forget a platform that was `leaving`: nothing is to be removed there any more."""
    connection.execute(delete(table).where(_of(shop_id, platform), table.c.is_leaving.is_(True)))


def forget_token(connection: Connection, vault: Vault, shop_id: str, mark: str) -> bool:
    """Forget the token of this fingerprint, which opens nothing any more; False if none is kept that has it:
    a newer one took its place. The shop is locked."""
    for each in all_of(connection, vault, shop_id):
        if each.token and hmac.compare_digest(fingerprint(each.token), mark):
            connection.execute(update(table).where(_of(shop_id, each.platform)).values(token=None))
            return True
    return False


def heard(
    connection: Connection,
    connected: ConnectedPlatform,
    now: datetime,
    has_answered: bool,
    is_short: bool = False,
) -> ConnectedPlatform:
    """Keep whether its API has answered, or for how long it is to be left alone, unless its address is now
    another; gives it as it is then. `is_short`: nobody waited as long as others do."""
    changes: dict[str, Any] = _ANSWERED
    if not has_answered:
        kind = "short_" if is_short else ""
        silences = getattr(connected, f"{kind}silences") + 1
        until = now + _LEFT_ALONE[min(silences, len(_LEFT_ALONE)) - 1]
        changes = {f"{kind}silences": silences, f"{kind}silent_until": until}
    same = table.c.address.is_not_distinct_from(connected.address)
    one = update(table).where(_of(connected.shop_id, connected.platform), same)
    connection.execute(one.values(changes))
    return replace(connected, **changes)


def keep_keys(
    connection: Connection, shop_id: str, platform: str, keys: Mapping[str, Any], now: datetime
) -> None:
    """Keep the public keys that the platform signs with."""
    statement = update(table).where(_of(shop_id, platform))
    connection.execute(statement.values(keys=dict(keys), keys_read_at=now))


def may_read_keys(
    connection: Connection, shop_id: str, platform: str, rest: timedelta, now: datetime
) -> bool:
    """Whether the keys may be asked for at `now`; of many who ask within `rest` exactly one may."""
    rested = or_(table.c.keys_read_at.is_(None), table.c.keys_read_at <= now - rest)
    statement = update(table).where(_of(shop_id, platform), rested).values(keys_read_at=now)
    return connection.execute(statement).rowcount == 1


def refused(connection: Connection, shop_id: str, platform: str, reason: str, now: datetime) -> None:
    """Keep that a delivery was refused, once a minute at the most: anybody can send one."""
    rested = or_(table.c.refused_at.is_(None), table.c.refused_at <= now - _REFUSED_AGAIN_AFTER)
    statement = update(table).where(_of(shop_id, platform), rested)
    connection.execute(statement.values(refused_at=now, refused_reason=reason))


def _locked(connection: Connection, shop_id: str, platform: str) -> Any:
    """The row, if there is one; who keeps a coupon made there (`is_there`) has done it, or waits."""
    return connection.execute(select(table).where(_of(shop_id, platform)).with_for_update()).first()


def _all(
    connection: Connection, vault: Vault, shop_id: str, which: ColumnElement[bool]
) -> list[ConnectedPlatform]:
    rows = connection.execute(
        select(table).where(table.c.shop_id == shop_id, which).order_by(table.c.platform)
    )
    return [_typed(connection, vault, row) for row in rows]


def _of(shop_id: str, platform: str) -> ColumnElement[bool]:
    return and_(table.c.shop_id == shop_id, table.c.platform == platform)


def _typed(connection: Connection, vault: Vault, row: Any) -> ConnectedPlatform:
    return ConnectedPlatform(
        shop_id=row.shop_id,
        platform=row.platform,
        currency=shops.require(connection, row.shop_id).currency,
        connected_at=row.connected_at,
        address=row.address,
        account_id=row.account_id,
        secrets=tuple(vault.decrypt(row.shop_id, each).encode() for each in row.secrets),
        token=vault.decrypt(row.shop_id, row.token) if row.token else None,
        keys=row.keys,
        keys_read_at=row.keys_read_at,
        refused_at=row.refused_at,
        refused_reason=row.refused_reason,
        coupons=row.coupons,
        coupons_message=row.coupons_message,
        silences=row.silences,
        silent_until=row.silent_until,
        short_silences=row.short_silences,
        short_silent_until=row.short_silent_until,
    )
