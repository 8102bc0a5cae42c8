"""Evaluation: train on the first orders, hide one product of each later order, and count how often it comes
back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.frames import read_orders
from recommender.history import purchases
from recommender.settings import Settings
from recommender.training import train

LEAST_ORDERS = 5
MOST_IN_CART = 10
RESAMPLES = 2_000

Hits = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cart:
    """An order later than training: up to 10 of its products as the cart, and one more that was held out."""

    order_id: str
    customer_id: str | None
    product_ids: tuple[str, ...]
    held_out_id: str


@dataclass(frozen=True)
class Evaluation:
    """What the test carts say. Shares are of `n_carts`; everything None where there were no carts.

    `hit_rate`: share of carts whose held-out product is among the first `k` for the cart alone; `ndcg`: the
    mean of 1 / log2(1 + its place); `..._with_customer`: told the customer too; `bestsellers_...`: the
    products in most training orders, without the cart's. `ratio`: hit_rate / bestsellers_hit_rate,
    `ratio_interval` its 95 % bootstrap interval. `split`: "ordered_at", or "order_id" where no order has a
    time.
    """

    k: int
    n_carts: int
    n_train_orders: int
    split: str
    hit_rate: float | None = None
    ndcg: float | None = None
    hit_rate_with_customer: float | None = None
    ndcg_with_customer: float | None = None
    bestsellers_hit_rate: float | None = None
    bestsellers_ndcg: float | None = None
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON values."""
        return asdict(self)


def evaluate(
    orders: Any,
    *,
    products: Any = None,
    test_share: float = 0.1,
    n_carts: int = 5_000,
    seed: int = 0,
    k: int = 10,
    settings: Settings | Mapping[str, Any] | None = None,
) -> Evaluation:
    """Train on all but the last `test_share` of `orders` and ask for `n_carts` of those: see Evaluation.

    `orders`, `products` and `settings` as `train` takes them; carts are drawn by `held_out_carts`, with the
    same `seed`.
    """
    known, carts = held_out_carts(orders, test_share=test_share, n_carts=n_carts, seed=seed)
    n_train_orders = known["order_id"].n_unique()
    split = "order_id" if known["ordered_at"].is_null().all() else "ordered_at"
    if not carts:
        return Evaluation(k, 0, n_train_orders, split)
    model = train(known, products, seed=seed, settings=settings)
    given, customers = [cart.product_ids for cart in carts], [cart.customer_id for cart in carts]
    alone = places(carts, model.recommend_many(given, limit=k))
    personal = places(carts, model.recommend_many(given, customer_ids=customers, limit=k))
    best = places(carts, bestseller_lists(known, carts, k))
    hits, best_hits = _hits(alone), _hits(best)
    return Evaluation(
        k=k,
        n_carts=len(carts),
        n_train_orders=n_train_orders,
        split=split,
        hit_rate=float(hits.mean()),
        ndcg=_ndcg(alone),
        hit_rate_with_customer=float(_hits(personal).mean()),
        ndcg_with_customer=_ndcg(personal),
        bestsellers_hit_rate=float(best_hits.mean()),
        bestsellers_ndcg=_ndcg(best),
        ratio=float(hits.mean() / best_hits.mean()) if best_hits.any() else None,
        ratio_interval=hit_rate_ratio_interval(hits, best_hits, seed),
    )


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
    eligible = _eligible(known)
    rest = bought.filter(
        pl.col("order_id").is_in(later.implode()) & pl.col("product_id").is_in(eligible.implode())
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


def places(carts: Sequence[Cart], answers: Sequence[Sequence[str]]) -> npt.NDArray[np.int64]:
    """For each cart the place (1 is the first) of its held-out product in its answer, 0 where it is not
    there.
    """
    found = (
        list(answer).index(cart.held_out_id) + 1 if cart.held_out_id in answer else 0
        for cart, answer in zip(carts, answers, strict=True)
    )
    return np.fromiter(found, dtype=np.int64, count=len(carts))


def hit_rate_ratio_interval(
    hits: Sequence[float] | npt.NDArray[Any], baseline_hits: Sequence[float] | npt.NDArray[Any], seed: int = 0
) -> tuple[float, float] | None:
    """The 95 % interval of mean(hits) / mean(baseline_hits), by 2,000 bootstrap samples of the carts
    (percentiles).

    Both: one 0 or 1 (or bool) a cart, in the same order. None where the baseline never hit, in the data or in
    a sample.
    """
    pairs = np.stack([np.asarray(hits, dtype=np.float64), np.asarray(baseline_hits, dtype=np.float64)])
    rng = np.random.default_rng(seed)
    sums = [pairs[:, rng.integers(0, pairs.shape[1], pairs.shape[1])].sum(axis=1) for _ in range(RESAMPLES)]
    sampled = np.array(sums)
    if not sampled[:, 1].all():
        return None
    low, high = np.percentile(sampled[:, 0] / sampled[:, 1], [2.5, 97.5])
    return float(low), float(high)


def _eligible(known: pl.DataFrame) -> pl.Series:
    counts = purchases(known).group_by("product_id").agg(pl.len().alias("orders"))
    return counts.filter(pl.col("orders") >= LEAST_ORDERS)["product_id"].sort()


def _drawn(rest: pl.DataFrame, n_carts: int, rng: np.random.Generator) -> list[Cart]:
    by_order = rest.group_by("order_id", maintain_order=True)
    orders = by_order.agg(pl.col("customer_id").first(), "product_id").filter(
        pl.col("product_id").list.len() > 1
    )
    chosen = orders[rng.permutation(len(orders))[:n_carts]]
    carts = []
    for order_id, customer_id, product_ids in chosen.iter_rows():
        held_out, *others = rng.permutation(product_ids).tolist()[: MOST_IN_CART + 1]
        carts.append(Cart(order_id, customer_id, tuple(others), held_out))
    return carts


def _hits(found: npt.NDArray[np.int64]) -> Hits:
    return (found > 0).astype(np.float64)


def _ndcg(found: npt.NDArray[np.int64]) -> float:
    gains = np.zeros(len(found))
    gains[found > 0] = 1 / np.log2(1 + found[found > 0])
    return float(gains.mean())
