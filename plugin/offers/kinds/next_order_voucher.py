"""Next-order voucher: who orders now gets an amount off the next order."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import Days, Minor
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "Order now and get {value} off your next order within {days}",
    "es": "Haz este pedido y consigue {value} de descuento en el siguiente, durante {days}",
    "it": "Con questo ordine ricevi {value} di sconto sul prossimo, entro {days}",
    "zh": "本单完成后，{days}内下一单立减 {value}",
}


@dataclass(frozen=True)
class NextOrderVoucher(Kind):
    """A code for `value_minor` off, good for `valid_days`, once this order is redeemed."""

    name: ClassVar[str] = "next_order_voucher"
    redeemed_by: ClassVar[str] = "later"

    value_minor: Minor
    valid_days: Days = 90

    def terms(self, situation: Situation) -> Terms | None:
        """Nothing off now, and the whole value promised for later."""
        nothing = (0,) * len(situation.cart.lines)
        return Terms(situation.cart.lines, nothing, later_minor=self.value_minor, later_days=self.valid_days)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """How much, and for how long."""
        return voice.say(_TEXT, value=voice.money(self.value_minor), days=voice.days(self.valid_days))
