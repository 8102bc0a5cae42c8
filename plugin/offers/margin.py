"""The margin floor: what a whole cart with an offer leaves to the merchant, and the sum that proves it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from plugin.offers import money
from plugin.offers.cart import PricedLine, Sold
from plugin.offers.terms import Terms
from plugin.settings import OfferSettings


@dataclass(frozen=True)
class MarginRules:
    """What the merchant set of money: amounts in minor units, shares in millionths.

    `shipping_cost_minor`: what sending an order costs, net of tax; `shipping_price_minor`: what the shopper
    usually pays for it (None: not said), nothing from a cart of `free_shipping_from_minor` on.
    `assumed_margins`: category -> the share of the net price taken for margin where a cost is unknown.
    """

    prices_include_tax: bool = True
    tax_share: int = 0
    floor_minor: int = 0
    floor_share: int = 0
    shipping_cost_minor: int = 0
    shipping_price_minor: int | None = None
    free_shipping_from_minor: int | None = None
    fee_share: int = 0
    fee_minor: int = 0
    assumed_margins: Mapping[str, int] | None = None

    def cost(self, sold: Sold, categories: tuple[str, ...]) -> int | None:
        """What the shop pays for one, net of tax: as known, or by the narrowest category's assumed margin."""
        if sold.cost_minor is not None or sold.price_minor is None:
            return sold.cost_minor
        for category in reversed(categories):
            if self.assumed_margins and category in self.assumed_margins:
                net = self.net(sold.price_minor, sold.tax_share)
                return money.at_most(net + 1, money.MILLION - self.assumed_margins[category])
        return None

    def net(self, amount_minor: int, tax_share: int) -> int:
        """An amount in the catalogue's prices, net of tax, rounded down."""
        return money.net_of_tax(amount_minor, tax_share) if self.prices_include_tax else amount_minor

    def gross(self, amount_minor: int, tax_share: int) -> int:
        """What is really paid for an amount in the catalogue's prices."""
        return amount_minor if self.prices_include_tax else money.with_tax(amount_minor, tax_share)

    def shipping_minor(self, goods_minor: int) -> int | None:
        """What is usually paid for sending goods of this price, before discounts; None: nobody has said."""
        free_from = self.free_shipping_from_minor
        return 0 if free_from is not None and goods_minor >= free_from else self.shipping_price_minor


@dataclass(frozen=True)
class Proof:
    """The sum, in minor units and net of tax; it is kept with the offer.

    margin = revenue - discount - cost - shipping_cost - fees - later (what is promised besides: for another
    order, or by other offers); the offer holds where margin >= floor.
    """

    revenue_minor: int
    discount_minor: int
    cost_minor: int
    shipping_cost_minor: int
    fees_minor: int
    later_minor: int
    margin_minor: int
    floor_minor: int

    @property
    def holds(self) -> bool:
        """Whether the merchant keeps what the floor asks for."""
        return self.margin_minor >= self.floor_minor

    def as_json(self) -> dict[str, int]:
        """The sum by names."""
        return asdict(self)


def prove(terms: Terms, rules: MarginRules, stacked_minor: int = 0) -> Proof:
    """The sum for `terms` where other promises that may be redeemed with the same order cost `stacked_minor`.

    What is not known is taken at its worst: shipping that nobody has priced earns nothing, and what the cart
    still lacks brings no margin but costs fees, and counts where a greater cart is sent for nothing, as
    what the offer adds does. Every line must have a cost.
    """
    revenue = kept = cost = paid = 0
    for line, discount_minor in zip(terms.lines, terms.discounts_minor, strict=True):
        amount_minor = line.amount_minor
        revenue += rules.net(amount_minor, line.tax_share)
        kept += rules.net(amount_minor - discount_minor, line.tax_share)
        paid += rules.gross(amount_minor - discount_minor, line.tax_share)
        cost += _cost(line) * line.quantity
    shipping_minor = rules.shipping_minor(terms.goods_minor + terms.missing_minor) or 0
    shipping_paid = max(0, shipping_minor - terms.shipping_discount_minor)
    tax_share = max((line.tax_share for line in terms.lines), default=0)
    shipping_cost = max(0, rules.shipping_cost_minor - rules.net(shipping_paid, tax_share))
    paid += rules.gross(shipping_paid + terms.missing_minor, tax_share)
    fees = money.at_most(paid, rules.fee_share) + rules.fee_minor
    floor = max(rules.floor_minor, money.at_most(kept + terms.missing_minor, rules.floor_share))
    later = terms.later_minor + stacked_minor
    margin = kept - cost - shipping_cost - fees - later
    return Proof(revenue, revenue - kept, cost, shipping_cost, fees, later, margin, floor)


def _cost(line: PricedLine) -> int:
    if line.cost_minor is None:
        raise ValueError(f"The cost of {line.product_id} is not known: no sum can be made.")
    return line.cost_minor


def rules_of(settings: OfferSettings) -> MarginRules:
    """The merchant's settings as sums are made with them."""
    return MarginRules(
        prices_include_tax=settings.prices_include_tax,
        tax_share=money.millionths(settings.tax_share),
        floor_minor=settings.floor_minor,
        floor_share=money.millionths(settings.floor_share),
        shipping_cost_minor=settings.shipping_cost_minor,
        shipping_price_minor=settings.shipping_price_minor,
        free_shipping_from_minor=settings.free_shipping_from_minor,
        fee_share=money.millionths(settings.fee_share),
        fee_minor=settings.fee_minor,
        assumed_margins={
            category: money.millionths(share) for category, share in settings.assumed_margin_shares.items()
        },
    )
