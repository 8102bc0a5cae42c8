"""Lift: how much more often two products are bought together than by chance."""

from math import exp, log, sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def lift(both: int, given: int, suggested: int, n_orders: int) -> tuple[float, float, float] | None:
    """(value, low, high), a 95 % interval; None where any count is 0.

    P(suggested | given) / P(suggested) = both · n / (given · suggested). The interval is that of a ratio of
    two shares, on the logarithm: exp(ln lift ± 1.96 · sqrt(1/both - 1/given + 1/suggested - 1/n)) (D. Katz
    and others, Biometrics 34, 1978). The orders with the given product are among all, which makes it a little
    too wide: to err on that side is right here.
    """
    if not min(both, given, suggested, n_orders):
        return None
    value = both * n_orders / (given * suggested)
    spread = _Z * sqrt(1 / both - 1 / given + 1 / suggested - 1 / n_orders)
    return value, exp(log(value) - spread), exp(log(value) + spread)
