"""The sentence that tells a shopper why: short, true, and in the asked language."""

from collections.abc import Mapping
from datetime import datetime
from json import dumps
from json.encoder import encode_basestring as quoted
from typing import Any

from plugin.serving.catalogue import Catalogue

Evidence = Mapping[str, Any]
"""Named facts, as they stand in `recommender.Reason.evidence`."""

_TEXTS = {
    "en": {
        "own_purchases": "You have bought this before",
        "bought_together": "Often bought with {name}",
        "category": "Popular in {name}",
        "popular": "Popular in this shop",
        "nameless": "Often bought together",
        "counted": "in {both} of the {all} orders with {name}",
    },
    "es": {
        "own_purchases": "Ya lo has comprado antes",
        "bought_together": "Se compra a menudo con {name}",
        "category": "Popular en {name}",
        "popular": "Popular en esta tienda",
        "nameless": "A menudo se compran juntos",
        "counted": "en {both} de los {all} pedidos con {name}",
    },
    "it": {
        "own_purchases": "L’hai già acquistato",
        "bought_together": "Acquistato spesso con {name}",
        "category": "Popolare in {name}",
        "popular": "Popolare in questo negozio",
        "nameless": "Acquistati spesso insieme",
        "counted": "in {both} dei {all} ordini con {name}",
    },
    "zh": {
        "own_purchases": "您曾经购买过",
        "bought_together": "常与“{name}”一起购买",
        "category": "“{name}”中的热门商品",
        "popular": "本店热门商品",
        "nameless": "经常一起购买",
        "counted": "在含“{name}”的 {all} 笔订单中有 {both} 笔",
    },
}


def language(asked: str | None, shop_language: str) -> str:
    """The language to answer in: the asked one (`es-MX`: `es`) if known, else the shop's, else English."""
    for wanted in (asked or "", shop_language):
        short = wanted[:2].lower()
        if short in _TEXTS:
            return short
    return "en"


def name_of(kind: str, about: str | None, evidence: Evidence, catalogue: Catalogue) -> str | None:
    """What the sentence names: the present title of its product, or the category; None: nothing."""
    if about is not None:
        item = catalogue.get(about)
        return item.title if item else None
    return str(evidence["category"]) if kind == "category" else None


def as_json(kind: str, about: str | None, evidence: Evidence, name: str | None, lang: str) -> str:
    """The reason as it is served: `kind`, `text` in `lang` and `evidence`, as JSON."""
    facts: dict[str, Any] = {**evidence} if about is None else {"product_id": about, **evidence}
    if kind == "bought_together" and name is not None:
        facts["text"] = _counted(facts, name, lang)
    shown = ",".join([f'"{fact}":{_json(value)}' for fact, value in facts.items()])
    return f'{{"kind":"{kind}","text":{quoted(text(kind, name, lang))},"evidence":{{{shown}}}}}'


def text(kind: str, name: str | None, lang: str) -> str:
    """Why, in `lang`; `name` as `name_of` gives it."""
    texts = _TEXTS[lang]
    if kind == "bought_together" and name is None:
        return texts["nameless"]
    return texts[kind].replace("{name}", name or "")


def _counted(facts: dict[str, Any], name: str, lang: str) -> str:
    counts = {"both": facts["orders_with_both"], "all": facts["orders_with_cart_product"]}
    return _TEXTS[lang]["counted"].format(name=name, **counts)


def _json(value: Any) -> str:
    """One fact; json's own way to begin would cost more than all that is written here."""
    if type(value) is int:
        return str(value)
    return (
        quoted(value) if type(value) is str else dumps(value, ensure_ascii=False, default=datetime.isoformat)
    )
