"""The answer to `GET /v1/bundles`: what to buy together with a product or cart, and for how much."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote as encoded
from urllib.parse import unquote

from plugin.offers.kinds.bundle import Bundle
from plugin.offers.quoting import Question, Quote, Quoting, as_json
from plugin.offers.serving import OfferRequest
from plugin.offers.shelf import Shelf, ShelfOffer
from plugin.serving import preview, slate_token
from plugin.serving.live import LiveShop
from plugin.serving.reasons import language
from plugin.serving.slate import Answer, arm_of

PREMIUM = 3
"""The one dearer bundle goes at most so many times beyond the reach."""
LONGEST_ID = 200
_MOST_BASES, _MOST_ASKED = 10, 15
_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True)
class BundleRequest:
    """One question for bundles: of `product`, or of the cart where None."""

    offer: OfferRequest
    product: str | None
    limit: int


class Found(NamedTuple):
    """A bundle before the shop's live rules: `products`, the one that it is shown for first.

    `title`: the merchant's, by language. `support`: how many customers bought it; None: the merchant made it.
    `needs_offer`: it is shown with a saving or not at all, if nothing else knows these products together.
    """

    products: tuple[str, ...]
    title: Mapping[str, str]
    support: int | None = None
    needs_offer: bool = False


class Shown(NamedTuple):
    """A bundle as it is shown, with the offer that lowers its price, if one holds.

    `lowest_minor`: one of each at the lowest prices of the last 30 days; None: not known, or no offer.
    """

    found: Found
    quote: Quote | None
    lowest_minor: int | None


def bundle_id(products: Iterable[str]) -> str:
    """The id of these products together, in whichever order."""
    return "+".join(encoded(each, safe="") for each in sorted(products))


def products_of(bundle_id: str) -> tuple[str, ...]:
    """The products that a bundle_id names, sorted."""
    return tuple(sorted(map(unquote, bundle_id.split("+"))))


def serve(live: LiveShop, shelf: Shelf | None, asked: BundleRequest, now: float) -> Answer:
    """The answer to `asked` at `now` (unix seconds); raises what `people.proved` raises."""
    question, settings = asked.offer.question(live, now), live.shop.settings
    given = asked.offer.preview
    previewing = given is not None and preview.holds(live.preview_key, given, now)
    on = settings.placements[asked.offer.placement].on
    if settings.stopped or not on or (settings.only_me and not previewing):
        return _answer(live, asked, ("stopped", None), [], now)
    chosen = list(islice(_chosen(live, shelf, asked, question, now), asked.limit))
    if not chosen:
        return empty(live, asked, now)
    arm = "preview" if previewing else arm_of(live, asked.offer.asker)
    told = [_as_json(live, each, asked, arm, now) for each in chosen]
    return _answer(live, asked, ("bundle", arm), told, now)


def empty(live: LiveShop, asked: BundleRequest, now: float) -> Answer:
    """No bundle, which is a good answer."""
    return _answer(live, asked, ("empty", None), [], now)


# -- which ------------------------------------------------------------------------------------------------


def _chosen(
    live: LiveShop, shelf: Shelf | None, asked: BundleRequest, question: Question, now: float
) -> Iterator[Shown]:
    """The merchant's bundles, then those that were found, as the live rules let them through."""
    in_cart = {line.product_id for line in question.cart}
    bases = [asked.product] if asked.product is not None else sorted(in_cart)[:_MOST_BASES]
    candidates = [*_merchants(live, shelf, bases), *_learnt(live, bases)]
    known = {frozenset(each.products) for each in candidates if not each.needs_offer}
    allowed = (each for each in candidates if _allowed(live, each, in_cart))
    for found in _distinct(_within_reach(live, allowed)):
        wanted = replace(question, bundle=tuple(sorted(found.products)))
        shown = Shown(found, None, None) if shelf is None else _quoted(live, shelf, found, wanted, now)
        if shown.quote is not None or frozenset(found.products) in known:
            yield shown


def _merchants(live: LiveShop, shelf: Shelf | None, bases: Iterable[str]) -> Iterator[Found]:
    """Bundles of offers, the most important first, then those of the settings, in the merchant's order. What
    stands in both goes by the name that the settings give it.
    """
    for base in bases:
        own = {frozenset(made.products): made for made in live.shop.settings.bundles.made.get(base, ())}
        for held in shelf.offers if shelf else ():
            kind = held.offer.kind
            if isinstance(kind, Bundle) and base in kind.products:
                made = own.get(frozenset(kind.products))
                yield Found(_first(base, kind.products), made.title if made else {}, needs_offer=True)
        for made in own.values():
            yield Found(_first(base, made.products), made.title)


def _learnt(live: LiveShop, bases: Iterable[str]) -> Iterator[Found]:
    """What the orders show, the most bought lately first."""
    if live.model is None:
        return
    found = [(base, each) for base in bases for each in live.model.bundles(base, _MOST_ASKED)]
    for base, each in sorted(found, key=lambda pair: -pair[1].recent_support):
        yield Found(_first(base, each.product_ids), {}, each.support)


def _first(base: str, products: Iterable[str]) -> tuple[str, ...]:
    return base, *(each for each in products if each != base)


