"""Orders and their lines: kept as versions, of which the latest visible one is the order."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    Connection,
    Float,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.sql import ColumnElement, FromClause

from plugin.money import minor_units
from plugin.store import bulk
from plugin.store.shops import require
from plugin.store.tables import imports, order_lines, orders, variants

BOUGHT = ("paid", "fulfilled")
ORDER_COLUMNS = tuple(column.name for column in orders.columns if column.name != "erased")
LINE_COLUMNS = tuple(column.name for column in order_lines.columns)
_HEAD = tuple(
    name for name in ORDER_COLUMNS if name not in ("shop_id", "order_id", "import_id", "arrived_at")
)
_LINE = tuple(name for name in LINE_COLUMNS if name not in ("shop_id", "order_id", "import_id"))
Row = Mapping[str, Any]
_KEYS_AT_ONCE = 500


def standing(version: FromClause) -> ColumnElement[bool]:
    """Whether a version counts: it came by itself, or its import is finished."""
    finished = exists().where(
        imports.c.shop_id == version.c.shop_id,
        imports.c.import_id == version.c.import_id,
        imports.c.status == "finished",
    )
    return or_(version.c.import_id == 0, finished)


def _others(other: FromClause, version: FromClause) -> ColumnElement[bool]:
    """Whether `other` is a standing version of the same order."""
    same = and_(other.c.shop_id == version.c.shop_id, other.c.order_id == version.c.order_id)
    return and_(same, other.c.import_id != version.c.import_id, standing(other))


def _superseded() -> ColumnElement[bool]:
    """Whether another version has a greater `updated_at`, or arrived later and no version outdates that one.

    Two versions are told apart as `is_older` does. Of three or more that rule alone could go round in a
    circle, for a version without `updated_at` is neither older nor newer; so the outdated ones are out first.
    """
    other, newest = orders.alias("other"), orders.alias("newest")
    arrival = [tuple_(each.c.arrived_at, each.c.import_id) for each in (other, orders)]
    outdated = exists().where(_others(newest, other), newest.c.updated_at > other.c.updated_at)
    later = and_(arrival[0] > arrival[1], ~outdated)
    return exists().where(_others(other, orders), or_(other.c.updated_at > orders.c.updated_at, later))


superseded = _superseded()
# Every read of orders goes through this: one row an order, without the versions of unfinished imports.
visible_orders = select(orders).where(standing(orders), ~superseded).subquery("visible_orders")


def lines_of(version: FromClause) -> ColumnElement[bool]:
    """The condition that joins `order_lines` to a version of an order."""
    return and_(
        order_lines.c.shop_id == version.c.shop_id,
        order_lines.c.import_id == version.c.import_id,
        order_lines.c.order_id == version.c.order_id,
    )


# -- writing ----------------------------------------------------------------------------------------------


def put(connection: Connection, shop_id: str, order: Row, now: datetime) -> str:
    """Keep one order as `put_many` does; gives its verdict."""
    return put_many(connection, shop_id, [order], now)[0]


def put_many(connection: Connection, shop_id: str, given: Sequence[Row], now: datetime) -> list[str]:
    """Keep each order in turn, in place of its visible version; gives one verdict an order.

    An order is a row of `schemas.order` with `email_hash` for `email`. Verdicts: "created", "replaced",
    "unchanged" (the same content: nothing is written), "older" (as `is_older` says: nothing is written).
    """
    stored = contents(connection, shop_id, visible_orders, {order["order_id"] for order in given})
    verdicts, winners = [], {}
    for order in given:
        content = content_of(order)
        verdict = judged(content, stored.get(order["order_id"]))
        verdicts.append(verdict)
        if verdict in ("created", "replaced"):
            stored[order["order_id"]] = winners[order["order_id"]] = content
    _delete_standing(connection, shop_id, list(winners))
    _insert(connection, shop_id, winners, now)
    return verdicts


def judged(content: Row, stored: Row | None) -> str:
    """The verdict on an order's new `content` beside the `stored` one (None: there is none)."""
    if stored is None:
        return "created"
    if is_older(content["updated_at"], stored["updated_at"]):
        return "older"
    return "unchanged" if content == stored else "replaced"


