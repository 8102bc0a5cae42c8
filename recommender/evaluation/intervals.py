"""Intervals: how far a figure may lie off by the chance of which carts were drawn, by the bootstrap."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

RESAMPLES = 2_000
PERCENTILES = (2.5, 97.5)
AT_ONCE = 100

Counts = npt.NDArray[np.float64]
Sampled = npt.NDArray[np.float64]
Interval = tuple[float, float]


def resamples(n_carts: int, seed: int = 0) -> Counts:
    """RESAMPLES by carts: how often each cart is in each bootstrap sample of as many carts (Efron 1979)."""
    rng = np.random.default_rng(seed)
    counts = np.zeros((RESAMPLES, n_carts))
    if n_carts:
        for row in counts:
            row[:] = np.bincount(rng.integers(0, n_carts, n_carts), minlength=n_carts)
    return counts


def sampled_means(counts: Counts, values: npt.NDArray[np.float64]) -> Sampled:
    """RESAMPLES by columns of `values` (carts by columns): each sample's mean of each column over the carts
    whose value is not NaN; NaN for a sample that holds none of these.
    """
    defined = np.isfinite(values)
    sums = counts @ np.where(defined, values, 0)
    weights = counts @ defined.astype(np.float64)
    means: Sampled = np.divide(sums, weights, out=np.full(sums.shape, np.nan), where=weights > 0)
    return means


def sampled_coverages(counts: Counts, lists: Sequence[Sequence[str]]) -> Sampled:
    """Each sample's number of different products in `lists`.

    A sample holds only about 63 % of the carts, and so fewer products: take its spread, not its place.
    """
    numbers: dict[str, int] = {}
    columns = [numbers.setdefault(each, len(numbers)) for answer in lists for each in answer]
    starts = np.concatenate([[0], np.cumsum([len(answer) for answer in lists], dtype=np.int64)])
    shown = csr_matrix(
        (np.ones(len(columns), np.float32), columns, starts), (len(lists), len(numbers))
    ).T.tocsr()
    drawn = (counts > 0).astype(np.float32).T
    blocks = (shown @ drawn[:, start : start + AT_ONCE] for start in range(0, RESAMPLES, AT_ONCE))
    return np.concatenate([np.count_nonzero(block, axis=0) for block in blocks]).astype(np.float64)


def interval(sampled: npt.NDArray[Any]) -> Interval:
    """The 95 % interval (percentiles) of what the samples gave; NaN where one in ten of them gave nothing."""
    defined = sampled[np.isfinite(sampled)]
    if len(defined) < 0.9 * len(sampled):
        return float("nan"), float("nan")
    low, high = np.percentile(defined, PERCENTILES)
    return float(low), float(high)


def shifted_interval(sampled: npt.NDArray[Any], value: float) -> Interval:
    """The same, moved so that the samples' mean lies on `value`."""
    low, high = interval(sampled)
    off = value - float(sampled.mean())
    return low + off, high + off


def hit_rate_ratio_interval(
    hits: Sequence[float] | npt.NDArray[Any], baseline_hits: Sequence[float] | npt.NDArray[Any], seed: int = 0
) -> Interval:
    """The 95 % interval of mean(hits) / mean(baseline_hits), by 2,000 bootstrap samples of the carts
    (percentiles).

    Both: one 0 or 1 (or bool) a cart, in the same order. NaN where the baseline never hit.
    """
    pairs = np.stack([hits, baseline_hits], axis=1).astype(np.float64)
    return ratio_interval(*sampled_means(resamples(len(pairs), seed), pairs).T)


def ratio_interval(sampled: Sampled, other: Sampled) -> Interval:
    """The 95 % interval of the ratio of two figures of the same samples."""
    return interval(np.divide(sampled, other, out=np.full(len(sampled), np.nan), where=other > 0))
