"""Promises that the shop itself keeps: it says what it must do, and hears of each by a signed webhook."""

from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.kinds.kind import Kind
from plugin.offers.parameters import Minor
from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts


@dataclass(frozen=True, kw_only=True)
class ShopKeeps(Kind):
    """Nothing is taken off this order; `costs_minor` is what keeping the promise costs the merchant."""

    redeemed_by: ClassVar[str] = "shop"
    duty: ClassVar[Texts]

    costs_minor: Minor | None = None

    @property
    def promised_minor(self) -> int:
        """What it costs at the most."""
        return self.costs_minor or 0

    def trouble(self, situation: Situation) -> str | None:
        """What costs nothing needs no known cost of the goods."""
        trouble = super().trouble(situation)
        return None if trouble == "unknown_cost" and not self.promised_minor else trouble

    def terms(self, situation: Situation) -> Terms | None:
        """The cart as it is, and what the promise costs later."""
        nothing = (0,) * len(situation.cart.lines)
        return Terms(situation.cart.lines, nothing, later_minor=self.promised_minor)