def is_older(updated_at: datetime | None, kept_at: datetime | None) -> bool:
    """Whether what arrives later is older than what is kept: both have an `updated_at`, its own is before."""
    return updated_at is not None and kept_at is not None and updated_at < kept_at


def content_of(order: Row) -> dict[str, Any]:
    """What makes an order what it is, complete and comparable: its fields, and its lines by `line_id`."""
    content = {name: order.get(name) for name in _HEAD}
    content["status"] = order.get("status") or "paid"
    content["slate_ids"] = list(order.get("slate_ids") or [])
    content["coupon_codes"] = list(order.get("coupon_codes") or [])
    content["lines"] = {line["line_id"]: line for line in _with_ids(order["lines"])}
    return content


def generated_line_id(product_id: str, ordinal: int) -> str:
    """The id of a line that came without one: its ordinal (from 1) among equal products of the order."""
    return f"{product_id}#{ordinal}"


def _with_ids(lines: Iterable[Row]) -> Iterable[dict[str, Any]]:
    ordinals: dict[str, int] = {}
    for line in lines:
        line_id = line.get("line_id")
        if line_id is None:
            product_id = line["product_id"]
            ordinals[product_id] = ordinals.get(product_id, 0) + 1
            line_id = generated_line_id(product_id, ordinals[product_id])
        yield {name: line.get(name) for name in _LINE} | {
            "line_id": line_id,
            "quantity": float(line["quantity"]),
        }


