"""A bundle: two to four products together, for less than one by one."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers import money
from plugin.offers.cart import PricedLine
from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import BundleIds, Share
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice

_TEXT: Texts = {
    "en": "{names} together: you save {saving}",
    "es": "{names} juntos: ahorras {saving}",
    "it": "{names} insieme: risparmi {saving}",
    "zh": "一起购买 {names}，为您节省 {saving}",
}


@dataclass(frozen=True)
class Bundle(Kind):
    """`off_share` of one piece of each of `products`, where the cart holds one of them already."""

    name: ClassVar[str] = "bundle"
    redeemed_by: ClassVar[str] = "lines"

    products: BundleIds
    off_share: Share

    def trouble(self, situation: Situation) -> str | None:
        """One of them must be in the cart, and the others in stock, each with one price."""
        trouble = super().trouble(situation)
        if trouble is not None:
            return trouble
        if not any(line.product_id in self.products for line in situation.cart.lines):
            return "not_in_cart"
        return None if self._missing(situation) is not None else "out_of_stock"

    def terms(self, situation: Situation) -> Terms | None:
        """The share of one piece of each, rounded once; the others' pieces are put into the cart."""
        missing = self._missing(situation)
        if missing is None:
            return None
        lines = (*situation.cart.lines, *missing)
        open_ids, weights = set(self.products), []
        for line in lines:
            weights.append(line.price_minor if line.product_id in open_ids else 0)
            open_ids.discard(line.product_id)
        off_minor = money.rounded(sum(weights), self.off_share)
        discounts = tuple(money.split(off_minor, weights))
        return Terms(lines, discounts, added=len(missing)) if off_minor else None

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """Which, and what it saves."""
        names = voice.listed(tuple(map(situation.title, self.products)))
        return voice.say(_TEXT, names=names, saving=voice.money(terms.saving_minor))

    def _missing(self, situation: Situation) -> list[PricedLine] | None:
        """What the cart lacks of it; None where something of that cannot be bought."""
        there = {line.product_id for line in situation.cart.lines}
        wanted = [situation.more_of(each, None) for each in self.products if each not in there]
        found = [line for line in wanted if line is not None]
        return found if len(found) == len(wanted) else None
