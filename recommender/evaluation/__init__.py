"""Evaluation: train on the first orders, hide one product of each later order, and count how often it comes
back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from recommender.evaluation.carts import Cart, bestseller_lists, bestsellers, held_out_carts
from recommender.evaluation.comparing import Recommender, measured
from recommender.evaluation.intervals import hit_rate_ratio_interval
from recommender.evaluation.metrics import places
from recommender.evaluation.report import Evaluation
from recommender.settings import Settings
from recommender.training import train

__all__ = [
    "Cart",
    "Evaluation",
    "Recommender",
    "bestseller_lists",
    "bestsellers",
    "evaluate",
    "held_out_carts",
    "hit_rate_ratio_interval",
    "measured",
    "places",
]

ENCORE = "Encore"


def evaluate(
    orders: Any,
    *,
    products: Any = None,
    test_share: float = 0.1,
    n_carts: int = 5_000,
    seed: int = 0,
    k: int = 10,
    settings: Settings | Mapping[str, Any] | None = None,
    peers: Callable[[pl.DataFrame], Iterable[tuple[str, Recommender]]] | None = None,
) -> Evaluation:
    """Train on all but the last `test_share` of `orders` and ask for `n_carts` of those: see Evaluation.

    `orders`, `products` and `settings` as `train` takes them; carts are drawn by `held_out_carts`, with the
    same `seed`. `peers`: given the order lines to learn from, gives names and recommenders to stand beside
    (one at a time, so that each may be freed); `recommender.peers.tuned_peers` gives those of public
    libraries.
    """
    known, carts = held_out_carts(orders, test_share=test_share, n_carts=n_carts, seed=seed)

    def recommenders() -> Iterator[tuple[str, Recommender]]:
        yield ENCORE, train(known, products, seed=seed, settings=settings)
        if peers:
            yield from peers(known)

    return measured(known, carts, recommenders() if carts else (), k=k, seed=seed)
