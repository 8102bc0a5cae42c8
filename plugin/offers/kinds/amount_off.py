"""Amount off: so much off the whole cart, never more than it costs."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers import money
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import Minor
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "{saving} off your cart",
    "es": "{saving} de descuento en tu cesta",
    "it": "{saving} di sconto sul tuo carrello",
    "zh": "购物车立减 {saving}",
}


@dataclass(frozen=True)
class AmountOff(Kind):
    """`off_minor` off."""

    name: ClassVar[str] = "amount_off"
    redeemed_by: ClassVar[str] = "discount"

    off_minor: Minor

    def terms(self, situation: Situation) -> Terms | None:
        """The amount, spread over the lines."""
        lines = situation.cart.lines
        discounts = off_whole(situation, self.off_minor)
        return Terms(lines, discounts) if any(discounts) else None

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """How much."""
        return voice.say(_TEXT, saving=voice.money(terms.saving_minor))


def off_whole(situation: Situation, off_minor: int) -> tuple[int, ...]:
    """`off_minor`, but no more than all of it costs, as discounts on the cart's lines."""
    weights = [line.amount_minor for line in situation.cart.lines]
    return tuple(money.split(min(off_minor, sum(weights)), weights))
