"""Bundles of the first nine tenths of the time, looked for in the last tenth: how many keep a lift of two."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import numpy as np
import polars as pl

from recommender import bundles
from recommender.bundles import NONE, Orders, Sets
from recommender.frames import read_orders
from recommender.history import History
from recommender.settings import Settings
from tests.benchmarks.machine import say
from tests.benchmarks.quality.orders import COMPLETE_JOURNEY, named

LATER_SHARE, LIFT = 0.1, 2.0
GOALS = {COMPLETE_JOURNEY: "90 %, 500 products", "online_retail_ii": "90 %, 900 products"}


@dataclass(frozen=True)
class Kept:
    """Of `n_bundles`, each counted once, the share with a lift of two or more later, where what is no longer
    sold has none; `n_products`: those that have a bundle.
    """

    share: float
    n_bundles: int
    n_products: int


def measure() -> None:
    """Print what is kept on both real shops, where they are on this machine."""
    for name in (COMPLETE_JOURNEY, "online_retail_ii"):
        orders = named(name)
        if orders is not None:
            found = kept(orders.lines)
            share = f"{found.share:.1%} of {found.n_bundles:,} keep lift >= {LIFT:.0f}"
            say(f"bundles, {orders.title}", f"{share}, {found.n_products:,} products with one", GOALS[name])


def kept(lines: pl.DataFrame) -> Kept:
    """What of the bundles of `lines` until nine tenths of their time holds after it."""
    orders = read_orders(lines)
    first, last = (cast(datetime, each) for each in (orders["ordered_at"].min(), orders["ordered_at"].max()))
    cut = first + (last - first) * (1 - LATER_SHARE)
    known = History.of(orders, None, cut)
    return _later(History.of(orders, None, None), known, bundles.fit(known, Settings())["sets"])


def _later(whole: History, known: History, sets: Sets) -> Kept:
    """`whole` numbers the products otherwise than `known` does."""
    rows = np.array([*(whole.products.row(each) for each in known.products.all()), NONE], dtype=np.int32)
    later = Orders(whole, whole.ordered_at > known.as_of)
    sets, n_kept = rows[sets], 0
    sizes = (sets != NONE).sum(axis=1)
    for size in np.unique(sizes).tolist():
        n_kept += int((later.evidence(sets[sizes == size, :size]).lift >= LIFT).sum())
    return Kept(n_kept / len(sets), len(sets), len(np.unique(sets[sets != NONE])))


if __name__ == "__main__":
    measure()
