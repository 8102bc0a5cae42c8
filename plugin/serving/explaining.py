"""Why a slate is as it is: the same candidates under the same rules, and all that is known of them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from plugin.measurement.lift import lift
from plugin.serving import merchant_voice, reasons, sensitive
from plugin.serving.candidates import Candidate
from plugin.serving.live import LiveShop
from plugin.serving.merchant_voice import LEAST_CUSTOMERS
from plugin.serving.request import Asker, SlateRequest
from plugin.store import pairs, products
from plugin.store.database import Connection
from plugin.store.pairs import Pair
from plugin.store.products import Product

_LOOKED_AT = 400
_NEXT, _MOST_DROPPED = 5, 50


class _Found(NamedTuple):
    """A candidate with what the model says of it beyond the shopper's reason."""

    candidate: Candidate
    score: float
    grade: str | None
    contributions: Mapping[str, float]
    rules: tuple[str, ...]


class _Dropped(NamedTuple):
    product_id: str
    rule: str


@dataclass(frozen=True)
class _Scene:
    """What an explanation is made from: the shop, the question, and the language of its words."""

    live: LiveShop
    asked: SlateRequest
    customer_id: str | None
    lang: str


def explain(live: LiveShop, connection: Connection, asked: SlateRequest) -> dict[str, Any]:
    """The slate that `asked` has now as `schemas.explanation.ExplanationOut` has it."""
    lang = reasons.language(asked.lang, live.shop.language)
    scene = _Scene(live, asked, _customer(live, asked.asker), lang)
    found, unfit = _candidates(scene)
    shown, dropped = _sorted(scene, found)
    dropped = [*dropped, *unfit][:_MOST_DROPPED]
    named = {each.product_id for each in dropped} | {each.candidate.product_id for each in found}
    rows = products.find_many(connection, live.shop.shop_id, named)
    counted = pairs.counted(connection, live.shop.shop_id, [each for each in map(_pair_of, shown) if each[0]])
    return {
        "placement": asked.placement,
        "model_version": live.model_version,
        "silent": _ruled(_silence(live, asked.placement), lang),
        "customer": _ruled(_use_of_history(live, asked.asker, scene.customer_id), lang),
        "items": [_item(scene, each, counted.get(_pair_of(each))) for each in shown],
        "dropped": [_left_out(each, rows.get(each.product_id), lang) for each in dropped],
    }


def _customer(live: LiveShop, asker: Asker) -> str | None:
    usable = asker.consent == "personal" and asker.customer_id not in live.people.withdrawn
    return asker.customer_id if usable else None


def _use_of_history(live: LiveShop, asker: Asker, customer_id: str | None) -> str | None:
    if asker.customer_id is None:
        return None
    if customer_id is not None:
        return "history_used"
    return "history_withdrawn" if asker.customer_id in live.people.withdrawn else "history_unasked"


def _silence(live: LiveShop, placement: str) -> str | None:
    settings = live.shop.settings
    if settings.stopped:
        return "stopped"
    if not settings.placements[placement].on:
        return "placement_off"
    if settings.only_me:
        return "only_me"
    return None if live.model is not None else "no_model"


def _candidates(scene: _Scene) -> tuple[list[_Found], list[_Dropped]]:
    """What the model finds, best first, and what it found but does not give."""
    model = scene.live.model
    if model is None:
        return [], []
    cart = tuple(filter(model.knows, scene.asked.product_ids))
    found = [
        _Found(
            Candidate(each.product_id, each.reason.kind, each.reason.product_id, each.reason.evidence),
            each.score,
            None,
            {each.reason.kind: each.score},
            (),
        )
        for each in model.recommend(cart, customer_id=scene.customer_id, limit=_LOOKED_AT)
    ]
    return found, []


