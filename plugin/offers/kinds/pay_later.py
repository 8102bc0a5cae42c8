"""Pay later: the shopper pays some weeks after the order, without interest."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.shop_keeps import ShopKeeps
from plugin.offers.parameters import Days
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "Pay within {days}, without interest",
    "es": "Paga en {days}, sin intereses",
    "it": "Paga entro {days}, senza interessi",
    "zh": "{days}内付款，免利息",
}
_DUTY: Texts = {
    "en": "Let this order be paid later.",
    "es": "Permitir el pago aplazado de este pedido.",
    "it": "Far pagare questo ordine più tardi.",
    "zh": "允许本订单延期付款。",
}


@dataclass(frozen=True)
class PayLater(ShopKeeps):
    """To be paid within `days`."""

    name: ClassVar[str] = "pay_later"
    duty: ClassVar[Texts] = _DUTY

    days: Days

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is promised."""
        return voice.say(_TEXT, days=voice.days(self.days))
