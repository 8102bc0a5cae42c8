"""The difference between two arms of an experiment, with an interval, or the reason why there is none yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from statistics import NormalDist

NEEDED_VISITORS = 100
"""So many visitors in each arm, at the least, before the means are close enough to normal to be compared."""

NEEDED_BUYERS = 5
"""So many visitors in each arm must have bought: with fewer the spread of an arm is not known."""

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Difference:
    """Mean with Encore minus mean without, and its 95 % interval; all None, with a `reason`, when undefined.

    `reason` is `too_few_visitors` or `too_few_buyers` (fewer than `NEEDED_VISITORS` or `NEEDED_BUYERS` in an
    arm), or `no_prices`: what was spent is not known.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str | None


def difference(encore: Sequence[float], holdout: Sequence[float]) -> Difference:
    """Compare one number a visitor in either arm: 1 or 0 for bought or not, or what was spent.

    d = mean(x) - mean(y), interval d ± 1.96 · sqrt(s²(x)/n(x) + s²(y)/n(y)), s² with n - 1: Welch's standard
    error (B. L. Welch, Biometrika 34, 1947), which lets the arms differ in size and spread. With the visitors
    asked for, his t quantile and the normal's 1.96 differ by under 0.03, so the normal's is taken. For shares
    of 0 and 1 it is the usual interval of two proportions.
    """
    reason = _missing(encore, holdout)
    if reason:
        return undefined(reason)
    value = _mean(encore) - _mean(holdout)
    half = _Z * sqrt(_variance(encore) / len(encore) + _variance(holdout) / len(holdout))
    return Difference(value, value - half, value + half, None)


def undefined(reason: str) -> Difference:
    """The difference that there is not, and why."""
    return Difference(None, None, None, reason)


def _missing(*arms: Sequence[float]) -> str | None:
    if any(len(arm) < NEEDED_VISITORS for arm in arms):
        return "too_few_visitors"
    if any(sum(value != 0 for value in arm) < NEEDED_BUYERS for arm in arms):
        return "too_few_buyers"
    return None


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
