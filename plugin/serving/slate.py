"""A slate: candidates put through the shop's live rules, as the JSON text that is served."""

import hmac
from collections.abc import Iterable, Iterator
from itertools import islice
from json.encoder import encode_basestring as quoted
from math import ceil
from typing import NamedTuple

from plugin.serving import personal, preview, proof, reasons, sensitive, slate_token, upsell
from plugin.serving.candidates import Candidate, Question
from plugin.serving.live import LiveShop
from plugin.serving.request import OF_A_PRODUCT, UPSELL, Asker, SlateRequest

_LADDER = {
    "own_purchases": "personal",
    "next_basket": "personal",
    "bought_together": "bought_together",
    "habit": "bought_together",
    "complement": "complement",
    "likeness": "likeness",
    "category": "category",
    "popular": "popular",
}
"""Kinds of reason, best first, with the strategy that a slate holding one of them is named by."""

_SPARES, _MORE, _MOST = 3, 60, 400
"""So many times as many candidates more are asked for as the rules may be thought to leave out; and how many
where they left too few."""

_NOTHING = '"items":[],"personal":null'


class Answer(NamedTuple):
    """A slate ready to be sent: what it rests on, and its JSON."""

    strategy: str
    text: str


def serve(live: LiveShop, asked: SlateRequest, now: float) -> Answer:
    """The answer to `asked` at `now` (unix seconds).

    `Refusal("proof_invalid")` and `Refusal("proof_expired")` for a proof that is given and does not hold.
    """
    proved = _proved_customer(live, asked.asker, now)
    customer_id = None if asked.kind in OF_A_PRODUCT else proved
    previewing = asked.preview is not None and preview.holds(live.preview_key, asked.preview, now)
    if _silent(live, asked.placement, previewing):
        return _answer(live, asked, "stopped", None, _NOTHING, now)
    chosen = _chosen(live, asked, customer_id)
    arm = "preview" if previewing else arm_of(live, asked.asker)
    lang = reasons.language(asked.lang, live.shop.language)
    words = personal.AS_JSON[lang] if customer_id and chosen else "null"
    shown = f'"items":[{",".join(_items(live, asked, lang, chosen))}],"personal":{words}'
    return _answer(live, asked, _strategy(chosen, asked.kind), arm, shown, now)


def empty(live: LiveShop, asked: SlateRequest, now: float) -> Answer:
    """The worst answer there is: nothing to show, and a strategy that says so."""
    return _answer(live, asked, "empty", None, _NOTHING, now)


def arm_of(live: LiveShop, asker: Asker) -> str | None:
    """The arm of a visitor who consented, always the same; None for everybody else."""
    if asker.consent != "personal" or asker.visitor_id is None:
        return None
    digest = hmac.digest(live.arm_key, asker.visitor_id.encode(errors="replace"), "sha256")
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "holdout" if share < live.shop.settings.holdout_share else "encore"


def limit_of(live: LiveShop, asked: SlateRequest) -> int:
    """How many are shown at the most."""
    if asked.kind == UPSELL:
        return upsell.LIMIT
    return asked.limit or live.shop.settings.placements[asked.placement].limit


def widening(live: LiveShop, asked: SlateRequest) -> tuple[int, ...]:
    """How many candidates are asked for, one after the other, until the rules leave enough of them."""
    if asked.kind == UPSELL:
        return (upsell.ASKED,)
    limit = limit_of(live, asked)
    return limit + 1 + ceil(_SPARES * limit * live.unshown_share), _MORE, _MOST


def _proved_customer(live: LiveShop, asker: Asker, now: float) -> str | None:
    """The customer whose history may be used: proved and consenting. A needless proof is checked too."""
    shop = live.shop
    if asker.cart_proof is not None:
        statement = proof.cart_statement(shop.shop_id, asker.cart_id or "")
        proof.check(shop.signing_secrets, statement, asker.cart_proof, now)
    if asker.customer_proof is None:
        return None
    statement = proof.customer_statement(shop.shop_id, asker.customer_id or "")
    proof.check(shop.signing_secrets, statement, asker.customer_proof, now)
    usable = asker.consent == "personal" and asker.customer_id not in live.people.withdrawn
    return asker.customer_id if usable else None


def _silent(live: LiveShop, placement: str, previewing: bool) -> bool:
    settings = live.shop.settings
    if settings.stopped or not settings.placements[placement].on:
        return True
    return settings.only_me and not previewing


def _chosen(live: LiveShop, asked: SlateRequest, customer_id: str | None) -> list[Candidate]:
    """The candidates that may be shown now, at most as many as are wanted."""
    if live.find is None or live.model is None:
        return []
    limit = limit_of(live, asked)
    history_version = live.people.history.get(customer_id, 0) if customer_id else 0
    product_ids = tuple(filter(live.model.knows, asked.product_ids))
    chosen: list[Candidate] = []
    for wanted in widening(live, asked):
        found = live.find(Question(product_ids, customer_id, history_version, wanted, asked.kind))
        chosen = list(islice(_allowed(live, asked, found, customer_id), limit))
        if len(chosen) == limit or len(found) < wanted:
            break
    return chosen


def _allowed(
    live: LiveShop, asked: SlateRequest, found: Iterable[Candidate], customer_id: str | None
) -> Iterator[Candidate]:
    """Those of `found` that the live rules let through."""
    excluded, catalogue = live.shop.settings.excluded_product_ids, live.catalogue
    if customer_id and live.shop.settings.sensitive_categories:
        categories = live.shop.settings.sensitive_categories
        found = [each for each in found if sensitive.allowed(each, catalogue, categories)]
    for candidate in found:
        product_id = candidate.product_id
        item = catalogue.get(product_id)
        if not item or not item.json or product_id in asked.left_out or product_id in excluded:
            continue
        if asked.kind != UPSELL or upsell.rule(live, asked, candidate) is None:
            yield candidate


def _items(live: LiveShop, asked: SlateRequest, lang: str, chosen: list[Candidate]) -> Iterator[str]:
    for candidate in chosen:
        name = reasons.name_of(candidate.kind, candidate.about, candidate.evidence, live.catalogue)
        reason = candidate.reason(name, lang)
        more = upsell.told(live, asked, candidate) if asked.kind == UPSELL else ""
        yield f'{live.catalogue[candidate.product_id].json}{more},"reason":{reason}}}'


def _strategy(chosen: list[Candidate], kind: str) -> str:
    if chosen and kind in OF_A_PRODUCT:
        return kind
    kinds = {candidate.kind for candidate in chosen}
    return next((strategy for kind, strategy in _LADDER.items() if kind in kinds), "empty")


def _title(live: LiveShop, asked: SlateRequest) -> str | None:
    """The merchant's for the placement, which speaks of what goes with it; else what the list is."""
    if asked.kind in OF_A_PRODUCT:
        return reasons.TITLES[asked.kind][reasons.language(asked.lang, live.shop.language)]
    return live.shop.settings.placements[asked.placement].title


def _answer(
    live: LiveShop, asked: SlateRequest, strategy: str, arm: str | None, shown: str, now: float
) -> Answer:
    slate = (asked.placement, strategy, arm, live.model_version)
    title = _title(live, asked)
    named_arm = f'"{arm}"' if arm in ("encore", "holdout") else "null"
    text = (
        f'{{"slate_id":"{slate_token.make(live.slate_key, slate, now)}","placement":"{asked.placement}",'
        f'"title":{quoted(title) if title else "null"},"strategy":"{strategy}",'
        f'"model_version":{live.model_version},"arm":{named_arm},{shown}}}'
    )
    return Answer(strategy, text)
