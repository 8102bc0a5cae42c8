"""Spend more: from a threshold on there is an amount off, or shipping is free; before it, what is missing."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.amount_off import off_whole
from plugin.offers.kinds.free_shipping import shipping_trouble
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import Minor
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_MISSING_SHIPPING: Texts = {
    "en": "{missing} more and shipping is free",
    "es": "{missing} más y el envío es gratis",
    "it": "Ancora {missing} e la spedizione è gratuita",
    "zh": "再购 {missing} 即可免运费",
}
_MISSING_AMOUNT: Texts = {
    "en": "{missing} more and you save {saving}",
    "es": "{missing} más y ahorras {saving}",
    "it": "Ancora {missing} e risparmi {saving}",
    "zh": "再购 {missing} 可减 {saving}",
}
_SHIPPING: Texts = {
    "en": "Shipping is free for this cart: you save {saving}",
    "es": "El envío es gratis para esta cesta: ahorras {saving}",
    "it": "Per questo carrello la spedizione è gratuita: risparmi {saving}",
    "zh": "本购物车免运费，为您节省 {saving}",
}
_AMOUNT: Texts = {
    "en": "{saving} off, because your cart is above {threshold}",
    "es": "{saving} de descuento, porque tu cesta supera {threshold}",
    "it": "{saving} di sconto, perché il tuo carrello supera {threshold}",
    "zh": "购物车已满 {threshold}，立减 {saving}",
}


@dataclass(frozen=True)
class SpendMore(Kind):
    """From a cart of `from_minor` on `off_minor` off; without it, free shipping."""

    name: ClassVar[str] = "spend_more"
    redeemed_by: ClassVar[str] = "discount"

    from_minor: Minor
    off_minor: Minor | None = None

    def trouble(self, situation: Situation) -> str | None:
        """Free shipping must be worth something."""
        free = self.off_minor is None
        return super().trouble(situation) or (shipping_trouble(situation) if free else None)

    def terms(self, situation: Situation) -> Terms | None:
        """What there is from the threshold on; before it, the same is promised, and something missing."""
        lines, missing_minor = situation.cart.lines, max(0, self.from_minor - situation.cart.total_minor)
        if self.off_minor is None:
            shipping_minor = situation.shipping_minor or 0
            return Terms(lines, (0,) * len(lines), shipping_minor, missing_minor=missing_minor)
        return Terms(lines, off_whole(situation, self.off_minor), missing_minor=missing_minor)

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What is missing, or what is saved."""
        if terms.missing_minor:
            text = _MISSING_SHIPPING if self.off_minor is None else _MISSING_AMOUNT
        else:
            text = _SHIPPING if self.off_minor is None else _AMOUNT
        saving_minor = self.off_minor if terms.missing_minor else terms.saving_minor
        return voice.say(
            text,
            missing=voice.money(terms.missing_minor),
            saving=voice.money(saving_minor or 0),
            threshold=voice.money(self.from_minor),
        )
