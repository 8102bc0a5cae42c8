"""Every number that steers the science, in one place. Chosen on the last tenth of training orders (decisions
0100, 0101, 0104, 0105 and 0106).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from recommender.blend import Blend


@dataclass(frozen=True)
class Settings:
    """How a model is trained and how its sources are weighed; kept in the artefact."""

    neighbours: int = 200
    """How many neighbours of a product are kept."""
    least_customers: int = 3
    """A pair of products that fewer customers bought together is weak: it is no evidence, and could tell what
    one person bought. It is never told of, and counts as a habit does, if at all."""
    pair_half_life_days: float = 365.0
    """After so long an order counts half towards "bought together"."""
    order_size_power: float = 0.7
    """An order of n products counts n ** -power for each of its pairs: big orders say less about a pair."""
    given_power: float = 0.8
    """A cart product bought n times counts n ** -power: what everybody buys says little."""
    suggested_power: float = 0.45
    """A suggested product bought n times counts n ** -power: what everybody buys is a weak suggestion."""
    ease_products: int = 7_000
    """How many of the most sold products EASE is worked out for: memory grows with their square, time with
    their cube (7,000: 0.4 GB and 10 seconds or so on two cores)."""
    ease_ridge: float = 0.1
    """What holds EASE's weights back, in shares of a product's mean weight."""
    ease_size_power: float = 0.5
    """An order of n products counts n ** -power in EASE."""
    own_half_lives_days: tuple[float, ...] = (15.0, 60.0, 240.0)
    """After so long a customer's own purchase counts half; each is a measure of its own."""
    own_kept: int = 1_000
    """How many of a customer's own purchases are kept, the best."""
    next_basket_half_life_days: float = 90.0
    """After so long a purchase counts half in telling which customers are alike."""
    like_customers: int = 100
    """How many customers most like one are asked what they buy."""
    next_basket_kept: int = 40
    """How many products that they buy are kept for each customer."""
    habits: bool = True
    """Whether what fewer than `least_customers` customers bought together may bring a suggestion."""
    bundle_customers: int = 10
    """A bundle is what so many customers or more bought at once."""
    bundle_lift: float = 4.0
    """The lower end of its lift's interval is at least this."""
    bundle_recent_share: float = 0.1
    """The share of orders, the last ones, in which a bundle must hold once more."""
    bundle_recent_customers: int = 5
    """So many customers bought it in them."""
    bundle_recent_lift: float = 2.0
    """The lower end of its lift's interval in them."""
    bundles_kept: int = 5
    """How many bundles of two, three and four products are kept for each product, the best."""
    upsell_likeness: float = 0.6
    """The words and categories of a better version are at least so much like those of the product."""
    upsell_errors: float = 2.0
    """So many standard errors more of those who know both prefer it."""
    validation_share: float = 0.1
    """The share of orders, the last ones, that the blend is fitted on."""
    validation_carts: int = 5_000
    """At most so many of them are asked about."""
    ranker_carts: int = 20_000
    """At most so many of them are asked about for the learned ranker, which wants thousands."""
    blend: Blend = field(default_factory=Blend)
    """What each source counts; fitted in training."""
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
    objective: Literal["hits", "revenue", "margin"] = "hits"
    """What a suggestion is worth: 1, its price, or its price less its cost, each times its chance."""
    diversity: float = 0.0
    """0 to 1: how much a product counts less where better ones of its categories are already in the list."""
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
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(given or {}) - known)
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}: known are {', '.join(sorted(known))}")
        # What an artefact holds comes back from JSON, which knows no tuples.
        return cls(**{name: _fixed(name, value) for name, value in (given or {}).items()})


def _fixed(name: str, value: Any) -> Any:
    if name == "blend" and not isinstance(value, Blend):
        return Blend.of(value)
    return tuple(value) if isinstance(value, list) else value
