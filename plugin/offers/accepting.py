"""Accepting and dismissing: the one moment in which a quote becomes a promise, in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from plugin.errors import Refusal
from plugin.offers import company, history, tokens
from plugin.offers.people import Person
from plugin.offers.quoting import Question, Quote, Quoting, terms_as_json
from plugin.offers.shelf import LONGEST_MEMORY, Shelf
from plugin.runtime import Runtime
from plugin.serving import slate_token
from plugin.serving.live import LiveShop
from plugin.serving.slate_token import Slate
from plugin.store import acceptances, dismissals, offer_codes, offers, shops
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.dismissals import Dismissal

QUOTE_HOLDS = timedelta(hours=1)
"""A page that stood open longer asks again before it accepts."""
_WAIT_SECONDS = 2.0

_WORDS = {
    "offer_changed": "The offer, a price or the cart has changed since it was shown: ask for it again.",
    "not_offered": "This offer was not made here.",
    "offer_ended": "This offer has ended.",
    "offer_paused": "This offer is paused.",
    "budget_spent": "This offer is used up.",
    "no_codes": "No code is ready for this offer: ask again in a minute.",
    "cap_reached": "This offer was accepted as often as it may be.",
    "pause": "There was an offer a short while ago: ask again later.",
    "not_with_others": "This offer does not go together with another one that was accepted.",
    "threshold_not_reached": "The cart is not yet worth enough for this offer.",
}


class Shop(NamedTuple):
    """The shop as this process holds it, with its offers."""

    live: LiveShop
    shelf: Shelf


class Wish(NamedTuple):
    """Which offer, as which slate showed it."""

    offer_id: str
    slate_id: str


@dataclass(frozen=True)
class Accepted:
    """What a shopper who accepts gets."""

    code: str
    token: str
    expires_at: datetime
    terms: dict[str, Any]


def accept(runtime: Runtime, shop: Shop, asked: Question, wish: Wish, now: datetime) -> Accepted:
    """Promise what the slate showed, if it is still so.

    A slate is accepted once: the same again gives the same code. Raises `Refusal` with a reason of `_WORDS`,
    "unknown_slate" or "busy".
    """
    shop_id, now = shop.live.shop.shop_id, now.replace(microsecond=0)
    slate = slate_token.read(shop.live.slate_key, wish.slate_id)
    with runtime.database.read() as connection:
        kept = acceptances.of_slate(connection, shop_id, wish.slate_id)
    if kept is None:
        if slate.strategy != "offer" or slate.arm in ("holdout", "preview"):
            raise _refusal("not_offered")
        quote = _as_shown(shop, replace(asked, placement=slate.placement), wish.offer_id, slate, now)
        with runtime.database.write(_WAIT_SECONDS) as connection:
            kept = _promised(connection, shop, quote, asked.person, wish.slate_id, now)
        shop.shelf.promise(kept)
    token = tokens.make(runtime.vault, tokens.promise_of(kept))
    return Accepted(kept.code, token, kept.expires_at, dict(kept.terms))


def dismiss(runtime: Runtime, shop: Shop, person: Person, wish: Wish, now: datetime) -> None:
    """Keep quiet for this person, as far as they are known; `Refusal("unknown_slate")` for a forged slate."""
    slate_token.read(shop.live.slate_key, wish.slate_id)
    held = shop.shelf.find(wish.offer_id)
    if held is None:
        return
    days, shop_id = history.silence_days(held.offer, shop.live.shop.settings.offers), shop.live.shop.shop_id
    until = now + timedelta(days=days)
    said = [Dismissal(shop_id, name, wish.offer_id, now, until) for name in person.names]
    if said:
        with runtime.database.write(_WAIT_SECONDS) as connection:
            dismissals.put(connection, said)
        shop.shelf.silence(said)


def _as_shown(shop: Shop, asked: Question, offer_id: str, slate: Slate, now: datetime) -> Quote:
    """The offer as it is now, which must be as the slate showed it."""
    held, settings = shop.shelf.find(offer_id), shop.live.shop.settings
    if held is None:
        raise _refusal("offer_ended")
    if settings.stopped or settings.only_me:  # a page that stood open has it still
        raise _refusal("offer_paused")
    quoting = Quoting(shop.live, shop.shelf, asked, now)
    known = quoting.known()
    others = tuple(each for each in known.dismissed if each.offer_id != offer_id)  # a mind may change
    quote = quoting.quote(held, replace(known, dismissed=others))
    if isinstance(quote, str):
        raise _refusal(quote)
    if quote.mark != slate.mark or now - slate.served_at > QUOTE_HOLDS:
        raise _refusal("offer_changed")
    if quote.terms.missing_minor:
        raise _refusal("threshold_not_reached")
    return quote


def _promised(
    connection: Connection, shop: Shop, quote: Quote, person: Person, slate_id: str, now: datetime
) -> Acceptance:
    """The promise, reserved and kept; whoever else wants the same offer waits until this is decided."""
    shop_id, offer = shop.live.shop.shop_id, quote.held.offer
    if person.names:
        shops.lock(connection, shop_id)  # two offers at once: the second must see the first
    stored = offers.find(connection, shop_id, offer.offer_id, locked=True)
    kept = acceptances.of_slate(connection, shop_id, slate_id)
    if kept is not None:
        return kept
    if stored is None or stored.version != quote.held.stored.version:
        raise _refusal("offer_changed")
    doings = acceptances.of_person(connection, shop_id, person._asdict(), now - LONGEST_MEMORY)
    pause = timedelta(hours=shop.live.shop.settings.offers.pause_hours)
    trouble = stored.trouble(quote.cost_minor) or history.trouble(offer, doings, (), pause, now)
    if trouble is not None:
        raise _refusal(trouble)
    proof = company.proved(connection, quote, doings, now)
    if not offers.reserve(connection, stored, quote.cost_minor, now):
        raise _refusal("budget_spent")
    code = offer_codes.take(connection, shop_id, offer.offer_id)
    if code is None:
        raise _refusal("no_codes")
    acceptance = Acceptance(
        shop_id=shop_id,
        code=code,
        offer_id=offer.offer_id,
        offer_version=stored.version,
        slate_id=slate_id,
        status="accepted",
        accepted_at=now,
        expires_at=now + timedelta(hours=offer.hold_hours),
        changed_at=now,
        **person._asdict(),
        stacking=offer.stacking,
        terms=terms_as_json(quote),
        proof=proof.as_json() if proof else {},
        reserved_minor=quote.cost_minor,
    )
    acceptances.add(connection, acceptance)
    return acceptance


def _refusal(trouble: str) -> Refusal:
    """A word of `quoting` as the refusal of an accept: what a shopper cannot mend is one reason."""
    reason = trouble if trouble in _WORDS else "offer_changed"
    return Refusal(reason, _WORDS[reason])
