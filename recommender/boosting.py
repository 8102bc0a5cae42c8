"""Boosting: small trees fitted one after the other, each on what those before it left unsaid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.lists import Lists
from recommender.trees import Trees

DEPTH = 3
LEARNING_RATE = 0.15
"""Each tree says so much of what it has found: many that say little go less astray than few that say much."""
L2 = 5.0
"""What is added to a leaf's curvature, so that one of few candidates says little."""
BINS = 32
"""A feature is asked about at the borders of so many parts, of equally many candidates each."""

Floats = npt.NDArray[np.floating[Any]]
Numbers = npt.NDArray[np.int64]


def boosted(lists: Lists, scores: Floats, n_trees: int) -> Trees:
    """`n_trees` that, added to `scores` (logarithms of chances), make the right answer of each list as likely
    as can be; `lists.measured` are the features, candidates by features.

    Second-order boosting (Chen and Guestrin, 2016, eq. 5 and 7) of the softmax over a list (Cao et al., 2007,
    ListNet) by oblivious trees, which split all of a level alike (Prokhorenkova et al., 2018, CatBoost): they
    overfit less than others of their size, and all are asked at once.
    """
    edges = [_edges(column) for column in lists.measured.T]
    binned = [edge.searchsorted(column) for edge, column in zip(edges, lists.measured.T, strict=True)]
    told, trees = scores.astype(np.float64), []
    for _ in range(n_trees):
        splits, leaf, leaves = _grown(binned, edges, *_pull(lists, told))
        told += leaves[leaf]
        trees.append((splits, leaves))
    features = tuple(tuple(feature for feature, _ in asked) for asked, _ in trees)
    thresholds = tuple(tuple(float(edges[feature][edge]) for feature, edge in asked) for asked, _ in trees)
    return Trees(features, thresholds, tuple(tuple(leaves.tolist()) for _, leaves in trees))


def _edges(column: Floats) -> npt.NDArray[np.float32]:
    shares = np.arange(1, BINS) / BINS
    return np.unique(np.quantile(column, shares).astype(np.float32))


def _pull(lists: Lists, told: Floats) -> tuple[Floats, Floats]:
    """Slope and curvature of the unlikeliness by each candidate's score."""
    starts, counts = lists.starts[:-1], np.diff(lists.starts)
    raised = np.exp(told - np.repeat(np.maximum.reduceat(told, starts), counts))
    chance = raised / np.repeat(np.add.reduceat(raised, starts), counts)
    slope = chance.copy()
    slope[lists.held_out] -= 1
    return slope, chance * (1 - chance)


def _grown(
    binned: Sequence[Numbers], edges: Sequence[Floats], slope: Floats, curvature: Floats
) -> tuple[list[tuple[int, int]], Numbers, Floats]:
    """The splits (feature, edge) of a tree, the leaf of each candidate, and what stands there."""
    leaf = np.zeros(len(slope), dtype=np.int64)
    splits: list[tuple[int, int]] = []
    for _ in range(DEPTH):
        n = 1 << len(splits)
        found = (
            (*_best_edge(_sums(n, leaf, of, len(edge) + 1, slope, curvature)), feature)
            for feature, (of, edge) in enumerate(zip(binned, edges, strict=True))
            if len(edge)
        )
        _, edge, feature = max(found, key=lambda each: each[0])
        leaf = 2 * leaf + (binned[feature] > edge)
        splits.append((feature, edge))
    slopes, curvatures = (np.bincount(leaf, each, 1 << DEPTH) for each in (slope, curvature))
    return splits, leaf, -LEARNING_RATE * slopes / (curvatures + L2)


def _sums(
    n: int, leaf: Numbers, of: Numbers, n_bins: int, slope: Floats, curvature: Floats
) -> tuple[Floats, Floats]:
    """Of each leaf so far (`n`) the sums of slope and curvature up to each bin."""
    places = leaf * n_bins + of
    sums = (np.bincount(places, each, n * n_bins).reshape(n, n_bins) for each in (slope, curvature))
    below, curved = (each.cumsum(axis=1) for each in sums)
    return below, curved


def _best_edge(sums: tuple[Floats, Floats]) -> tuple[float, int]:
    """What is gained at the best edge to ask about, and its number."""
    (below, curved), (whole, all_curved) = sums, (each[:, -1:] for each in sums)
    above = (whole - below) ** 2 / (all_curved - curved + L2)
    gains = (below**2 / (curved + L2) + above).sum(axis=0)[:-1]
    best = int(gains.argmax())
    return float(gains[best]), best
