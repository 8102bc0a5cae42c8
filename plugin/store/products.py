"""Products with their variants, what they cost when, and what of them changed since a worker last looked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    cast,
    delete,
    insert,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.sql import ColumnElement

from plugin.store import bulk
from plugin.store.shops import touch_catalogue
from plugin.store.tables import complements, products, variant_history, variants

Row = Mapping[str, Any]
_PRODUCT_DEFAULTS: dict[str, Any] = {
    "title": None,
    "url": None,
    "image_url": None,
    "categories": [],
    "tags": [],
    "visible": True,
    "updated_at": None,
}
_VARIANT = ("variant_id", "title", "price_minor", "cost_minor", "tax_share", "stock")
_KEPT_IN_HISTORY = ("price_minor", "cost_minor", "stock")


@dataclass(frozen=True)
class Variant:
    """What is sold of a product. `price_minor`, `cost_minor`: null unknown; `stock`: null not tracked."""

    variant_id: str
    title: str | None
    price_minor: int | None
    cost_minor: int | None
    tax_share: float | None
    stock: int | None


@dataclass(frozen=True)
class Product:
    """A product as the catalogue's snapshot holds it; `categories` widest first, variants by id."""

    product_id: str
    title: str
    url: str | None
    image_url: str | None
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    visible: bool
    deleted: bool
    catalogue_version: int
    variants: tuple[Variant, ...]


# -- writing ----------------------------------------------------------------------------------------------


def put(connection: Connection, shop_id: str, product: Row, now: datetime) -> str:
    """Keep one product as `put_many` does; gives its verdict."""
    return put_many(connection, shop_id, [product], now)[0]


def put_many(connection: Connection, shop_id: str, given: Sequence[Row], now: datetime) -> list[str]:
    """Keep each product (a row of `schemas.product`) with exactly its variants; gives one verdict a product.

    Verdicts: "created", "replaced", "unchanged", "older" (both have an `updated_at` and the given one is
    before the kept one: nothing is written). The catalogue's counter rises once if anything was written.
    """
    stored = _contents(connection, shop_id, {product["product_id"] for product in given})
    known = {product_id: each["created_at"] for product_id, each in stored.items()}
    before = {product_id: dict(each["variants"]) for product_id, each in stored.items()}
    verdicts, winners = [], {}
    for product in given:
        content = _content_of(product)
        verdict = _judged(content, stored.get(product["product_id"]))
        verdicts.append(verdict)
        if verdict in ("created", "replaced"):
            stored[product["product_id"]] = winners[product["product_id"]] = {**content, "deleted": False}
    if winners:
        _replace(connection, shop_id, winners, known, now)
        _append_history(connection, shop_id, winners, before, now)
    return verdicts


def remove(connection: Connection, shop_id: str, product_id: str, at: datetime | None = None) -> bool:
    """Take a product out of the catalogue; its row stays, marked, so that workers learn of it.

    `at`: when it was deleted, where that is known; what is not newer does not bring it back.
    """
    mine = (products.c.shop_id == shop_id, products.c.product_id == product_id)
    known = connection.execute(select(products).where(*mine)).first()
    if known is None and at is not None:
        _insert_deleted(connection, shop_id, product_id, at)
    if known is None or known.deleted:
        return False
    if at is not None and known.updated_at is not None:
        at = max(at, known.updated_at)
    connection.execute(
        delete(variants).where(variants.c.shop_id == shop_id, variants.c.product_id == product_id)
    )
    _stamp(connection, shop_id, product_id, {"deleted": True, "updated_at": at})
    return True


def _insert_deleted(connection: Connection, shop_id: str, product_id: str, at: datetime) -> None:
    """The mark of a product that was deleted before it was ever told of."""
    key = {"shop_id": shop_id, "product_id": product_id}
    facts = {**_PRODUCT_DEFAULTS, "title": "", "deleted": True, "created_at": at, "updated_at": at}
    number = touch_catalogue(connection, shop_id)
    connection.execute(insert(products).values({**key, **facts, "catalogue_version": number}))


def _stamp(connection: Connection, shop_id: str, product_id: str, changes: Row) -> None:
    statement = update(products).where(products.c.shop_id == shop_id, products.c.product_id == product_id)
    number = touch_catalogue(connection, shop_id)
    connection.execute(statement.values(catalogue_version=number, **changes))


def _judged(content: Row, stored: Row | None) -> str:
    if stored is None:
        return "created"
    kept_at, given_at = stored["updated_at"], content["updated_at"]
    if stored["deleted"]:
        return "older" if kept_at and given_at and given_at <= kept_at else "created"
    if kept_at and given_at and given_at < kept_at:
        return "older"
    same = all(content[name] == stored[name] for name in content)
    return "unchanged" if same else "replaced"


def _content_of(product: Row) -> dict[str, Any]:
    content = {name: product.get(name, default) for name, default in _PRODUCT_DEFAULTS.items()}
    of_product = product.get("variants") or []
    content["variants"] = {
        each["variant_id"]: {name: each.get(name) for name in _VARIANT} for each in of_product
    }
    return content


