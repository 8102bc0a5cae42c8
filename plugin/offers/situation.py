"""All that an offer may ask about before it speaks: the cart, the shop's prices, the person and the hour."""

from dataclasses import dataclass, field
from datetime import datetime

from plugin.offers.cart import PricedCart, PricedLine, Prices, line_of
from plugin.offers.margin import MarginRules
from plugin.serving.request import CartLine


@dataclass(frozen=True)
class Standing:
    """What a proved customer has bought so far: paid and fulfilled orders, their value in minor units, and
    when the last one was placed.
    """

    orders: int
    value_minor: int
    last_at: datetime | None = None


@dataclass(frozen=True)
class Situation:
    """One question for an offer. Nothing in it is believed that the browser alone says, but its placement,
    language and country.

    `at`: the shop's own clock. `standing` None: not a known customer, or not one who consented.
    """

    placement: str
    cart: PricedCart
    prices: Prices
    rules: MarginRules
    at: datetime
    lang: str
    country: str | None = None
    standing: Standing | None = None
    bundle: tuple[str, ...] = ()
    """The products of the bundle that is asked for, if one is."""
    _more: dict[tuple[str, str | None], PricedLine | None] = field(default_factory=dict, compare=False)

    @property
    def shipping_minor(self) -> int | None:
        """What the shopper pays for shipping the cart as it is, without an offer; None: nobody has said."""
        return self.rules.shipping_minor(self.cart.total_minor)

    def title(self, product_id: str) -> str:
        """The product's name; its id where it is not for sale."""
        found = self.prices.get(product_id)
        return found.title if found else product_id

    def more_of(self, product_id: str, variant_id: str | None) -> PricedLine | None:
        """One more piece, as a line that an offer may add: it is in stock, and has a price and a cost.

        Many offers ask the same, and each more than once: the answer is kept.
        """
        key = (product_id, variant_id)
        if key not in self._more:
            self._more[key] = self._found(product_id, variant_id)
        return self._more[key]

    def _found(self, product_id: str, variant_id: str | None) -> PricedLine | None:
        found = line_of(self.prices, CartLine(product_id, variant_id, 1), self.rules.cost)
        if isinstance(found, str) or found.cost_minor is None:
            return None
        there = sum(line.quantity for line in self.cart.lines if line.product_id == product_id)
        variants = self.prices[product_id].variants
        in_stock = any(
            each.has(1 + there) for each in variants if found.variant_id in (None, each.variant_id)
        )
        return found if in_stock else None
