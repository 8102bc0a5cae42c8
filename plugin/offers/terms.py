"""What an offer changes on a cart: its lines, what is taken off each, and what is promised besides."""

from typing import NamedTuple

from plugin.offers.cart import PricedLine


class Terms(NamedTuple):
    """All amounts in minor units.

    `lines`: the cart, and what the offer adds to it. `discounts_minor`: what is taken off each line.
    `shipping_discount_minor`: what the shopper need not pay for shipping. `later_minor`: what is promised for
    another order, as a voucher good for `later_days` where those are said. `missing_minor`: what the cart
    lacks before the offer can be accepted (0: nothing).
    """

    lines: tuple[PricedLine, ...]
    discounts_minor: tuple[int, ...]
    shipping_discount_minor: int = 0
    later_minor: int = 0
    later_days: int = 0
    missing_minor: int = 0
    added: int = 0
    """How many of `lines`, the last ones, the offer has put there."""

    @property
    def discount_minor(self) -> int:
        """What is taken off the goods."""
        return sum(self.discounts_minor)

    @property
    def goods_minor(self) -> int:
        """What all the goods would cost without the offer."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def saving_minor(self) -> int:
        """What the shopper need not pay."""
        return self.discount_minor + self.shipping_discount_minor

    @property
    def total_minor(self) -> int:
        """What all of it would cost without the offer: goods, and shipping where the offer is about that."""
        return self.goods_minor + self.shipping_discount_minor

    @property
    def price_minor(self) -> int:
        """What it costs with the offer."""
        return self.total_minor - self.saving_minor

    @property
    def worth_minor(self) -> int:
        """What the shopper gets out of it, now and later."""
        return self.saving_minor + self.later_minor

    @property
    def is_free(self) -> bool:
        """Whether it costs the merchant nothing, whatever the goods cost."""
        return not (self.greatest_cost_minor or self.added)

    @property
    def greatest_cost_minor(self) -> int:
        """The most that keeping the offer can cost the merchant: what a budget reserves."""
        return self.saving_minor + self.later_minor
