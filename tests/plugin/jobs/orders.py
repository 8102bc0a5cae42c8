"""Orders whose lesson is known: `a3` is always bought with `b3`, and with nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from plugin.runtime import Runtime
from plugin.store import orders
from tests.conftest import NOW


def pairs(count: int, first_at: datetime = NOW - timedelta(days=60)) -> list[dict[str, Any]]:
    """`count` orders, one an hour, each of another customer and with one of ten pairs in it."""
    return [
        {
            "order_id": f"o{number}",
            "ordered_at": first_at + timedelta(hours=number),
            "customer_id": f"c{number}",
            "lines": [{"product_id": f"{letter}{number % 10}", "quantity": 1} for letter in "ab"],
        }
        for number in range(count)
    ]


def turned_habits() -> list[dict[str, Any]]:
    """Orders whose past misleads: twelve products that always went together are bought one by one in the
    latest tenth, each with one of the ten bestsellers, which until then went with nothing."""
    alone = [[f"z{number % 10}"] for number in range(1800)]
    together = [[f"t{number}" for number in range(12)]] * 60
    parted = [[f"t{number % 12}", f"z{number % 10}"] for number in range(240)]
    return [
        {
            "order_id": f"turned{number}",
            "ordered_at": NOW - timedelta(minutes=2100 - number),
            "lines": [{"product_id": product_id, "quantity": 1} for product_id in product_ids],
        }
        for number, product_ids in enumerate(alone + together + parted)
    ]


def put_orders(runtime: Runtime, shop_id: str, given: Sequence[dict[str, Any]], at: datetime = NOW) -> None:
    """Keep the orders, as if they had arrived at `at`."""
    with runtime.database.write() as connection:
        orders.put_many(connection, shop_id, given, at)
