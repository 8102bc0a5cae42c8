"""Free returns: what is sent back costs the shopper nothing."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.shop_keeps import ShopKeeps
from plugin.offers.parameters import Days
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "Free returns within {days}",
    "es": "Devoluciones gratis durante {days}",
    "it": "Resi gratuiti entro {days}",
    "zh": "{days}内免费退货",
}
_DUTY: Texts = {
    "en": "Pay for returns of this order.",
    "es": "Pagar las devoluciones de este pedido.",
    "it": "Pagare i resi di questo ordine.",
    "zh": "承担本订单的退货运费。",
}


@dataclass(frozen=True)
class FreeReturns(ShopKeeps):
    """Within `days` the shop pays for sending back."""

    name: ClassVar[str] = "free_returns"
    duty: ClassVar[Texts] = _DUTY

    days: Days = 30

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is promised."""
        return voice.say(_TEXT, days=voice.days(self.days))
