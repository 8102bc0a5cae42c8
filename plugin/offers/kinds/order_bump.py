"""Order bump: add this to the order, at its price or for less. It is never ticked beforehand."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers import money
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import ProductId, Share
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "Add {name} for {price}",
    "es": "Añade {name} por {price}",
    "it": "Aggiungi {name} per {price}",
    "zh": "加购 {name}，仅需 {price}",
}


@dataclass(frozen=True)
class OrderBump(Kind):
    """One piece of `product_id` is put into the cart, with `off_share` off its price."""

    name: ClassVar[str] = "order_bump"
    redeemed_by: ClassVar[str] = "lines"

    product_id: ProductId
    variant_id: ProductId | None = None
    off_share: Share | None = None

    def trouble(self, situation: Situation) -> str | None:
        """It must be in stock, and not in the cart."""
        trouble = super().trouble(situation)
        if trouble is not None:
            return trouble
        if any(line.product_id == self.product_id for line in situation.cart.lines):
            return "in_cart"
        return None if situation.more_of(self.product_id, self.variant_id) else "out_of_stock"

    def terms(self, situation: Situation) -> Terms | None:
        """The cart with it."""
        bump = situation.more_of(self.product_id, self.variant_id)
        if bump is None:
            return None
        off_minor = money.rounded(bump.price_minor, self.off_share or 0)
        nothing = (0,) * len(situation.cart.lines)
        return Terms((*situation.cart.lines, bump), (*nothing, off_minor), added=1)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What, and for how much."""
        price_minor = terms.lines[-1].amount_minor - terms.discounts_minor[-1]
        return voice.say(_TEXT, name=situation.title(self.product_id), price=voice.money(price_minor))
