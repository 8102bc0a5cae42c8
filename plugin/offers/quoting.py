"""The quote: what one offer means for one cart, proved to keep the margin; or the word that says why not."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from plugin.offers import history, promises
from plugin.offers.cart import PricedCart, priced
from plugin.offers.margin import Proof, prove
from plugin.offers.people import Person
from plugin.offers.shelf import Doings, Shelf, ShelfOffer
from plugin.offers.situation import Situation, Standing
from plugin.offers.terms import Terms
from plugin.offers.words import Voice
from plugin.serving import reasons
from plugin.serving.request import CartLine
from plugin.store.acceptances import Doing
from plugin.store.dismissals import Dismissal

if TYPE_CHECKING:
    from plugin.serving.live import LiveShop


@dataclass(frozen=True)
class Question:
    """Who asks for an offer, where, with which cart; `lang`, `country` and `currency` as the page says.

    `bundle`: the products that were shown together, sorted, where the offer asked for is one of them.
    `bought`: the cart was bought in the past, so it need not be in stock now.
    """

    placement: str
    cart: tuple[CartLine, ...]
    person: Person
    lang: str | None = None
    country: str | None = None
    currency: str | None = None
    bundle: tuple[str, ...] = ()
    bought: bool = False


@dataclass(frozen=True)
class Known:
    """What is known of the person: their promises and dismissals, by whichever of their names."""

    accepted: tuple[Doing, ...] = ()
    dismissed: tuple[Dismissal, ...] = ()


@dataclass(frozen=True)
class Quote:
    """An offer's terms for one cart, and the sum that proves that the merchant's margin is kept.

    `silence_days`: how long it keeps quiet after a dismissal. `lowest_minor`: its lines at the lowest prices
    of the last 30 days. `proof` None: it costs nothing, and what the goods cost is not known.
    """

    held: ShelfOffer
    terms: Terms
    proof: Proof | None
    situation: Situation
    voice: Voice
    silence_days: int
    lowest_minor: int | None = None

    @property
    def reference_minor(self) -> int | None:
        """What may be crossed out beside the price: the lowest of the last 30 days, if it is above it."""
        off = self.terms.discount_minor > 0 and not self.terms.missing_minor
        above = self.lowest_minor is not None and self.lowest_minor > self.terms.price_minor
        return self.lowest_minor if off and above else None

    @property
    def cost_minor(self) -> int:
        """What keeping it can cost at the most."""
        return self.held.offer.kind.cost_minor(self.terms)

    @property
    def mark(self) -> bytes:
        """Four bytes that a slate is tied to this very quote by: another price is another quote."""
        version = self.held.stored.version
        text = json.dumps([version, terms_as_json(self)])
        return hashlib.sha256(text.encode()).digest()[:4]


class Below(str):
    """The word for an offer that would leave less than the floor; it still knows the `quote` with the sum."""

    quote: Quote

    def __new__(cls, quote: Quote) -> "Below":
        """The word, with the quote."""
        word = super().__new__(cls, "below_floor")
        word.quote = quote
        return word


class Quoting:
    """One question, asked of as many offers of the shelf as needed; what they share is worked out once."""

    def __init__(self, live: "LiveShop", shelf: Shelf, asked: Question, now: datetime) -> None:
        self._shelf, self._asked, self._now = shelf, asked, now
        settings = live.shop.settings.offers
        lang = reasons.language(asked.lang, live.shop.language)
        self.voice = Voice(lang, live.shop.currency, live.shop.time_zone)
        self._settings, self._pause = settings, timedelta(hours=settings.pause_hours)
        self.situation = Situation(
            placement=asked.placement,
            cart=self._cart(live),
            prices=shelf.prices,
            rules=shelf.rules,
            at=now.astimezone(ZoneInfo(live.shop.time_zone)),
            lang=lang,
            country=asked.country,
            standing=self._standing(),
            bundle=asked.bundle,
        )

    def best(self) -> Quote | None:
        """The most important offer that holds; of equally important ones the one that is worth the most.

        The sum of the margin is made for the worthiest first, so that it seldom has to be made twice.
        """
        known = self.known()
        for _, equals in groupby(self._shelf.offers, key=lambda held: held.offer.priority):
            priced = ((held, self._terms(held, known)) for held in equals)
            ranked = [(held, terms) for held, terms in priced if isinstance(terms, Terms)]
            ranked.sort(key=lambda each: -each[1].worth_minor)
            for held, terms in ranked:
                found = self._proved(held, terms, known)
                if isinstance(found, Quote):
                    return found
        return None

    def all(self) -> Iterator[tuple[ShelfOffer, Quote | str]]:
        """Every offer of the shelf with its quote, or why there is none."""
        known = self.known()
        return ((held, self.quote(held, known)) for held in self._shelf.offers)

    def quote(self, held: ShelfOffer, known: Known) -> Quote | str:
        """What `held` means for this cart and person, or a word that says why it is not offered."""
        terms = self._terms(held, known)
        return terms if isinstance(terms, str) else self._proved(held, terms, known)

    def _terms(self, held: ShelfOffer, known: Known) -> Terms | str:
        """The offer's terms, before the sum of the margin is made."""
        trouble = self._trouble(held, known)
        if trouble is not None:
            return trouble
        terms = held.offer.kind.terms(self.situation)
        if terms is None:
            return "nothing_off"
        return held.stored.trouble(held.offer.kind.cost_minor(terms)) or terms

    def _proved(self, held: ShelfOffer, terms: Terms, known: Known) -> Quote | str:
        """The quote, if the margin is kept."""
        situation = self.situation
        stacked_minor, rival_minor = history.beside(held.offer, known.accepted, self._now)
        if rival_minor and terms.saving_minor <= rival_minor:
            return "not_the_best"
        quiet = history.silence_days(held.offer, self._settings)
        if terms.is_free and situation.cart.trouble:
            return Quote(held, terms, None, situation, self.voice, quiet)
        proof = prove(terms, situation.rules, stacked_minor)
        lowest_minor = self._shelf.lowest_minor(terms.lines)
        quote = Quote(held, terms, proof, situation, self.voice, quiet, lowest_minor)
        return quote if proof.holds else Below(quote)

    def known(self) -> Known:
        """What this process knows of the person."""
        found = [self._shelf.doings.get(name) for name in self._asked.person.names]
        return _known(each for each in found if each is not None)

    def _trouble(self, held: ShelfOffer, known: Known) -> str | None:
        """What stands against the offer before its price is worked out."""
        offer, situation = held.offer, self.situation
        if situation.placement not in offer.placements:
            return "other_placement"
        if (offer.starts_at or offer.ends_at) and not offer.runs(self._now):
            return "not_now"
        if offer.stock_bound is not None and not _is_scarce(held, situation):
            return "stock_bound"
        for condition in offer.conditions:
            if not condition.holds(situation):
                return f"condition_{condition.name}"
        if offer.after_dismissal_of is not None and not _was_dismissed(offer.after_dismissal_of, known):
            return "other_not_dismissed"
        trouble = offer.kind.trouble(situation)
        if trouble is not None:
            return trouble
        return history.trouble(offer, known.accepted, known.dismissed, self._pause, self._now)

    def _standing(self) -> Standing | None:
        """What a known customer has bought, if any offer asks for it."""
        customer_id, minute = self._asked.person.customer_id, int(self._now.timestamp()) // 60
        if customer_id is None or not any(held.offer.needs_customer for held in self._shelf.offers):
            return None
        return self._shelf.standing(customer_id, minute)

    def _cart(self, live: "LiveShop") -> PricedCart:
        if self._asked.currency not in (None, live.shop.currency):
            return PricedCart((), "other_currency")
        cost = self._shelf.rules.cost
        return priced(self._asked.cart, self._shelf.prices, cost, bought=self._asked.bought)