def contents(
    connection: Connection, shop_id: str, versions: FromClause, order_ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """The content of those of `order_ids` that `versions` (visible, or of one import) holds, by order id."""
    wanted = and_(versions.c.shop_id == shop_id, versions.c.order_id.in_(list(order_ids)))
    found: dict[str, dict[str, Any]] = {}
    held: dict[int, list[str]] = {}
    for row in connection.execute(select(versions).where(wanted)):
        found[row.order_id] = _content_of_row(row)
        held.setdefault(row.import_id, []).append(row.order_id)
    # By their whole key: joined to the versions, SQLite would walk through every line of the shop.
    for import_id, ids in held.items():
        mine = (order_lines.c.shop_id == shop_id, order_lines.c.import_id == import_id)
        statement = select(order_lines.c.order_id, *(order_lines.c[name] for name in _LINE))
        for order_id, *line in connection.execute(statement.where(*mine, order_lines.c.order_id.in_(ids))):
            found[order_id]["lines"][line[0]] = dict(zip(_LINE, line, strict=True))
    return found


def _content_of_row(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _HEAD} | {
        "slate_ids": row.slate_ids or [],
        "coupon_codes": row.coupon_codes or [],
        "lines": {},
    }


def _insert(connection: Connection, shop_id: str, winners: Mapping[str, Row], now: datetime) -> None:
    heads, lines = [], []
    for order_id, content in winners.items():
        key = {"shop_id": shop_id, "order_id": order_id, "import_id": 0}
        heads.append(bulk.raw({**content, **key, "arrived_at": now}, ORDER_COLUMNS))
        lines += [bulk.raw({**line, **key}, LINE_COLUMNS) for line in content["lines"].values()]
    bulk.insert_rows(connection, orders, ORDER_COLUMNS, heads)
    bulk.insert_rows(connection, order_lines, LINE_COLUMNS, lines)


def _delete_standing(connection: Connection, shop_id: str, order_ids: Sequence[str]) -> None:
    mine = (orders.c.shop_id == shop_id, orders.c.order_id.in_(order_ids))
    keys = connection.execute(select(orders.c.order_id, orders.c.import_id).where(*mine, standing(orders)))
    delete_versions(connection, shop_id, [(row.order_id, row.import_id) for row in keys])


def delete_versions(connection: Connection, shop_id: str, keys: Sequence[tuple[str, int]]) -> None:
    """Delete the versions (order_id, import_id) with their lines."""
    for import_id in {each[1] for each in keys}:
        order_ids = [order_id for order_id, each in keys if each == import_id]
        for table in (order_lines, orders):
            connection.execute(
                delete(table).where(
                    table.c.shop_id == shop_id,
                    table.c.import_id == import_id,
                    table.c.order_id.in_(order_ids),
                )
            )


def remove(connection: Connection, shop_id: str, order_id: str) -> bool:
    """Delete every version of an order; False if there was none."""
    mine = (orders.c.shop_id == shop_id, orders.c.order_id == order_id)
    found = connection.execute(select(orders.c.import_id).where(*mine)).scalars().all()
    delete_versions(connection, shop_id, [(order_id, import_id) for import_id in found])
    return bool(found)


# -- reading ----------------------------------------------------------------------------------------------


def find(connection: Connection, shop_id: str, order_id: str) -> dict[str, Any] | None:
    """The visible order: its fields, and `lines` as a list sorted by `line_id`; None if there is none."""
    content = contents(connection, shop_id, visible_orders, [order_id]).get(order_id)
    if content is None:
        return None
    lines = sorted(content["lines"].values(), key=lambda line: str(line["line_id"]))
    return {"order_id": order_id, **content, "lines": lines}


def training_lines(connection: Connection, shop_id: str, *which: ColumnElement[bool]) -> pl.DataFrame:
    """The lines of all paid and fulfilled orders, as `recommender.train` takes them; those of erased
    customers are left out. `which`: conditions on `visible_orders`, if only few are wanted.

    Columns: `customer_id` (a guest's is "guest:" and the hash of the mail address; null: unknown),
    `order_id`, `ordered_at` (UTC, milliseconds), `product_id`, `quantity`, `unit_price` and `unit_cost`
    (major units; the cost is the product's today, the mean of its variants', null where none says it).
    """
    head = visible_orders.c
    customer = func.coalesce(head.customer_id, "guest:" + head.email_hash)
    ordered_at = type_coerce(head.ordered_at, BigInteger)
    of_orders = select(head.import_id, head.order_id, customer, ordered_at, head.currency)
    heads = bulk.frame(connection, of_orders.where(bought(shop_id), *which), _HEADS)
    columns = (order_lines.c.import_id, order_lines.c.order_id, order_lines.c.product_id)
    amounts = (order_lines.c.quantity, order_lines.c.unit_price_minor)
    statement = select(*columns, *amounts).where(order_lines.c.shop_id == shop_id)
    if which:
        parts = [bulk.frame(connection, statement.where(each), _LINES) for each in _keys_of(heads)]
        found = pl.concat([pl.DataFrame(schema=_LINES), *parts])
    else:
        found = bulk.frame(connection, statement, _LINES)
    # Joined here, not in SQL: each field of an order is fetched once instead of once a line.
    lines = found.join(heads, on=["import_id", "order_id"])
    currency = require(connection, shop_id).currency
    costs = _unit_costs(connection, shop_id, currency)
    priced = _in_major_units(lines, currency).join(costs, on="product_id", how="left", maintain_order="left")
    return priced.select(_TRAINING)


def bought(shop_id: str) -> ColumnElement[bool]:
    """The condition on `visible_orders` of what a shop's models learn from."""
    head = visible_orders.c
    return and_(head.shop_id == shop_id, head.status.in_(BOUGHT), ~head.erased)


def _keys_of(heads: pl.DataFrame) -> Iterator[ColumnElement[bool]]:
    """Conditions that find the lines of these orders by their whole key, some hundreds at a time."""
    for (import_id,), some in heads.group_by("import_id"):
        ids = some["order_id"].to_list()
        for start in range(0, len(ids), _KEYS_AT_ONCE):
            wanted = order_lines.c.order_id.in_(ids[start : start + _KEYS_AT_ONCE])
            yield and_(order_lines.c.import_id == import_id, wanted)


_KEY = {"import_id": pl.Int64, "order_id": pl.String}
_HEADS = {
    **_KEY,
    "customer_id": pl.String,
    "ordered_at": pl.Datetime("ms", "UTC"),
    "currency": pl.String,
}
_LINES = {**_KEY, "product_id": pl.String, "quantity": pl.Float64, "unit_price": pl.Float64}
_COSTS = {"product_id": pl.String, "unit_cost": pl.Float64}
_TRAINING = ("customer_id", "order_id", "ordered_at", "product_id", "quantity", "unit_price", "unit_cost")


def _in_major_units(lines: pl.DataFrame, currency: str) -> pl.DataFrame:
    units = {each: minor_units(each or currency) for each in lines["currency"].unique()}
    factor = pl.col("currency").replace_strict(units, return_dtype=pl.Int64)
    return lines.with_columns(unit_price=pl.col("unit_price") / factor)


def _unit_costs(connection: Connection, shop_id: str, currency: str) -> pl.DataFrame:
    """What each product costs the shop, in major units of its currency."""
    cost = func.avg(cast(variants.c.cost_minor, Float))
    mine = (variants.c.shop_id == shop_id, variants.c.cost_minor.is_not(None))
    statement = select(variants.c.product_id, cost).where(*mine).group_by(variants.c.product_id)
    found = bulk.frame(connection, statement, _COSTS)
    return found.with_columns(pl.col("unit_cost") / minor_units(currency))


def count_since(connection: Connection, shop_id: str, moment: datetime) -> int:
    """How many visible orders arrived at or after `moment`; an import's arrive when it is finished."""
    arrived = _arrived_since(connection, shop_id, moment)
    return int(connection.execute(select(func.count()).select_from(arrived)).scalar_one())


def history_versions(
    connection: Connection, shop_id: str, since: datetime, but_imports: Collection[int] = ()
) -> dict[str, datetime]:
    """Whose history changed at or after `since`: customer id -> when their latest order arrived.

    Ask again from a few seconds before the last time asked: a write is stamped before it is committed.
    `but_imports`: finished ones that were read before; they change no more, and each may hold all orders.
    """
    arrived = _arrived_since(connection, shop_id, since, but_imports)
    statement = select(arrived.c.customer_id, func.max(arrived.c.arrived_at)).group_by(arrived.c.customer_id)
    found = connection.execute(statement.where(arrived.c.customer_id.is_not(None)))
    return {row[0]: row[1] for row in found}


def imports_finished_since(connection: Connection, shop_id: str, moment: datetime) -> set[int]:
    """The imports that were finished at or after `moment`."""
    mine = (imports.c.shop_id == shop_id, imports.c.status == "finished", imports.c.finished_at >= moment)
    return set(connection.execute(select(imports.c.import_id).where(*mine)).scalars())


def _arrived_since(
    connection: Connection, shop_id: str, moment: datetime, but_imports: Collection[int] = ()
) -> FromClause:
    """Visible orders with their arrival: by the index on `arrived_at`, and those of just finished imports."""
    head = visible_orders.c
    by_itself = select(head.order_id, head.customer_id, head.arrived_at).where(
        head.shop_id == shop_id, head.import_id == 0, head.arrived_at >= moment
    )
    finished = imports_finished_since(connection, shop_id, moment).difference(but_imports)
    if not finished:  # asked first: no index finds an import's orders, all of the shop's are gone through
        return by_itself.subquery("arrived")
    imported = (
        select(head.order_id, head.customer_id, imports.c.finished_at)
        .join(imports, and_(imports.c.shop_id == head.shop_id, imports.c.import_id == head.import_id))
        .where(imports.c.shop_id == shop_id, imports.c.import_id.in_(finished))
    )
    return union_all(by_itself, imported).subquery("arrived")
