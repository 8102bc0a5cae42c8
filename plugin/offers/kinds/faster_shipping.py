"""Faster shipping: the order goes out by the fast way, at the usual price."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.shop_keeps import ShopKeeps
from plugin.offers.parameters import Days
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "Faster shipping at no extra cost: with you within {days}",
    "es": "Envío más rápido sin coste adicional: en {days}",
    "it": "Spedizione più veloce senza costi aggiuntivi: da te entro {days}",
    "zh": "免费升级加急配送：{days}内送达",
}
_DUTY: Texts = {
    "en": "Send this order the fast way.",
    "es": "Enviar este pedido por la vía rápida.",
    "it": "Spedire questo ordine con la via più veloce.",
    "zh": "以加急方式寄送本订单。",
}


@dataclass(frozen=True)
class FasterShipping(ShopKeeps):
    """The order is there within `days`."""

    name: ClassVar[str] = "faster_shipping"
    duty: ClassVar[Texts] = _DUTY

    days: Days

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is promised."""
        return voice.say(_TEXT, days=voice.days(self.days))
