"""Imports: how far each came, and the order versions that stand aside until it is finished."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from plugin.errors import Refusal
from plugin.store import bulk
from plugin.store.orders import (
    LINE_COLUMNS,
    ORDER_COLUMNS,
    contents,
    delete_versions,
    judged,
    standing,
    superseded,
    visible_orders,
)
from plugin.store.tables import imports, order_lines, orders

_ORDERS_AT_ONCE = 200


@dataclass(frozen=True)
class NewImport:
    """What is known of an import when it begins; `options`: how its file is read."""

    noun: str
    path: str
    file_fingerprint: str
    options: Mapping[str, Any]
    rejects_path: str


@dataclass(frozen=True)
class Import:
    """An import as it is kept. `status`: unfinished, finished, undone; `counts`: verdict -> how many."""

    shop_id: str
    import_id: int
    noun: str
    path: str
    file_fingerprint: str
    options: Mapping[str, Any]
    status: str
    rows_done: int
    rows_rejected: int
    counts: Mapping[str, Any]
    rejects_path: str
    started_at: datetime
    finished_at: datetime | None


def begin(connection: Connection, shop_id: str, new: NewImport, now: datetime) -> Import:
    """Keep a new unfinished import; `Refusal("import_unfinished")` if one of the same file is."""
    mine = imports.c.shop_id == shop_id
    same = (imports.c.noun == new.noun, imports.c.file_fingerprint == new.file_fingerprint)
    unfinished = select(imports.c.import_id).where(mine, *same, imports.c.status == "unfinished")
    open_id = connection.execute(unfinished).scalar()
    if open_id is not None:
        raise Refusal(
            "import_unfinished",
            f"Import {open_id} of this file is unfinished. "
            f"Go on with it: --resume {open_id}. Drop it: --undo {open_id}.",
        )
    latest = connection.execute(select(func.max(imports.c.import_id)).where(mine)).scalar()
    import_id = int(latest or 0) + 1
    row = {
        "shop_id": shop_id,
        "import_id": import_id,
        "status": "unfinished",
        "counts": {},
        "started_at": now,
    }
    connection.execute(insert(imports), {**row, **vars(new)})
    return require(connection, shop_id, import_id)


def require(connection: Connection, shop_id: str, import_id: int) -> Import:
    """The import; `Refusal("unknown_import")` if there is none."""
    mine = (imports.c.shop_id == shop_id, imports.c.import_id == import_id)
    row = connection.execute(select(imports).where(*mine)).first()
    if row is None:
        raise Refusal("unknown_import", f"Shop {shop_id} has no import {import_id}.")
    return Import(**row._mapping)


def require_unfinished(connection: Connection, shop_id: str, import_id: int) -> Import:
    """The import; `Refusal("import_closed")` if it is finished or undone."""
    found = require(connection, shop_id, import_id)
    if found.status != "unfinished":
        raise Refusal(
            "import_closed", f"Import {import_id} is {found.status}: it can be neither resumed nor undone."
        )
    return found


def all_of(connection: Connection, shop_id: str) -> list[Import]:
    """The shop's imports, newest first."""
    statement = select(imports).where(imports.c.shop_id == shop_id).order_by(imports.c.import_id.desc())
    return [Import(**row._mapping) for row in connection.execute(statement)]


def advance(connection: Connection, before: Import, changes: Mapping[str, Any]) -> None:
    """Keep how far an import came, in the transaction that brought it there.

    `Refusal("import_elsewhere")` when it is no longer where `before` says: another process is at it.
    """
    where = (
        imports.c.shop_id == before.shop_id,
        imports.c.import_id == before.import_id,
        imports.c.status == "unfinished",
        imports.c.rows_done == before.rows_done,
    )
    if connection.execute(update(imports).where(*where).values(**changes)).rowcount != 1:
        raise Refusal(
            "import_elsewhere",
            f"Import {before.import_id} is being worked on by another process. Let it finish.",
        )


# -- orders that stand aside ------------------------------------------------------------------------------


def staged_lines(connection: Connection, before: Import, order_ids: Iterable[str]) -> pl.DataFrame:
    """The lines that this import already holds of `order_ids`: order_id, product_id, line_id."""
    columns = (order_lines.c.order_id, order_lines.c.product_id, order_lines.c.line_id)
    parts = [pl.DataFrame(schema=_STAGED)]
    for some in _in_portions(order_ids):
        mine = (order_lines.c.shop_id == before.shop_id, order_lines.c.import_id == before.import_id)
        statement = select(*columns).where(*mine, order_lines.c.order_id.in_(some))
        parts.append(bulk.frame(connection, statement, _STAGED))
    return pl.concat(parts)


_STAGED = {"order_id": pl.String, "product_id": pl.String, "line_id": pl.String}


