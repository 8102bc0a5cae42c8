"""Shops and their keys: who may ask, who may write, and what the merchant has set."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from plugin import settings as shop_settings
from plugin.errors import Refusal
from plugin.settings import Settings
from plugin.store.tables import metadata, settings, shop_keys, shops
from plugin.vault import Vault, fingerprint, new_key


@dataclass(frozen=True)
class NewShop:
    """What is asked of a merchant once: currency ISO 4217, time zone IANA, language en, es, it or zh."""

    name: str
    currency: str
    time_zone: str
    language: str
    origins: tuple[str, ...]


@dataclass(frozen=True)
class ShopKeys:
    """The three keys of a shop, in clear: to be shown once and not kept."""

    public: str
    secret: str
    signing: str


@dataclass(frozen=True)
class Shop:
    """A shop as every worker holds it in memory; `signing_secrets` are the valid ones, newest first."""

    shop_id: str
    name: str
    currency: str
    time_zone: str
    language: str
    origins: frozenset[str]
    public_keys: frozenset[str]
    signing_secrets: tuple[bytes, ...]
    settings: Settings
    catalogue_version: int
    settings_version: int
    model_version: int


@dataclass(frozen=True)
class Versions:
    """The counters that tell a worker what it must read again."""

    shop_id: str
    catalogue_version: int
    settings_version: int
    model_version: int


def add(connection: Connection, vault: Vault, new: NewShop, now: datetime) -> tuple[str, ShopKeys]:
    """Keep a new shop with its three keys and the default settings; gives its id and the keys in clear."""
    shop_id = f"shop_{secrets.token_hex(5)}"
    row = dict(vars(new), shop_id=shop_id, origins=sorted(new.origins), created_at=now)
    connection.execute(insert(shops).values(row))
    connection.execute(insert(settings).values(shop_id=shop_id, value=shop_settings.checked({})))
    keys = ShopKeys(new_key("pk"), new_key("sk"), new_key("whsec"))
    _keep_keys(connection, vault, shop_id, keys, now)
    return shop_id, keys


def rotate_keys(connection: Connection, vault: Vault, shop_id: str, now: datetime) -> ShopKeys:
    """Make three new keys; of each kind the newest two are valid, older ones end now."""
    require(connection, shop_id)
    keys = ShopKeys(new_key("pk"), new_key("sk"), new_key("whsec"))
    _keep_keys(connection, vault, shop_id, keys, now)
    for kind in ("public", "secret", "signing"):
        valid = _valid_keys(connection, shop_id, kind)
        for row in valid[2:]:
            connection.execute(
                update(shop_keys)
                .where(shop_keys.c.shop_id == shop_id, shop_keys.c.key_id == row.key_id)
                .values(retired_at=now)
            )
    touch_settings(connection, shop_id)
    return keys


def by_secret_key(connection: Connection, secret_key: str) -> str | None:
    """The shop that a secret key belongs to, or None; found by hash, so the time taken tells nothing."""
    found = connection.execute(
        select(shop_keys.c.shop_id).where(
            shop_keys.c.fingerprint == fingerprint(secret_key), shop_keys.c.retired_at.is_(None)
        )
    ).first()
    return found.shop_id if found else None


def public_keys(connection: Connection, shop_id: str) -> list[str]:
    """The valid public keys, newest first."""
    return [key.public_key for key in _valid_keys(connection, shop_id, "public")]


def versions(connection: Connection) -> list[Versions]:
    """The counters of all shops; cheap enough to ask several times a second."""
    columns = (shops.c.shop_id, shops.c.catalogue_version, shops.c.settings_version, shops.c.model_version)
    return [Versions(*row) for row in connection.execute(select(*columns))]


def load(connection: Connection, vault: Vault, shop_id: str) -> Shop:
    """The whole shop with its settings and valid keys; `Refusal("unknown_shop")` if there is none."""
    row = require(connection, shop_id)
    stored = connection.execute(select(settings.c.value).where(settings.c.shop_id == shop_id)).scalar_one()
    signing = _valid_keys(connection, shop_id, "signing")
    return Shop(
        shop_id=shop_id,
        name=row.name,
        currency=row.currency,
        time_zone=row.time_zone,
        language=row.language,
        origins=frozenset(row.origins),
        public_keys=frozenset(key.public_key for key in _valid_keys(connection, shop_id, "public")),
        signing_secrets=tuple(vault.decrypt(shop_id, key.encrypted).encode() for key in signing),
        settings=shop_settings.typed(stored),
        catalogue_version=row.catalogue_version,
        settings_version=row.settings_version,
        model_version=row.model_version,
    )


def require(connection: Connection, shop_id: str) -> Any:
    """The shop's row; `Refusal("unknown_shop")` if there is none."""
    row = connection.execute(select(shops).where(shops.c.shop_id == shop_id)).first()
    if row is None:
        raise Refusal(
            "unknown_shop", f"There is no shop {shop_id}. `encore shop list` shows those there are."
        )
    return row


