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
    """`off_share` of one piece of each of `products`, where the cart holds one of them already, or where the
    shopper was shown them as a bundle. No `products`: of each bundle that is shown.
    """

    name: ClassVar[str] = "bundle"
    redeemed_by: ClassVar[str] = "lines"

    off_share: Share
    products: BundleIds = ()

    def trouble(self, situation: Situation) -> str | None:
        """What the cart lacks of it must be in stock, each with one price; a bundle that was not asked for by
        itself must have one product in the cart.
        """
        trouble = self._other(situation) or super().trouble(situation)
        if trouble is not None and not (situation.bundle and trouble == "empty_cart"):
            return trouble
        wanted = self._wanted(situation)
        if not situation.bundle and not any(line.product_id in wanted for line in situation.cart.lines):
            return "not_in_cart"
        return None if self._missing(situation) is not None else "out_of_stock"

    def terms(self, situation: Situation) -> Terms | None:
        """The share of one piece of each, rounded once; the others' pieces are put into the cart."""
        missing = self._missing(situation)
        if missing is None:
            return None
        lines = (*situation.cart.lines, *missing)
        open_ids, weights = set(self._wanted(situation)), []
        for line in lines:
            weights.append(line.price_minor if line.product_id in open_ids else 0)
            open_ids.discard(line.product_id)
        off_minor = money.rounded(sum(weights), self.off_share)
        discounts = tuple(money.split(off_minor, weights))
        return Terms(lines, discounts, added=len(missing)) if off_minor else None

    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """Which, and what it saves."""
        names = voice.listed(tuple(map(situation.title, self._wanted(situation))))
        return voice.say(_TEXT, names=names, saving=voice.money(terms.saving_minor))

    def _wanted(self, situation: Situation) -> tuple[str, ...]:
        return self.products or situation.bundle

    def _other(self, situation: Situation) -> str | None:
        """Whether it is another bundle than the one that is asked for."""
        if not self._wanted(situation):
            return "no_bundle"
        return "other_bundle" if situation.bundle and not self.is_of(situation.bundle) else None

    def is_of(self, bundle: tuple[str, ...]) -> bool:
        """Whether it is an offer of these products together."""
        return not self.products or set(self.products) == set(bundle)

    def _missing(self, situation: Situation) -> list[PricedLine] | None:
        """What the cart lacks of it; None where something of that cannot be bought."""
        there = {line.product_id for line in situation.cart.lines}
        wanted = [situation.more_of(each, None) for each in self._wanted(situation) if each not in there]
        found = [line for line in wanted if line is not None]
        return found if len(found) == len(wanted) else None
