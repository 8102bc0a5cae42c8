"""Buy one, get one: the second piece free, or for less."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers import money
from plugin.offers.cart import PricedLine
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import ProductId, Share
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_FREE: Texts = {
    "en": "Buy one {name}, get a second one free",
    "es": "Compra {name} y llévate otro gratis",
    "it": "Compra {name}, il secondo è gratis",
    "zh": "购买 {name}，第二件免费",
}
_LESS: Texts = {
    "en": "Buy one {name}, get {share} off a second one",
    "es": "Compra {name} y llévate otro con un {share} de descuento",
    "it": "Compra {name}, il secondo con il {share} di sconto",
    "zh": "购买 {name}，第二件减 {share}",
}


@dataclass(frozen=True)
class BuyOneGetOne(Kind):
    """`off_share` (1: free) of a second piece of `product_id`, which is put into the cart if it must."""

    name: ClassVar[str] = "buy_one_get_one"
    redeemed_by: ClassVar[str] = "lines"

    product_id: ProductId
    off_share: Share = money.MILLION

    def trouble(self, situation: Situation) -> str | None:
        """One must be in the cart, and a second one in the cart or in stock."""
        trouble = super().trouble(situation)
        if trouble is not None:
            return trouble
        first = self._first(situation)
        if first is None:
            return "not_in_cart"
        return None if first.quantity > 1 or self._second(situation, first) else "out_of_stock"

    def terms(self, situation: Situation) -> Terms | None:
        """The share of one piece."""
        first = self._first(situation)
        if first is None:
            return None
        second = None if first.quantity > 1 else self._second(situation, first)
        lines = (*situation.cart.lines, second) if second else situation.cart.lines
        place = len(lines) - 1 if second else lines.index(first)
        off_minor = money.rounded(first.price_minor, self.off_share)
        discounts = tuple(off_minor if each == place else 0 for each in range(len(lines)))
        return Terms(lines, discounts, added=1 if second else 0) if off_minor else None

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """Of what, and how much."""
        text = _FREE if self.off_share == money.MILLION else _LESS
        return voice.say(text, name=situation.title(self.product_id), share=voice.share(self.off_share))

    def _first(self, situation: Situation) -> PricedLine | None:
        return next((line for line in situation.cart.lines if line.product_id == self.product_id), None)

    def _second(self, situation: Situation, first: PricedLine) -> PricedLine | None:
        return situation.more_of(first.product_id, first.variant_id)
