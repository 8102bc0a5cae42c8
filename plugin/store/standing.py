"""What customers have bought so far, in three figures."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from plugin.store.orders import BOUGHT, lines_of, visible_orders
from plugin.store.tables import order_lines


class Bought(NamedTuple):
    """How many paid or fulfilled orders, their worth less discounts and returns, in minor units, and when the
    last one was placed.
    """

    orders: int = 0
    value_minor: int = 0
    last_at: datetime | None = None


def of(connection: Connection, shop_id: str, customer_id: str) -> Bought:
    """What a customer has bought."""
    mine = visible_orders.c.customer_id == customer_id
    orders, value_minor, last_at = connection.execute(_counted(shop_id).where(mine)).one()
    return Bought(int(orders), int(value_minor or 0), last_at)


def before(
    connection: Connection, shop_id: str, customer_ids: Collection[str], moment: datetime
) -> dict[str, Bought]:
    """The same of each of these customers up to `moment`; who had bought nothing is not there."""
    whose = visible_orders.c.customer_id
    theirs = _counted(shop_id).where(whose.in_(customer_ids), visible_orders.c.ordered_at <= moment)
    rows = connection.execute(theirs.add_columns(whose).group_by(whose))
    return {
        customer_id: Bought(int(orders), int(value_minor or 0), last_at)
        for orders, value_minor, last_at, customer_id in rows
    }


def _counted(shop_id: str) -> Select[int, Any, Any]:
    worth = order_lines.c.quantity * order_lines.c.unit_price_minor - func.coalesce(
        order_lines.c.discount_minor, 0
    )
    last_at = func.max(visible_orders.c.ordered_at)
    counted = select(func.count(func.distinct(visible_orders.c.order_id)), func.sum(worth), last_at)
    statement = counted.select_from(visible_orders).join(order_lines, lines_of(visible_orders), isouter=True)
    return statement.where(visible_orders.c.shop_id == shop_id, visible_orders.c.status.in_(BOUGHT))
