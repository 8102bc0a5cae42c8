"""Gift card: a card of the shop's own comes with the order."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.shop_keeps import ShopKeeps
from plugin.offers.parameters import Minor
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "With this order you get a gift card worth {value}",
    "es": "Con este pedido recibes una tarjeta regalo de {value}",
    "it": "Con questo ordine ricevi una carta regalo da {value}",
    "zh": "本单赠送价值 {value} 的礼品卡",
}
_DUTY: Texts = {
    "en": "Send a gift card with this order.",
    "es": "Enviar una tarjeta regalo con este pedido.",
    "it": "Inviare una carta regalo con questo ordine.",
    "zh": "随本订单附送礼品卡。",
}


@dataclass(frozen=True)
class GiftCard(ShopKeeps):
    """A card worth `value_minor`."""

    name: ClassVar[str] = "gift_card"
    duty: ClassVar[Texts] = _DUTY

    value_minor: Minor

    @property
    def promised_minor(self) -> int:
        """No less than what it is worth to who gets it."""
        return max(self.costs_minor or 0, self.value_minor)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is promised."""
        return voice.say(_TEXT, value=voice.money(self.value_minor))
