"""Invitation: to an event, or to see something before others."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.shop_keeps import ShopKeeps
from plugin.offers.parameters import Text
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "With this order you are invited: {event}",
    "es": "Con este pedido te invitamos: {event}",
    "it": "Con questo ordine sei invitato: {event}",
    "zh": "本单附赠邀请：{event}",
}
_DUTY: Texts = {
    "en": "Send the invitation.",
    "es": "Enviar la invitación.",
    "it": "Inviare l’invito.",
    "zh": "发送邀请。",
}


@dataclass(frozen=True)
class Invitation(ShopKeeps):
    """An invitation to `event`, in the merchant's own words."""

    name: ClassVar[str] = "invitation"
    duty: ClassVar[Texts] = _DUTY

    event: Text

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is promised."""
        return voice.say(_TEXT, event=self.event)
