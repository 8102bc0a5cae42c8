"""Lists: the candidates of carts of which the right answer is known, to be ranked and judged."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.sources import row_starts
from recommender.validation import Table

MOST_CANDIDATES = 150
"""Only so many candidates of a cart, the best by the blend so far, are ranked in fitting."""
K = 10
SURE = 1.0
"""So many standard errors above 0 a gain in held-out carts must be."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lists:
    """The candidates of carts as numbers to be weighed: `measured` (candidates by weights), sorted by list;
    `starts` of each list, `held_out`, the place of its one right answer, and `cart`, its number.
    """

    measured: npt.NDArray[np.float32]
    starts: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.int64]
    cart: npt.NDArray[np.int64]

    @classmethod
    def of(cls, table: Table, measured: npt.NDArray[np.float32], weights: Floats) -> "Lists":
        """Those carts whose right answer is among their best candidates by `weights`."""
        scores = measured @ weights
        # By cart, then by score, told by one number: one sort takes a fifth of what two in a row do.
        order = np.argsort(table.cart - scores / (scores.max(initial=0) + 1))
        starts = row_starts(np.bincount(table.cart))
        rank = np.arange(len(order)) - starts[table.cart[order]]
        kept = order[rank < MOST_CANDIDATES]
        right = np.zeros(len(starts) - 1, dtype=bool)
        right[table.cart[kept[table.is_held_out[kept]]]] = True
        kept = np.sort(kept[right[table.cart[kept]]])
        cart, counts = np.unique(table.cart[kept], return_counts=True)
        return cls(measured[kept], row_starts(counts), table.is_held_out[kept].nonzero()[0], cart)

    def some(self, chosen: npt.NDArray[np.bool_]) -> "Lists":
        """The lists that are `chosen`."""
        counts = np.diff(self.starts)
        starts = row_starts(counts[chosen])
        held_out = (self.held_out - self.starts[:-1])[chosen] + starts[:-1]
        return Lists(self.measured[np.repeat(chosen, counts)], starts, held_out, self.cart[chosen])

    def gains(self, weights: Floats) -> Floats:
        """`gains_of` the sums by `weights`."""
        return self.gains_of(self.measured @ weights)

    def gains_of(self, scores: npt.NDArray[np.floating[Any]]) -> Floats:
        """1 / log2(1 + place) of each right answer among the first 10 by `scores`, else 0; what scores
        nothing is not found. Of equals the first stands before the others, as in the ranker.
        """
        right, counts = scores[self.held_out], np.diff(self.starts)
        is_before = np.arange(len(scores)) < np.repeat(self.held_out, counts)
        its = np.repeat(right, counts)
        ahead = (scores > its) | ((scores == its) & is_before)
        places = np.add.reduceat(ahead, self.starts[:-1]) + 1 if len(self.cart) else np.zeros(0)
        return np.where((places <= K) & (right > 0), 1 / np.log2(1 + places), 0)


def is_sure(more: Floats) -> bool:
    """Whether what is gained, list by list, is more than nothing by SURE standard errors."""
    return bool(more.mean() > SURE * more.std() / np.sqrt(len(more)))
