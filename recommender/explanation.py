"""Explanations: for the merchant, why each product of an answer is there, and why others are not."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from recommender.suggestion import Suggestion

Z = 1.96


@dataclass(frozen=True)
class Explained:
    """A suggestion; `contributions` to its score by kind of source; the `rules` that moved it; and for a pair
    its `evidence`: orders_with_both, orders_with_cart_product, orders_with_suggested, n_orders, customers,
    lift and lift_interval (two numbers).
    """

    suggestion: Suggestion
    contributions: Mapping[str, float]
    rules: tuple[str, ...]
    evidence: Mapping[str, int | float | tuple[float, float]]


@dataclass(frozen=True)
class Dropped:
    """A candidate that was found but not given, and the `rule` that dropped it: in_cart, excluded, weak_pair
    (fewer than 3 customers made it), bought_once (the customer needs no other), sensitive (the
    customer is known) or below (others are better).
    """

    product_id: str
    rule: str


@dataclass(frozen=True)
class Explanation:
    """What `recommend` gives, best first, each explained; and what it found beside."""

    items: tuple[Explained, ...]
    dropped: tuple[Dropped, ...]


def lift(both: int, given: int, suggested: int, n_orders: int) -> tuple[float, tuple[float, float]] | None:
    """How many times more often than by chance two products share an order, and its 95 % interval (Katz et
    al., 1978: the logarithm of a ratio of shares); None where one of them has no orders.
    """
    if not (both and given and suggested and n_orders):
        return None
    found = both * n_orders / (given * suggested)
    error = math.sqrt(max(1 / both - 1 / given + 1 / suggested - 1 / n_orders, 0.0))
    return found, (found * math.exp(-Z * error), found * math.exp(Z * error))
