"""Grades: how sure a suggestion is, A to D, from who is behind it and the interval of what is said."""

import math
from collections.abc import Sequence

from recommender.reason import (
    BOUGHT_TOGETHER,
    COMPLEMENT,
    NEXT_BASKET,
    OWN_PURCHASES,
    POPULAR,
    Evidence,
    Reason,
)

Z = 1.96
PAIR_GRADES = (("A", 20, 2.0), ("B", 8, 1.25), ("C", 3, 1.0))
"""Grade, least customers, and least lift that even the lower end of the interval must show."""
OWN_GRADES = (("A", 6), ("B", 4), ("C", 2))
CROWD_GRADES = (("B", 20), ("C", 3))


def wilson_lower(successes: int, trials: int) -> float:
    """The lower end of Wilson's 95 % interval (1927) of a share, 0 for no trials."""
    if trials <= 0:
        return 0.0
    share, square = successes / trials, Z * Z
    middle = share + square / (2 * trials)
    spread = Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max((middle - spread) / (1 + square / trials), 0.0)


def grade(reason: Reason, orders_share: float) -> str:
    """A suggestion's grade, A the surest.

    bought_together: by customers behind the pair, and by how many times the share of the cart product's
    orders that hold the suggested one, at the lower end of its 95 % interval (Wilson), is the share of all
    orders that do: A 20 customers and 2 times, B 8 and 1.25, C 3 and 1, else D. own_purchases: by the orders
    of this customer that hold it: A 6, B 4, C 2, else D. next_basket: by the customers: B 20, C 3.
    complement: A, the shop's own word. popular: C from 20 orders on. category, likeness and the rest: D.
    """
    facts = reason.evidence
    if reason.kind == BOUGHT_TOGETHER:
        return _of_pair(facts, orders_share)
    if reason.kind == OWN_PURCHASES:
        return _by(OWN_GRADES, _count(facts, "orders"))
    if reason.kind == NEXT_BASKET:
        return _by(CROWD_GRADES, _count(facts, "customers"))
    if reason.kind == COMPLEMENT:
        return "A"
    return "C" if reason.kind == POPULAR and _count(facts, "orders") >= CROWD_GRADES[0][1] else "D"


def _by(grades: Sequence[tuple[str, int]], count: int) -> str:
    for name, least in grades:
        if count >= least:
            return name
    return "D"


def _of_pair(facts: Evidence, base: float) -> str:
    customers = _count(facts, "customers")
    low = wilson_lower(_count(facts, "orders_with_both"), _count(facts, "orders_with_cart_product"))
    for name, least_customers, least_lift in PAIR_GRADES:
        if customers >= least_customers and low >= least_lift * base:
            return name
    return "D"


def _count(facts: Evidence, name: str) -> int:
    found = facts[name]
    return found if isinstance(found, int) else 0
