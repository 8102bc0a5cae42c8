"""The variants: which carts a figure is of, so that one mean does not hide where it comes from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.evaluation.carts import LEAST_ORDERS, Cart

HEAD_SHARE = 0.2
SIZES = (("1", 1, 1), ("2-3", 2, 3), ("4-9", 4, 9), ("10", 10, 10))

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Variant:
    """Some of the carts, those where `mask` is True.

    `group` and `name`: "all"; "sales": "head", "tail" (see `head`); "repurchase": "bought_before" or
    "not_bought_before" by this customer, "no_history" (no customer, or one without orders in training);
    "cart_size": how many products the cart holds; "month": "2011-11", UTC.
    """

    group: str
    name: str
    mask: Mask


def variants(bought: pl.DataFrame, carts: Sequence[Cart]) -> list[Variant]:
    """Every variant; within a group each cart is in one, but for months: orders without time are in none.

    `bought`: the purchases that were learnt from, as `purchases` gives them.
    """
    return [
        Variant("all", "all", np.ones(len(carts), dtype=bool)),
        *_by_sales(head(bought), carts),
        *_by_repurchase(bought, carts),
        *_by_size(carts),
        *_by_month(carts),
    ]


def head(bought: pl.DataFrame) -> set[str]:
    """Of the products that a cart may hold the fifth that stands in most orders (ties by id); the others are
    the tail.
    """
    counts = bought.group_by("product_id").agg(pl.len().alias("orders"))
    ranked = counts.filter(pl.col("orders") >= LEAST_ORDERS).sort(
        ["orders", "product_id"], descending=[True, False]
    )["product_id"]
    return set(ranked.head(ceil(HEAD_SHARE * len(ranked))))


def _by_sales(most_sold: set[str], carts: Sequence[Cart]) -> Iterator[Variant]:
    in_head = np.array([cart.held_out_id in most_sold for cart in carts], dtype=bool)
    yield Variant("sales", "head", in_head)
    yield Variant("sales", "tail", ~in_head)


def _by_repurchase(bought: pl.DataFrame, carts: Sequence[Cart]) -> Iterator[Variant]:
    asked = pl.DataFrame(
        [(cart.customer_id, cart.held_out_id) for cart in carts],
        schema={"customer_id": pl.String, "product_id": pl.String},
        orient="row",
    ).with_row_index("place")
    known = np.zeros(len(carts), dtype=bool)
    known[asked.join(bought, on="customer_id", how="semi")["place"].to_numpy()] = True
    again = np.zeros(len(carts), dtype=bool)
    again[asked.join(bought, on=["customer_id", "product_id"], how="semi")["place"].to_numpy()] = True
    yield Variant("repurchase", "bought_before", again)
    yield Variant("repurchase", "not_bought_before", known & ~again)
    yield Variant("repurchase", "no_history", ~known)


def _by_size(carts: Sequence[Cart]) -> Iterator[Variant]:
    sizes = np.array([len(cart.product_ids) for cart in carts], dtype=np.int64)
    for name, least, most in SIZES:
        yield Variant("cart_size", name, (sizes >= least) & (sizes <= most))


def _by_month(carts: Sequence[Cart]) -> Iterator[Variant]:
    months = np.array([f"{cart.ordered_at:%Y-%m}" if cart.ordered_at else "" for cart in carts], dtype=str)
    for name in sorted(set(months.tolist()) - {""}):
        yield Variant("month", name, months == name)