def _known(of: Iterable[Doings]) -> Known:
    """A promise that is kept under several of the person's names is one promise."""
    accepted: dict[str, Doing] = {}
    dismissed: list[Dismissal] = []
    for doings in of:
        accepted.update(doings.accepted)
        dismissed += doings.dismissed.values()
    return Known(tuple(accepted.values()), tuple(dismissed))


def _was_dismissed(offer_id: str, known: Known) -> bool:
    return any(each.offer_id == offer_id for each in known.dismissed)


def _is_scarce(held: ShelfOffer, situation: Situation) -> bool:
    """Whether as few are left as the offer's words may say, and some are."""
    bound = held.offer.stock_bound
    product = situation.prices.get(bound.product_id) if bound else None
    if bound is None or product is None:
        return False
    variants = [each for each in product.variants if bound.variant_id in (None, each.variant_id)]
    left = sum(each.stock or 0 for each in variants)
    return all(each.stock is not None for each in variants) and 0 < left <= bound.at_most


# -- as it is told ----------------------------------------------------------------------------------------


def terms_as_json(quote: Quote) -> dict[str, Any]:
    """What is promised: kept with the acceptance, told to the shopper's page and to the shop's server."""
    terms, offer = quote.terms, quote.held.offer
    first_added = len(terms.lines) - terms.added
    return {
        "offer_id": offer.offer_id,
        "kind": offer.kind.name,
        "redeemed_by": "shipping" if terms.shipping_discount_minor else offer.kind.redeemed_by,
        "parameters": vars(offer.kind) if offer.kind.duty else {},
        "currency": quote.voice.currency,
        "lines": [
            {
                "product_id": line.product_id,
                "variant_id": line.variant_id,
                "quantity": line.quantity,
                "price_minor": line.price_minor,
                "discount_minor": discount_minor,
                "added": place >= first_added,
            }
            for place, (line, discount_minor) in enumerate(
                zip(terms.lines, terms.discounts_minor, strict=True)
            )
        ],
        "discount_minor": terms.discount_minor,
        "shipping_discount_minor": terms.shipping_discount_minor,
        "later_minor": terms.later_minor,
        "later_days": terms.later_days,
        "total_minor": terms.total_minor,
        "price_minor": terms.price_minor,
        "saving_minor": terms.saving_minor,
    }


