"""The protocol: the carts that are asked for, drawn from the orders after those that are learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from recommender.frames import read_orders
from recommender.history import purchases

LEAST_ORDERS = 5
MOST_IN_CART = 10


@dataclass(frozen=True)
class Cart:
    """An order later than training: up to 10 of its products as the cart, and one more that was held out.

    `rest_ids`: what the order held beyond those eleven. `ordered_at`: UTC, None where unknown.
    """

    order_id: str
    customer_id: str | None
    product_ids: tuple[str, ...]
    held_out_id: str
    rest_ids: tuple[str, ...] = ()
    ordered_at: datetime | None = None


def held_out_carts(
    orders: Any, *, test_share: float = 0.1, n_carts: int = 5_000, seed: int = 0
) -> tuple[pl.DataFrame, list[Cart]]:
    """The order lines to train on, and at most `n_carts` carts drawn from the orders after them.

    The last `test_share` of orders, by time (ties and orders without time: by order id, those without time
    first), are kept out of training. Products with fewer than 5 training orders are left out of the carts,
    and orders of which then less than two products remain. The product held out and the cart's are drawn at
    random, with `seed`; the same rows in another order give the same carts.
    """
    lines = read_orders(orders)
    bought = purchases(lines)
    in_time = (
        bought.group_by("order_id").agg(pl.col("ordered_at").min()).sort("ordered_at", "order_id")["order_id"]
    )
    later = in_time.tail(round(len(in_time) * test_share))
    known = lines.filter(~pl.col("order_id").is_in(later.implode()))
    enough = eligible(known)
    rest = bought.filter(
        pl.col("order_id").is_in(later.implode()) & pl.col("product_id").is_in(enough.implode())
    )
    return known, _drawn(rest, n_carts, np.random.default_rng(seed))


def bestsellers(lines: pl.DataFrame, limit: int) -> list[str]:
    """The ids of the `limit` products in most orders of `lines`, most first; ties by id."""
    counts = purchases(lines).group_by("product_id").agg(pl.len().alias("orders"))
    return counts.sort(["orders", "product_id"], descending=[True, False])["product_id"].head(limit).to_list()


def bestseller_lists(known: pl.DataFrame, carts: Sequence[Cart], k: int = 10) -> list[list[str]]:
    """For each cart the first `k` bestsellers of `known` that are not in it."""
    best = bestsellers(known, k + MOST_IN_CART)
    return [[each for each in best if each not in cart.product_ids][:k] for cart in carts]


def eligible(known: pl.DataFrame) -> pl.Series:
    """The ids of the products in 5 orders of `known` or more, ascending."""
    counts = purchases(known).group_by("product_id").agg(pl.len().alias("orders"))
    return counts.filter(pl.col("orders") >= LEAST_ORDERS)["product_id"].sort()


def _drawn(rest: pl.DataFrame, n_carts: int, rng: np.random.Generator) -> list[Cart]:
    by_order = rest.group_by("order_id", maintain_order=True)
    orders = by_order.agg(pl.col("customer_id", "ordered_at").first(), "product_id").filter(
        pl.col("product_id").list.len() > 1
    )
    chosen = orders[rng.permutation(len(orders))[:n_carts]]
    return [_cart(row, rng) for row in chosen.iter_rows()]


def _cart(row: tuple[str, str | None, datetime | None, list[str]], rng: np.random.Generator) -> Cart:
    order_id, customer_id, ordered_at, product_ids = row
    held_out, *others = rng.permutation(product_ids).tolist()
    given, rest = others[:MOST_IN_CART], others[MOST_IN_CART:]
    return Cart(order_id, customer_id, tuple(given), held_out, tuple(rest), ordered_at)
