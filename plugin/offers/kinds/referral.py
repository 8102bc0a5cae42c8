"""Referral: a friend who orders brings something to both."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.shop_keeps import ShopKeeps
from plugin.offers.parameters import Minor
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "With this order you get a code worth {value} for a friend",
    "es": "Con este pedido recibes un código de {value} para un amigo",
    "it": "Con questo ordine ricevi un codice da {value} per un amico",
    "zh": "本单赠送一个价值 {value} 的好友优惠码",
}
_DUTY: Texts = {
    "en": "Send a code for a friend.",
    "es": "Enviar un código para un amigo.",
    "it": "Inviare un codice per un amico.",
    "zh": "发送好友优惠码。",
}


@dataclass(frozen=True)
class Referral(ShopKeeps):
    """`value_minor` for the friend's first order; the shop sees to it."""

    name: ClassVar[str] = "referral"
    duty: ClassVar[Texts] = _DUTY

    value_minor: Minor

    @property
    def promised_minor(self) -> int:
        """No less than what it is worth to who gets it."""
        return max(self.costs_minor or 0, self.value_minor)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is promised."""
        return voice.say(_TEXT, value=voice.money(self.value_minor))
