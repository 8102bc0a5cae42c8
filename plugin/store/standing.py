"""What a customer has bought so far, in two figures."""

from sqlalchemy import Connection, func, select

from plugin.store.orders import BOUGHT, lines_of, visible_orders
from plugin.store.tables import order_lines


def of(connection: Connection, shop_id: str, customer_id: str) -> tuple[int, int]:
    """How many paid or fulfilled orders, and their worth less discounts and returns, in minor units."""
    mine = (
        visible_orders.c.shop_id == shop_id,
        visible_orders.c.customer_id == customer_id,
        visible_orders.c.status.in_(BOUGHT),
    )
    worth = order_lines.c.quantity * order_lines.c.unit_price_minor - func.coalesce(
        order_lines.c.discount_minor, 0
    )
    counted = select(func.count(func.distinct(visible_orders.c.order_id)), func.sum(worth))
    statement = counted.select_from(visible_orders).join(order_lines, lines_of(visible_orders), isouter=True)
    orders, value_minor = connection.execute(statement.where(*mine)).one()
    return int(orders), int(value_minor or 0)