def _sorted(scene: _Scene, found: Iterable[_Found]) -> tuple[list[_Found], list[_Dropped]]:
    """What is shown, and what is not: by a live rule, or because it comes next (the first few of these)."""
    limit = scene.asked.limit or scene.live.shop.settings.placements[scene.asked.placement].limit
    shown: list[_Found] = []
    dropped: list[_Dropped] = []
    below: list[_Dropped] = []
    for each in found:
        rule = _live_rule(scene, each.candidate)
        if rule is None and len(shown) < limit:
            shown.append(each)
        elif rule is None:
            below.append(_Dropped(each.candidate.product_id, "below"))
            if len(below) == _NEXT:
                break
        else:
            dropped.append(_Dropped(each.candidate.product_id, rule))
    return shown, [*dropped, *below]


def _live_rule(scene: _Scene, candidate: Candidate) -> str | None:
    """The rule that keeps `candidate` out of the slate now, as `slate` applies them; None: none."""
    settings, catalogue = scene.live.shop.settings, scene.live.catalogue
    item = catalogue.get(candidate.product_id)
    if candidate.product_id in scene.asked.left_out:
        return "in_cart"
    if candidate.product_id in settings.excluded_product_ids:
        return "excluded"
    if item is None or item.json is None:
        return "not_sold"
    if scene.customer_id and not sensitive.allowed(candidate, catalogue, settings.sensitive_categories):
        return "sensitive"
    return None


def _left_out(dropped: _Dropped, row: Product | None, lang: str) -> dict[str, Any]:
    rule = _why_not_sold(row) if dropped.rule == "not_sold" else dropped.rule
    title = row.title if row else None
    return {
        "product_id": dropped.product_id,
        "title": title,
        "rule": rule,
        "text": merchant_voice.rule(rule, lang),
    }


def _why_not_sold(row: Product | None) -> str:
    if row is None or row.deleted:
        return "unknown"
    if not row.visible:
        return "hidden"
    in_stock = any(each.stock is None or each.stock > 0 for each in row.variants)
    return "no_price" if in_stock else "out_of_stock"


def _item(scene: _Scene, found: _Found, counted: Pair | None) -> dict[str, Any]:
    candidate, catalogue, lang = found.candidate, scene.live.catalogue, scene.lang
    name = reasons.name_of(candidate.kind, candidate.about, candidate.evidence, catalogue)
    pair = _told(candidate.about, name, counted)
    return {
        **json.loads(f"{catalogue[candidate.product_id].json}}}"),
        "reason": json.loads(candidate.reason(name, lang)),
        "score": found.score,
        "grade": found.grade,
        "contributions": list(_contributions(found.contributions, lang)),
        "pair": pair,
        "rules": [_ruled(each, lang) for each in found.rules],
        "merchant": merchant_voice.sentences(candidate, name, pair, lang),
    }


def _pair_of(found: _Found) -> tuple[str, str]:
    """The products of the pair that the reason speaks of; ("", …): of none."""
    candidate = found.candidate
    of_pair = candidate.kind == "bought_together" and candidate.about is not None
    return (candidate.about or "", candidate.product_id) if of_pair else ("", candidate.product_id)


def _told(about: str | None, name: str | None, counted: Pair | None) -> dict[str, Any] | None:
    """The pair as it goes out; of fewer than 3 customers nothing is told."""
    if counted is None or counted.customers < LEAST_CUSTOMERS:
        return None
    known = lift(
        counted.orders_with_both,
        counted.orders_with_cart_product,
        counted.orders_with_suggested,
        counted.n_orders,
    )
    value, low, high = known or (None, None, None)
    at = counted.last_together_at
    return vars(counted) | {
        "product_id": about,
        "title": name,
        "lift": value,
        "lift_interval": None if known is None else [low, high],
        "last_together_at": at.isoformat() if at else None,
    }


def _contributions(given: Mapping[str, float], lang: str) -> Iterator[dict[str, Any]]:
    """The greatest first, each as its share of all."""
    whole = sum(abs(each) for each in given.values())
    for source, value in sorted(given.items(), key=lambda each: (-abs(each[1]), each[0])):
        if value and whole:
            yield {"source": source, "name": merchant_voice.source(source, lang), "share": value / whole}


def _ruled(rule: str | None, lang: str) -> dict[str, str] | None:
    return None if rule is None else {"rule": rule, "text": merchant_voice.rule(rule, lang)}
