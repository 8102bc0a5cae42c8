"""Orders that came with coupon codes, whichever way they came."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, select

from plugin.store.orders import visible_orders

_NONE = ("[]", "null")


def arrived_since(connection: Connection, shop_id: str, moment: datetime) -> list[dict[str, Any]]:
    """Each order that arrived at or after `moment` with a code: its id, status, ordered_at, codes."""
    head = visible_orders.c
    columns = (head.order_id, head.status, head.ordered_at, head.coupon_codes)
    mine = (head.shop_id == shop_id, head.arrived_at >= moment, cast(head.coupon_codes, Text).not_in(_NONE))
    return [dict(row._mapping) for row in connection.execute(select(*columns).where(*mine))]
