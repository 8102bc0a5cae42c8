"""Free shipping: the shopper pays nothing for sending this order."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.kind import Kind
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "Free shipping for this order: you save {saving}",
    "es": "Envío gratis para este pedido: ahorras {saving}",
    "it": "Spedizione gratuita per questo ordine: risparmi {saving}",
    "zh": "本单免运费，为您节省 {saving}",
}


@dataclass(frozen=True)
class FreeShipping(Kind):
    """What the shop usually charges for shipping is not charged."""

    name: ClassVar[str] = "free_shipping"
    redeemed_by: ClassVar[str] = "shipping"

    def trouble(self, situation: Situation) -> str | None:
        """Not where shipping costs nothing anyway, or nobody has said what it costs."""
        return super().trouble(situation) or shipping_trouble(situation)

    def terms(self, situation: Situation) -> Terms | None:
        """The usual price of shipping."""
        nothing = (0,) * len(situation.cart.lines)
        return Terms(situation.cart.lines, nothing, shipping_discount_minor=situation.shipping_minor or 0)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What it saves."""
        return voice.say(_TEXT, saving=voice.money(terms.saving_minor))


def shipping_trouble(situation: Situation) -> str | None:
    """Why free shipping cannot be promised: its price is not known, or it is free anyway."""
    if situation.shipping_minor is None:
        return "shipping_price_unknown"
    return None if situation.shipping_minor else "shipping_is_free"