def lock(connection: Connection, shop_id: str) -> None:
    """Let nobody else lock the shop until this transaction ends, so that no number is given out twice.

    On SQLite the transaction itself does it already. Raises `Refusal("unknown_shop")`.
    """
    connection.execute(_row_of(shop_id).with_for_update(key_share=True))
    require(connection, shop_id)  # now: who waited may have waited for its removal


def stay(connection: Connection, shop_id: str) -> None:
    """Let nobody remove the shop until this transaction ends; nobody who locks it is waited for. Raises as
    `lock` does."""
    connection.execute(_row_of(shop_id).with_for_update(read=True, key_share=True))
    require(connection, shop_id)


def all_ids(connection: Connection) -> list[str]:
    """The ids of all shops, in order of their making."""
    return list(connection.execute(select(shops.c.shop_id).order_by(shops.c.created_at)).scalars())


def stored_settings(connection: Connection, shop_id: str) -> dict[str, Any]:
    """The settings as they are kept and sent: complete."""
    stored = connection.execute(select(settings.c.value).where(settings.c.shop_id == shop_id)).scalar_one()
    return shop_settings.checked(stored)


def change_settings(connection: Connection, shop_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Merge `changes` into the settings and keep them; what stands in groups is merged each by itself."""
    lock(connection, shop_id)
    stored = connection.execute(select(settings.c.value).where(settings.c.shop_id == shop_id)).scalar_one()
    merged = {**stored, **changes}
    if "placements" in changes:
        merged["placements"] = dict(stored["placements"])
        for name, change in changes["placements"].items():
            merged["placements"][name] = {**stored["placements"].get(name, {}), **change}
    for group in {"offers", "bundles", "upsells"} & set(changes):
        merged[group] = {**stored.get(group, {}), **changes[group]}
    value = shop_settings.checked(merged)
    connection.execute(update(settings).where(settings.c.shop_id == shop_id).values(value=value))
    touch_settings(connection, shop_id)
    return value


def change_origins(connection: Connection, shop_id: str, origins: Sequence[str]) -> None:
    """Replace the origins whose pages may ask."""
    connection.execute(update(shops).where(shops.c.shop_id == shop_id).values(origins=sorted(set(origins))))
    touch_settings(connection, shop_id)


def touch_settings(connection: Connection, shop_id: str) -> None:
    """Make every worker read the shop's settings and keys again."""
    connection.execute(
        update(shops).where(shops.c.shop_id == shop_id).values(settings_version=shops.c.settings_version + 1)
    )


def touch_catalogue(connection: Connection, shop_id: str) -> int:
    """Raise the catalogue's counter and give its new value, which the changed products then carry."""
    statement = (
        update(shops)
        .where(shops.c.shop_id == shop_id)
        .values(catalogue_version=shops.c.catalogue_version + 1)
        .returning(shops.c.catalogue_version)
    )
    return int(connection.execute(statement).scalar_one())


def remove(connection: Connection, shop_id: str) -> dict[str, int]:
    """Delete the shop and every row of it; gives how many rows of which table are gone.

    First whoever keeps something of it (`lock`, `stay`) is waited for: it goes too. Who comes later finds no
    shop.
    """
    connection.execute(_row_of(shop_id).with_for_update())
    require(connection, shop_id)
    return _remove_rows(connection, shop_id)


def remove_late(connection: Connection, shop_id: str) -> dict[str, int]:
    """Delete what was kept of a removed shop by who asks nobody whether it is there still, as an event is:
    that would cost more than this. Gives the same; a shop that is there again keeps all."""
    is_there = connection.execute(_row_of(shop_id)).first() is not None
    return {} if is_there else _remove_rows(connection, shop_id)


def _remove_rows(connection: Connection, shop_id: str) -> dict[str, int]:
    gone = {
        table.name: connection.execute(delete(table).where(table.c.shop_id == shop_id)).rowcount
        for table in reversed(metadata.sorted_tables)
    }
    return {name: rows for name, rows in gone.items() if rows}


def _row_of(shop_id: str) -> Select[Any]:
    return select(shops.c.shop_id).where(shops.c.shop_id == shop_id)


def _keep_keys(connection: Connection, vault: Vault, shop_id: str, keys: ShopKeys, now: datetime) -> None:
    common = {"shop_id": shop_id, "created_at": now}
    for values in (
        {"kind": "public", "public_key": keys.public},
        {"kind": "secret", "fingerprint": fingerprint(keys.secret)},
        {"kind": "signing", "encrypted": vault.encrypt(shop_id, keys.signing)},
    ):
        row = common | {"key_id": secrets.token_hex(8)} | values
        connection.execute(insert(shop_keys).values(row))


def _valid_keys(connection: Connection, shop_id: str, kind: str) -> list[Any]:
    statement = (
        select(shop_keys)
        .where(shop_keys.c.shop_id == shop_id, shop_keys.c.kind == kind, shop_keys.c.retired_at.is_(None))
        .order_by(shop_keys.c.created_at.desc())
    )
    return list(connection.execute(statement))
