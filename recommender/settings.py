"""Every number that steers the science, in one place. Chosen on the last tenth of training orders (decision
0020).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Settings:
    """How a model is trained and how its sources are weighed; kept in the artefact."""

    neighbours: int = 200
    """How many neighbours of a product are kept."""
    least_customers: int = 3
    """A pair of products that fewer customers bought together is weak: it brings no suggestion (it would be
    no evidence, and could tell what one person bought), but adds to the score of what strong pairs bring."""
    pair_half_life_days: float = 365.0
    """After so long an order counts half towards "bought together"."""
    order_size_power: float = 0.6
    """An order of n products counts n ** -power for each of its pairs: big orders say less about a pair."""
    given_power: float = 0.8
    """A cart product bought n times counts n ** -power: what everybody buys says little."""
    suggested_power: float = 0.35
    """A suggested product bought n times counts n ** -power: what everybody buys is a weak suggestion."""
    own_half_life_days: float = 60.0
    """After so long a customer's own purchase counts half."""
    own_weight: float = 1.0
    """The customer's own purchases in the ranking, beside the cart's best neighbour (which counts 1)."""
    popular_half_life_days: float = 30.0
    """After so long an order counts half towards what is popular."""
    listed: int = 500
    """How many popular products are kept, and how many of each category."""
    popular_days: int = 30
    """The window that the reason "popular" speaks of."""
    newcomer_days: float = 60.0
    """So long after its first day on sale a product may count as new."""
    few_customers: int = 5
    """What fewer customers bought has too few orders to speak for itself: the products it is like do."""
    least_likeness: float = 0.3
    """Products whose words and categories are less alike than this are not of one kind."""
    sensitive_categories: tuple[str, ...] = ()
    """Categories (health, intimate, gifts) that never steer a personal suggestion and never appear in one."""
    bought_once_categories: tuple[str, ...] = ()
    """Categories that the merchant says are bought once (a kettle), whatever the orders say."""
    bought_again_categories: tuple[str, ...] = ()
    """Categories that the merchant says are bought again and again (coffee), whatever the orders say."""

    @classmethod
    def of(cls, given: "Settings | Mapping[str, Any] | None") -> "Settings":
        """Settings from a mapping of names to values; names not given keep their defaults. Unknown ones:
        ValueError.
        """
        if isinstance(given, Settings):
            return given
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(given or {}) - known)
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}: known are {', '.join(sorted(known))}")
        # What an artefact holds comes back from JSON, which knows no tuples.
        return cls(**{name: _fixed(value) for name, value in (given or {}).items()})


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
