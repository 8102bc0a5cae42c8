"""Percent off: a share of the whole cart, or of what stands in it of some categories or products."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers import money
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import Categories, ProductIds, Share
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_ALL: Texts = {
    "en": "{share} off your cart: you save {saving}",
    "es": "{share} de descuento en tu cesta: ahorras {saving}",
    "it": "{share} di sconto sul tuo carrello: risparmi {saving}",
    "zh": "购物车立减 {share}，为您节省 {saving}",
}
_SOME: Texts = {
    "en": "{share} off {names}: you save {saving}",
    "es": "{share} de descuento en {names}: ahorras {saving}",
    "it": "{share} di sconto su {names}: risparmi {saving}",
    "zh": "{names} 立减 {share}，为您节省 {saving}",
}


@dataclass(frozen=True)
class PercentOff(Kind):
    """`off_share` of everything, or of the lines whose product or category is named."""

    name: ClassVar[str] = "percent_off"
    redeemed_by: ClassVar[str] = "discount"

    off_share: Share
    of_products: ProductIds = ()
    of_categories: Categories = ()

    def terms(self, situation: Situation) -> Terms | None:
        """The share of all that it is about, rounded once, then spread over the lines."""
        lines = situation.cart.lines
        weights = [
            line.amount_minor if self._is_about(line.product_id, line.categories) else 0 for line in lines
        ]
        off_minor = money.rounded(sum(weights), self.off_share)
        return Terms(lines, tuple(money.split(off_minor, weights))) if off_minor else None

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """How much off what."""
        named = (*(situation.title(each) for each in self.of_products), *self.of_categories)
        share, saving = voice.share(self.off_share), voice.money(terms.saving_minor)
        return voice.say(_SOME if named else _ALL, share=share, saving=saving, names=voice.listed(named))

    def _is_about(self, product_id: str, categories: tuple[str, ...]) -> bool:
        if not (self.of_products or self.of_categories):
            return True
        return product_id in self.of_products or not set(self.of_categories).isdisjoint(categories)
