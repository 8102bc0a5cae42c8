"""Why a slate is as it is: the same candidates under the same rules, and all that is known of them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from plugin.measurement.lift import lift
from plugin.serving import candidates, merchant_voice, reasons, sensitive, slate, upsell
from plugin.serving.candidates import Candidate
from plugin.serving.live import LiveShop
from plugin.serving.merchant_voice import LEAST_CUSTOMERS
from plugin.serving.request import OF_A_PRODUCT, SIMILAR, UPSELL, Asker, SlateRequest
from plugin.store import pairs, products
from plugin.store.database import Connection
from plugin.store.pairs import Pair
from plugin.store.products import Product
from recommender import Dropped, Explained, Explanation, Model

_BELOW = "below"
_NEXT, _MOST_OF_A_RULE = 5, 20


class _Found(NamedTuple):
    """A candidate as the slate has it, and what the model tells of it beside."""

    candidate: Candidate
    told: Explained


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
    scene = _Scene(live, asked, None if asked.kind in OF_A_PRODUCT else _customer(live, asked.asker), lang)
    shown, others = _answer(scene)
    rows = products.find_many(connection, live.shop.shop_id, {each.product_id for each in others})
    dropped = _each_once(
        (_with_cause(each, rows.get(each.product_id)) for each in others),
        {each.candidate.product_id for each in shown},
    )
    counted = pairs.counted(connection, live.shop.shop_id, [each for each in map(_pair_of, shown) if each[0]])
    return {
        "placement": asked.placement,
        "model_version": live.model_version,
        "silent": _ruled(_silence(live, asked.placement), lang),
        "customer": _ruled(_use_of_history(scene), lang),
        "items": [_item(scene, each, counted.get(_pair_of(each))) for each in shown],
        "dropped": [_left_out(each, rows.get(each.product_id), lang) for each in dropped],
    }


def _customer(live: LiveShop, asker: Asker) -> str | None:
    usable = asker.consent == "personal" and asker.customer_id not in live.people.withdrawn
    return asker.customer_id if usable else None


def _use_of_history(scene: _Scene) -> str | None:
    asker = scene.asked.asker
    if asker.customer_id is None or scene.asked.kind in OF_A_PRODUCT:
        return None
    if scene.customer_id is not None:
        return "history_used"
    return "history_withdrawn" if asker.customer_id in scene.live.people.withdrawn else "history_unasked"


def _silence(live: LiveShop, placement: str) -> str | None:
    settings = live.shop.settings
    if settings.stopped:
        return "stopped"
    if not settings.placements[placement].on:
        return "placement_off"
    if settings.only_me:
        return "only_me"
    return None if live.model is not None else "no_model"


def _answer(scene: _Scene) -> tuple[list[_Found], list[Dropped]]:
    """What is shown, best first, and what is not: asked for in the slate's own steps, so that nothing which
    hangs on how many are asked for can part the two.
    """
    model = scene.live.model
    if model is None:
        return [], []
    limit = slate.limit_of(scene.live, scene.asked)
    cart = tuple(filter(model.knows, scene.asked.product_ids))
    for wanted in slate.widening(scene.live, scene.asked):
        told = _told_by(model, scene, cart, wanted)
        shown, dropped = _sorted(scene, told, limit)
        if len(shown) == limit or len(told.items) < wanted:
            break
    return shown, dropped


def _told_by(model: Model, scene: _Scene, cart: Sequence[str], wanted: int) -> Explanation:
    if scene.asked.kind == SIMILAR:
        return model.explain_similar(cart[0], wanted) if cart else Explanation((), ())
    if scene.asked.kind == UPSELL:
        found = upsell.suggestions(model, cart[0], wanted) if cart else []
        return Explanation(
            tuple(Explained(each, {each.reason.kind: each.score}, (), {}) for each in found), ()
        )
    return model.explain(cart, customer_id=scene.customer_id, limit=wanted)


def _sorted(scene: _Scene, told: Explanation, limit: int) -> tuple[list[_Found], list[Dropped]]:
    """What is shown, and what is not: by a live rule, by the model's own, or because it comes next."""
    shown: list[_Found] = []
    dropped: list[Dropped] = []
    for each in told.items:
        found = _Found(candidates.of(each.suggestion), each)
        rule = _live_rule(scene, found.candidate)
        if rule is None and len(shown) < limit:
            shown.append(found)
        else:
            dropped.append(Dropped(found.candidate.product_id, rule or _BELOW))
    for other in told.dropped:
        rule = _live_rule(scene, Candidate(other.product_id, "", None, {}))
        dropped.append(Dropped(other.product_id, rule or other.rule))
    return shown, dropped


def _each_once(dropped: Iterable[Dropped], shown: set[str]) -> Iterator[Dropped]:
    """Every product once, by the rule that says most, and not too many of any rule; none that is shown."""
    told, counts = set(shown), Counter[str]()
    for each in sorted(dropped, key=lambda one: one.rule == _BELOW):
        most = _NEXT if each.rule == _BELOW else _MOST_OF_A_RULE
        if each.product_id not in told and counts[each.rule] < most:
            told.add(each.product_id)
            counts[each.rule] += 1
            yield each


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
    return upsell.rule(scene.live, scene.asked, candidate) if scene.asked.kind == UPSELL else None


def _left_out(dropped: Dropped, row: Product | None, lang: str) -> dict[str, Any]:
    told = {"rule": dropped.rule, "text": merchant_voice.rule(dropped.rule, lang)}
    return {"product_id": dropped.product_id, "title": row.title if row else None, **told}


def _with_cause(dropped: Dropped, row: Product | None) -> Dropped:
    return Dropped(dropped.product_id, _why_not_sold(row)) if dropped.rule == "not_sold" else dropped


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
        "score": found.told.suggestion.score,
        "grade": found.told.suggestion.grade,
        "contributions": list(_contributions(found.told.contributions, lang)),
        "pair": pair,
        "rules": [_ruled(each, lang) for each in found.told.rules],
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
