"""Small order tables, written so that a person can work the answers out."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from recommender.frames import ORDERS

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
Line = tuple[
    str | None, str, float | None, str, float
]  # customer, order, days before AS_OF, product, quantity


def table(lines: Iterable[Line]) -> pl.DataFrame:
    """An order table as the recommender takes it."""
    rows = [
        (customer, order, None if days is None else AS_OF - timedelta(days=days), product, quantity, 1.5)
        for customer, order, days, product, quantity in lines
    ]
    names = [name for name in ORDERS if name != "unit_cost"]
    kinds = [pl.String, pl.String, pl.Datetime("us", "UTC"), pl.String, pl.Float64, pl.Float64]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def orders(baskets: Sequence[tuple[str | None, float | None, str]]) -> pl.DataFrame:
    """One order for each (customer, days before AS_OF, its products as letters)."""
    return table(
        (customer, f"o{number:04}", days, product, 1.0)
        for number, (customer, days, products) in enumerate(baskets)
        for product in products
    )


def two_tastes() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Six customers buy a, b, c together (one of them, Ann, b most often, and d once); four buy x, y, z."""
    baskets: list[tuple[str | None, float | None, str]] = [(f"coffee {n}", 3.0, "abc") for n in range(5)]
    baskets += [("ann", 3.0, "abc"), ("ann", 2.0, "b"), ("ann", 1.0, "bd")]
    baskets += [(f"tea {n}", 3.0, "xyz") for n in range(4)]
    products = pl.DataFrame(
        {
            "product_id": list("abcdxyz"),
            "categories": [["drinks", "coffee"]] * 4 + [["drinks", "tea"]] * 3,
        }
    )
    return orders(baskets), products