def staged_orders(
    connection: Connection, before: Import, order_ids: Iterable[str]
) -> dict[str, datetime | None]:
    """Which of `order_ids` this import already holds, and their `updated_at`."""
    found: dict[str, datetime | None] = {}
    for some in _in_portions(order_ids):
        mine = (orders.c.shop_id == before.shop_id, orders.c.import_id == before.import_id)
        statement = select(orders.c.order_id, orders.c.updated_at).where(*mine, orders.c.order_id.in_(some))
        found |= {row.order_id: row.updated_at for row in connection.execute(statement)}
    return found


def _in_portions(order_ids: Iterable[str]) -> Iterable[list[str]]:
    wanted = list(order_ids)
    return (wanted[start : start + 5_000] for start in range(0, len(wanted), 5_000))


def stage(connection: Connection, heads: Sequence[Any], lines: Sequence[Any]) -> None:
    """Insert order versions and lines: tuples in the order of ORDER_COLUMNS and LINE_COLUMNS."""
    bulk.insert_rows(connection, orders, ORDER_COLUMNS, heads)
    bulk.insert_rows(connection, order_lines, LINE_COLUMNS, lines)


def rivals(connection: Connection, before: Import, after: str) -> list[str]:
    """The next 200 order ids after `after` that this import holds and that are visible already."""
    other = orders.alias("other")
    rival = (
        select(other.c.order_id)
        .where(
            other.c.shop_id == orders.c.shop_id,
            other.c.order_id == orders.c.order_id,
            other.c.import_id != before.import_id,
            standing(other),
        )
        .exists()
    )
    mine = (orders.c.shop_id == before.shop_id, orders.c.import_id == before.import_id)
    statement = select(orders.c.order_id).where(*mine, orders.c.order_id > after, rival)
    return list(connection.execute(statement.order_by(orders.c.order_id).limit(_ORDERS_AT_ONCE)).scalars())


def compared(connection: Connection, before: Import, order_ids: Sequence[str]) -> dict[str, str]:
    """The verdict on each staged order beside the visible one: "replaced", "unchanged" or "older"."""
    mine = select(orders).where(orders.c.import_id == before.import_id).subquery("staged")
    staged = contents(connection, before.shop_id, mine, order_ids)
    kept = contents(connection, before.shop_id, visible_orders, order_ids)
    return {order_id: judged(content, kept.get(order_id)) for order_id, content in staged.items()}


def drop_staged(connection: Connection, before: Import, order_ids: Sequence[str]) -> None:
    """Delete this import's versions of `order_ids`."""
    delete_versions(connection, before.shop_id, [(order_id, before.import_id) for order_id in order_ids])


def count_staged(connection: Connection, before: Import) -> int:
    """How many order versions of this import stand aside."""
    mine = (orders.c.shop_id == before.shop_id, orders.c.import_id == before.import_id)
    return int(connection.execute(select(func.count()).select_from(orders).where(*mine)).scalar_one())


# -- what is no longer needed -----------------------------------------------------------------------------


def to_compact(connection: Connection) -> list[str]:
    """The shops that have finished or undone imports whose leftovers were not yet cleared away."""
    done = imports.c.status.in_(("finished", "undone"))
    rows = connection.execute(select(imports.c.shop_id, imports.c.counts).where(done))
    return sorted({row.shop_id for row in rows if not row.counts.get("compacted")})


def leftovers(connection: Connection, shop_id: str, after: str) -> list[tuple[str, int]]:
    """200 versions (order_id, import_id) from `after` on that are superseded, or of an undone import."""
    return _leftovers(connection, shop_id, orders.c.order_id >= after)


def still_leftovers(
    connection: Connection, shop_id: str, versions: Sequence[tuple[str, int]]
) -> list[tuple[str, int]]:
    """Those of `versions` (at most 200) that are so yet: an order put meanwhile has a new one of its key."""
    order_ids = {order_id for order_id, _ in versions}
    found = set(_leftovers(connection, shop_id, orders.c.order_id.in_(order_ids)))
    return [each for each in versions if each in found]


def _leftovers(connection: Connection, shop_id: str, which: ColumnElement[bool]) -> list[tuple[str, int]]:
    statement = select(orders.c.order_id, orders.c.import_id).where(
        orders.c.shop_id == shop_id, which, or_(standing(orders) & superseded, _undone())
    )
    # What outdates another version goes after it: a kill between two portions must not bring that one back.
    in_turn = statement.order_by(orders.c.order_id, orders.c.updated_at)
    rows = connection.execute(in_turn.limit(_ORDERS_AT_ONCE))
    return [(row.order_id, row.import_id) for row in rows]


def _undone() -> ColumnElement[bool]:
    return (
        select(imports.c.import_id)
        .where(
            imports.c.shop_id == orders.c.shop_id,
            imports.c.import_id == orders.c.import_id,
            imports.c.status == "undone",
        )
        .exists()
    )


def mark_compacted(connection: Connection, shop_id: str, import_ids: Sequence[int]) -> None:
    """Remember that these imports left nothing behind."""
    for each in all_of(connection, shop_id):
        if each.import_id in import_ids:
            connection.execute(
                update(imports)
                .where(imports.c.shop_id == shop_id, imports.c.import_id == each.import_id)
                .values(counts={**each.counts, "compacted": True})
            )