def _contents(connection: Connection, shop_id: str, product_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    wanted = list(product_ids)
    mine = (products.c.shop_id == shop_id, products.c.product_id.in_(wanted))
    found = {
        row.product_id: {**row._mapping, "variants": {}}
        for row in connection.execute(select(products).where(*mine))
    }
    theirs = (variants.c.shop_id == shop_id, variants.c.product_id.in_(wanted))
    for row in connection.execute(select(variants).where(*theirs)):
        found[row.product_id]["variants"][row.variant_id] = {name: getattr(row, name) for name in _VARIANT}
    return found


def _replace(
    connection: Connection,
    shop_id: str,
    winners: Mapping[str, Row],
    known: Mapping[str, datetime],
    now: datetime,
) -> None:
    for table in (variants, products):
        mine = (table.c.shop_id == shop_id, table.c.product_id.in_(list(winners)))
        connection.execute(delete(table).where(*mine))
    number = touch_catalogue(connection, shop_id)
    heads, parts = [], []
    for product_id, content in winners.items():
        key = {"shop_id": shop_id, "product_id": product_id}
        own = {name: content[name] for name in (*_PRODUCT_DEFAULTS, "deleted")}
        heads.append({**own, **key, "created_at": known.get(product_id, now), "catalogue_version": number})
        parts += [{**variant, **key} for variant in content["variants"].values()]
    connection.execute(insert(products), heads)
    if parts:
        connection.execute(insert(variants), parts)


def _append_history(
    connection: Connection, shop_id: str, after: Mapping[str, Row], before: Mapping[str, Row], now: datetime
) -> None:
    rows = []
    for product_id, content in after.items():
        for variant_id, variant in content["variants"].items():
            kept = {name: variant[name] for name in _KEPT_IN_HISTORY}
            old = before.get(product_id, {}).get(variant_id)
            if old is None or any(old[name] != kept[name] for name in kept):
                key = {"shop_id": shop_id, "product_id": product_id, "variant_id": variant_id}
                rows.append({**key, "from_at": now, **kept})
    if rows:
        _insert_history(connection, rows)


def _insert_history(connection: Connection, rows: Sequence[Row]) -> None:
    """Two changes in one millisecond are one: the later state stays."""
    first = rows[0]
    same = (variant_history.c.shop_id == first["shop_id"], variant_history.c.from_at == first["from_at"])
    keys = tuple_(variant_history.c.product_id, variant_history.c.variant_id)
    changed = [(row["product_id"], row["variant_id"]) for row in rows]
    by_product = variant_history.c.product_id.in_({product_id for product_id, _ in changed})
    connection.execute(delete(variant_history).where(*same, by_product, keys.in_(changed)))
    connection.execute(insert(variant_history), rows)


# -- reading ----------------------------------------------------------------------------------------------


def changed_since(connection: Connection, shop_id: str, catalogue_version: int) -> list[Product]:
    """Every product that changed after `catalogue_version` (0: all), deleted ones too, which say so."""
    return _whole(connection, shop_id, products.c.catalogue_version > catalogue_version)


def as_row(connection: Connection, shop_id: str, product_id: str) -> dict[str, Any] | None:
    """A product of the catalogue as the row that would keep it; None if there is none."""
    found = _contents(connection, shop_id, [product_id]).get(product_id)
    if found is None or found["deleted"]:
        return None
    row = {name: found[name] for name in ("product_id", *_PRODUCT_DEFAULTS)}
    row["updated_at"] = row["updated_at"] and row["updated_at"].isoformat()
    return row | {"variants": list(found["variants"].values())}


def find_many(connection: Connection, shop_id: str, product_ids: Iterable[str]) -> dict[str, Product]:
    """Those of `product_ids` that the shop has or had (deleted ones say so), by id."""
    found = _whole(connection, shop_id, products.c.product_id.in_(list(product_ids)))
    return {each.product_id: each for each in found}


def _whole(connection: Connection, shop_id: str, which: ColumnElement[bool]) -> list[Product]:
    mine = (products.c.shop_id == shop_id, which)
    of_product: dict[str, list[Variant]] = {}
    columns = [variants.c[name] for name in ("product_id", *_VARIANT)]
    same = (variants.c.shop_id == products.c.shop_id) & (variants.c.product_id == products.c.product_id)
    theirs = select(*columns).join(products, same).where(*mine)
    for row in connection.execute(theirs.order_by(variants.c.product_id, variants.c.variant_id)):
        of_product.setdefault(row[0], []).append(Variant(*row[1:]))
    return [
        Product(
            product_id=row.product_id,
            title=row.title,
            url=row.url,
            image_url=row.image_url,
            categories=tuple(row.categories),
            tags=tuple(row.tags),
            visible=row.visible,
            deleted=row.deleted,
            catalogue_version=row.catalogue_version,
            variants=tuple(of_product.get(row.product_id, ())),
        )
        for row in connection.execute(select(products).where(*mine).order_by(products.c.product_id))
    ]


def catalogue_frame(connection: Connection, shop_id: str, *which: ColumnElement[bool]) -> pl.DataFrame:
    """The catalogue as `recommender.train` takes it: product_id, title, categories, tags, first_sold_at,
    complements (null where the merchant chose none). `which`: conditions, if only a part is wanted.
    """
    chosen, first_sold_at = complements.c.complements, type_coerce(products.c.created_at, BigInteger)
    lists = (cast(products.c.categories, Text), cast(products.c.tags, Text))
    same = (complements.c.shop_id == products.c.shop_id) & (complements.c.product_id == products.c.product_id)
    statement = (
        select(products.c.product_id, products.c.title, *lists, first_sold_at, cast(chosen, Text))
        .join(complements, same, isouter=True)
        .where(products.c.shop_id == shop_id, ~products.c.deleted, *which)
    )
    texts = pl.List(pl.String)
    return bulk.frame(connection, statement, _CATALOGUE).with_columns(
        pl.col(name).str.json_decode(texts) for name in ("categories", "tags", "complements")
    )


_CATALOGUE = {
    "product_id": pl.String,
    "title": pl.String,
    "categories": pl.String,
    "tags": pl.String,
    "first_sold_at": pl.Datetime("ms", "UTC"),
    "complements": pl.String,
}
