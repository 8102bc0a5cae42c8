"""What customers have bought so far, in two figures."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from plugin.store.orders import BOUGHT, lines_of, visible_orders
from plugin.store.tables import order_lines


def of(connection: Connection, shop_id: str, customer_id: str) -> tuple[int, int]:
    """How many paid or fulfilled orders, and their worth less discounts and returns, in minor units."""
    mine = visible_orders.c.customer_id == customer_id
    orders, value_minor = connection.execute(_counted(shop_id).where(mine)).one()
    return int(orders), int(value_minor or 0)


def before(
    connection: Connection, shop_id: str, customer_ids: Collection[str], moment: datetime
) -> dict[str, tuple[int, int]]:
    """The same of each of these customers up to `moment`; who had bought nothing is not there."""
    whose = visible_orders.c.customer_id
    theirs = _counted(shop_id).where(whose.in_(customer_ids), visible_orders.c.ordered_at <= moment)
    rows = connection.execute(theirs.add_columns(whose).group_by(whose))
    return {customer_id: (int(orders), int(value_minor or 0)) for orders, value_minor, customer_id in rows}


def _counted(shop_id: str) -> Select[int, Any]:
    worth = order_lines.c.quantity * order_lines.c.unit_price_minor - func.coalesce(
        order_lines.c.discount_minor, 0
    )
    counted = select(func.count(func.distinct(visible_orders.c.order_id)), func.sum(worth))
    statement = counted.select_from(visible_orders).join(order_lines, lines_of(visible_orders), isouter=True)
    return statement.where(visible_orders.c.shop_id == shop_id, visible_orders.c.status.in_(BOUGHT))