def _allowed(live: LiveShop, found: Found, in_cart: set[str]) -> bool:
    """All can be bought now at one price, none is unwanted here, and what goes with the first is not in the
    cart already.
    """
    settings, products = live.shop.settings, found.products
    items = [live.catalogue.get(each) for each in products]
    if not all(item is not None and item.price_minor is not None for item in items):
        return False
    if not settings.excluded_product_ids.isdisjoint(products) or not in_cart.isdisjoint(products[1:]):
        return False
    apart = settings.bundles.forbidden
    if any(each.issubset(products) for first in products for each in apart.get(first, ())):
        return False
    return len(bundle_id(products)) <= LONGEST_ID  # longer than any event may name


def _within_reach(live: LiveShop, candidates: Iterable[Found]) -> Iterator[Found]:
    """Those whose further products cost no more than the first one allows, and one that is dearer. How dear
    the merchant's own are is the merchant's affair.
    """
    reach_share, has_premium = live.shop.settings.bundles.reach_share, False
    for found in candidates:
        first, *others = (live.catalogue[each].price_minor or 0 for each in found.products)
        is_dear = found.support is not None and sum(others) > reach_share * first
        if is_dear and (has_premium or sum(others) > PREMIUM * reach_share * first):
            continue
        has_premium |= is_dear
        yield found


def _distinct(candidates: Iterable[Found]) -> Iterator[Found]:
    """Each once; of those found no part of one that comes before, and none that only adds to it."""
    before: list[set[str]] = []
    for found in candidates:
        products = set(found.products)
        same = [each for each in before if each == products]
        alike = [each for each in before if each <= products or products <= each]
        if not (alike if found.support is not None else same):
            before.append(products)
            yield found


def _quoted(live: LiveShop, shelf: Shelf, found: Found, wanted: Question, now: float) -> Shown:
    """`found` with the offer that holds for it, if one does."""
    quote = quote_of(live, shelf, wanted, datetime.fromtimestamp(now, UTC))
    if quote is None:
        return Shown(found, None, None)
    pieces = {line.product_id: line._replace(quantity=1) for line in quote.terms.lines}
    return Shown(found, quote, shelf.lowest_minor(pieces[each] for each in found.products))


def quote_of(live: LiveShop, shelf: Shelf, wanted: Question, now: datetime) -> Quote | None:
    """The most important offer of the products together that `wanted` names, if one holds."""
    offers = offers_of(shelf, wanted.bundle)
    if not offers:
        return None
    quoting = Quoting(live, shelf, wanted, now)
    known = quoting.known()
    quotes = (quoting.quote(held, known) for held in offers)
    return next((each for each in quotes if isinstance(each, Quote)), None)


def offers_of(shelf: Shelf, products: tuple[str, ...]) -> list[ShelfOffer]:
    """The offers that are of these products together, the most important first."""
    kinds = ((held, held.offer.kind) for held in shelf.offers)
    return [held for held, kind in kinds if isinstance(kind, Bundle) and kind.is_of(products)]


# -- as it is told ----------------------------------------------------------------------------------------


def _as_json(live: LiveShop, shown: Shown, asked: BundleRequest, arm: str | None, now: float) -> str:
    """The bundle as a page shows it; its items' JSON stands ready in the catalogue."""
    products, quote, lang = shown.found.products, shown.quote, language(asked.offer.lang, live.shop.language)
    in_cart = {line.product_id for line in asked.offer.cart}
    total_minor = sum(live.catalogue[each].price_minor or 0 for each in products)
    saving_minor = quote.terms.saving_minor if quote else 0
    lowest_minor = shown.lowest_minor or 0
    offer = as_json(quote, datetime.fromtimestamp(now, UTC)) if quote else None
    slate = (asked.offer.placement, "offer", arm, live.model_version)
    told = {
        "bundle_id": bundle_id(products),
        "title": shown.found.title.get(lang) or (offer["title"] if offer else None),
        "support": shown.found.support,
        "currency": live.shop.currency,
        "total_minor": total_minor,
        "price_minor": total_minor - saving_minor,
        "saving_minor": saving_minor,
        "reference_minor": lowest_minor if lowest_minor > total_minor - saving_minor else None,
        "offer_id": offer["offer_id"] if offer else None,
        "offer_slate_id": slate_token.make(live.slate_key, slate, now, quote.mark) if quote else None,
        "conditions": offer["conditions"] if offer else [],
    }
    items = (
        f'{live.catalogue[each].json},"in_cart":{"true" if each in in_cart else "false"}}}'
        for each in products
    )
    return f'{_ENCODER.encode(told)[:-1]},"items":[{",".join(items)}]}}'


def _answer(
    live: LiveShop, asked: BundleRequest, what: tuple[str, str | None], told: list[str], now: float
) -> Answer:
    strategy, arm = what
    placement = asked.offer.placement
    slate_id = slate_token.make(live.slate_key, (placement, strategy, arm, live.model_version), now)
    named_arm = f'"{arm}"' if arm in ("encore", "holdout") else "null"
    text = (
        f'{{"slate_id":"{slate_id}","placement":"{placement}","strategy":"{strategy}",'
        f'"arm":{named_arm},"bundles":[{",".join(told)}]}}'
    )
    return Answer(strategy, text)
