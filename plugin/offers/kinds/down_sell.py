"""Down-sell: a cheaper product in place of a dear one, for who finds it too dear."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers import money
from plugin.offers.cart import PricedLine
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import ProductId, Share
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "{cheaper} instead of {dear}: your cart costs {price}",
    "es": "{cheaper} en lugar de {dear}: tu cesta cuesta {price}",
    "it": "{cheaper} al posto di {dear}: il carrello costa {price}",
    "zh": "用 {cheaper} 代替 {dear}，购物车共 {price}",
}


@dataclass(frozen=True)
class DownSell(Kind):
    """One piece of `instead_product_id`, with `off_share` off, takes the place of one of `product_id`."""

    name: ClassVar[str] = "down_sell"
    redeemed_by: ClassVar[str] = "lines"

    product_id: ProductId
    instead_product_id: ProductId
    off_share: Share | None = None

    def trouble(self, situation: Situation) -> str | None:
        """The dear one must be in the cart, the other one in stock and cheaper."""
        trouble = super().trouble(situation)
        if trouble is not None:
            return trouble
        dear, cheaper = self._dear(situation), situation.more_of(self.instead_product_id, None)
        if dear is None:
            return "not_in_cart"
        if cheaper is None:
            return "out_of_stock"
        return None if cheaper.price_minor < dear.price_minor else "not_cheaper"

    def terms(self, situation: Situation) -> Terms | None:
        """The cart as it would be."""
        dear, cheaper = self._dear(situation), situation.more_of(self.instead_product_id, None)
        if dear is None or cheaper is None:
            return None
        kept = [line._replace(quantity=line.quantity - (line is dear)) for line in situation.cart.lines]
        others = tuple(line for line in kept if line.quantity)
        off_minor = money.rounded(cheaper.price_minor, self.off_share or 0)
        return Terms((*others, cheaper), (*(0,) * len(others), off_minor), added=1)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What for what, and what all of it costs then: how much less that is would be taken for the saving,
        which is only what is taken off.
        """
        cheaper, dear = situation.title(self.instead_product_id), situation.title(self.product_id)
        return voice.say(_TEXT, cheaper=cheaper, dear=dear, price=voice.money(terms.price_minor))

    def _dear(self, situation: Situation) -> PricedLine | None:
        return next((line for line in situation.cart.lines if line.product_id == self.product_id), None)
