"""Complements: the products that the merchant says go with a product, whatever the orders say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from plugin.store.tables import complements

Row = Mapping[str, Any]


def put_many(connection: Connection, shop_id: str, given: Sequence[Row], now: datetime) -> list[str]:
    """Keep each row (of `schemas.complements`) in place of what was chosen for its product; an empty list
    chooses none. Gives one verdict a row: "created", "replaced" or "unchanged".
    """
    kept = of(connection, shop_id, [row["product_id"] for row in given])
    verdicts, changed = [], {}
    for row in given:
        product_id, wanted = row["product_id"], list(dict.fromkeys(row["complements"]))
        before = kept.get(product_id)
        verdicts.append("unchanged" if before == wanted else "created" if before is None else "replaced")
        if before != wanted:
            kept[product_id] = changed[product_id] = wanted
    _replace(connection, shop_id, changed, now)
    return verdicts


def of(connection: Connection, shop_id: str, product_ids: Sequence[str]) -> dict[str, list[str]]:
    """What was chosen for those of `product_ids` that something ever was chosen for."""
    mine = (complements.c.shop_id == shop_id, complements.c.product_id.in_(product_ids))
    statement = select(complements.c.product_id, complements.c.complements).where(*mine)
    return {row.product_id: row.complements for row in connection.execute(statement)}


def all_of(connection: Connection, shop_id: str) -> dict[str, list[str]]:
    """Every choice of the shop by product, in order of their ids."""
    columns = (complements.c.product_id, complements.c.complements)
    statement = select(*columns).where(complements.c.shop_id == shop_id).order_by(complements.c.product_id)
    return {row.product_id: row.complements for row in connection.execute(statement) if row.complements}


def changed_at(connection: Connection, shop_id: str) -> datetime | None:
    """When a choice was changed last; None: never."""
    statement = select(func.max(complements.c.changed_at)).where(complements.c.shop_id == shop_id)
    found: datetime | None = connection.execute(statement).scalar()
    return found


def _replace(
    connection: Connection, shop_id: str, changed: Mapping[str, Sequence[str]], now: datetime
) -> None:
    if not changed:
        return
    mine = (complements.c.shop_id == shop_id, complements.c.product_id.in_(list(changed)))
    connection.execute(delete(complements).where(*mine))
    common = {"shop_id": shop_id, "changed_at": now}
    rows = [{**common, "product_id": key, "complements": ids} for key, ids in changed.items()]
    connection.execute(insert(complements), rows)
