"""A gift: one more product in the cart, for nothing. Out of stock, it is off."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import ProductId
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "{name} as a gift, worth {saving}",
    "es": "{name} de regalo, por valor de {saving}",
    "it": "{name} in regalo, del valore di {saving}",
    "zh": "赠送 {name}，价值 {saving}",
}


@dataclass(frozen=True)
class Gift(Kind):
    """One piece of `product_id` is put into the cart, and its whole price taken off."""

    name: ClassVar[str] = "gift"
    redeemed_by: ClassVar[str] = "lines"

    product_id: ProductId
    variant_id: ProductId | None = None

    def trouble(self, situation: Situation) -> str | None:
        """It must be in stock, beside what the cart holds of it."""
        there = situation.more_of(self.product_id, self.variant_id)
        return super().trouble(situation) or (None if there else "out_of_stock")

    def terms(self, situation: Situation) -> Terms | None:
        """Its price, taken off."""
        gift = situation.more_of(self.product_id, self.variant_id)
        if gift is None or not gift.amount_minor:
            return None
        nothing = (0,) * len(situation.cart.lines)
        return Terms((*situation.cart.lines, gift), (*nothing, gift.amount_minor), added=1)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What it is and what it costs otherwise."""
        name = situation.title(self.product_id)
        return voice.say(_TEXT, name=name, saving=voice.money(terms.saving_minor))
