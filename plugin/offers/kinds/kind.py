"""What every kind of offer answers: the same five questions."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from plugin.offers.situation import Situation
from plugin.offers.terms import Terms
from plugin.offers.words import Texts, Voice


@dataclass(frozen=True)
class Kind(ABC):
    """A kind of offer; the fields of a subclass are its parameters. A new kind is a new file here, no more.

    `name`: how it is called on the wire. `redeemed_by`: who keeps the promise, and how (the fifth question):
    "discount" (the shop takes `discount_minor` off the order), "shipping" (nothing is charged for it),
    "lines" (the named lines at the named prices), "later" (a voucher for the next order), "shop" (the shop
    does what `duty` says; it is told by a webhook).
    """

    name: ClassVar[str]
    redeemed_by: ClassVar[str]
    duty: ClassVar[Texts | None] = None

    def trouble(self, situation: Situation) -> str | None:
        """Is it eligible? None, or a word that says why not; the conditions have been asked before."""
        return situation.cart.trouble

    @abstractmethod
    def terms(self, situation: Situation) -> Terms | None:
        """What is its price to the shopper? None where it takes nothing off this cart."""

    def cost_minor(self, terms: Terms) -> int:
        """What does it cost the merchant at the most, in minor units?"""
        return terms.greatest_cost_minor

    @abstractmethod
    def says(self, terms: Terms, situation: Situation, voice: Voice) -> str:
        """What does it say? One true sentence, where the merchant has not written one."""