def as_json(quote: Quote, now: datetime) -> dict[str, Any]:
    """The offer as a page shows it: every condition in words, and a deadline only where one may be shown."""
    offer, terms, voice, situation = quote.held.offer, quote.terms, quote.voice, quote.situation
    deadline = promises.shown_deadline(offer.ends_at, now)
    said = offer.kind.says(terms, situation, voice)
    texts = {
        name: words[voice.lang] if promises.may_be_said(words, voice.lang, deadline, now) else None
        for name, words in (("title", offer.title), ("text", offer.text))
    }
    conditions = [each.says(situation, voice) for each in offer.conditions]
    return {
        "offer_id": offer.offer_id,
        "kind": offer.kind.name,
        "title": texts["title"] or said,
        "text": texts["text"] or (said if texts["title"] else ""),
        "conditions": conditions + promises.terms_in_words(offer, voice, deadline),
        "currency": voice.currency,
        "total_minor": terms.total_minor,
        "price_minor": terms.total_minor if terms.missing_minor else terms.price_minor,
        "saving_minor": 0 if terms.missing_minor else terms.saving_minor,
        "reference_minor": quote.reference_minor,
        "missing_minor": terms.missing_minor,
        "lines": terms_as_json(quote)["lines"][len(terms.lines) - terms.added :],
        "ends_at": deadline.astimezone(UTC).isoformat() if deadline else None,
        "silence_days": quote.silence_days,
    }
