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

    @classmethod
    def of(cls, given: "Settings | Mapping[str, Any] | None") -> "Settings":
        """Settings from a mapping of names to numbers; names not given keep their defaults. Unknown ones:
        ValueError.
        """
        if isinstance(given, Settings):
            return given
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(given or {}) - known)
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}: known are {', '.join(sorted(known))}")
        return cls(**(given or {}))
