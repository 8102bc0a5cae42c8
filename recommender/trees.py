"""Trees: the learned ranker's, which put right what the blend says of the best candidates."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


class Trees(NamedTuple):
    """Trees that ask the same of every candidate: whether `features` (by number) are above `thresholds`
    (trees by questions). The answers, read as a binary number, name the leaf of `leaves` (trees by 2 **
    questions) that is added to its score.
    """

    features: tuple[tuple[int, ...], ...] = ()
    thresholds: tuple[tuple[float, ...], ...] = ()
    leaves: tuple[tuple[float, ...], ...] = ()

    @classmethod
    def of(cls, given: Sequence[Sequence[Sequence[Any]]]) -> "Trees":
        """From what JSON makes of one: lists for tuples."""
        return cls(*(tuple(map(tuple, each)) for each in given))

    def first(self, n: int) -> "Trees":
        """The first `n` of them, which are what fitting fewer gives."""
        return Trees(self.features[:n], self.thresholds[:n], self.leaves[:n])

    def times(self, factor: float) -> "Trees":
        """The same, each leaf times `factor`, in four digits, for the artefact's sake."""
        return self._replace(leaves=tuple(tuple(_short(x * factor) for x in leaf) for leaf in self.leaves))


class Correction:
    """`Trees` made ready to be asked quickly: all of them at once about a handful of candidates."""

    def __init__(self, trees: Trees) -> None:
        self._features = np.array(trees.features, dtype=np.intp).T
        self._thresholds = np.array(trees.thresholds, dtype=np.float32).T[:, :, None]
        self._leaves = np.array(trees.leaves, dtype=np.float32).ravel()
        n_trees, n_leaves = np.array(trees.leaves).shape
        self._roots, self._ones = np.arange(n_trees)[:, None] * n_leaves, np.ones(n_trees, np.float32)

    def of(self, features: Floats) -> npt.NDArray[np.float32]:
        """The sum over the trees, one a candidate (float32), from `features` (features by candidates)."""
        above = (features.take(self._features, axis=0) > self._thresholds).view(np.uint8)
        answers = above[0]
        for is_above in above[1:]:  # in bytes, which are quicker than numbers of eight
            answers = answers << 1 | is_above
        return np.asarray(self._ones @ self._leaves.take(answers + self._roots))


def _short(number: float) -> float:
    return float(f"{number:.4g}")
