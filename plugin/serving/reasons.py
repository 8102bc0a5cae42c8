"""The sentence that tells a shopper why: short, true, and in the asked language."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from json import dumps
from json.encoder import encode_basestring as quoted
from typing import Any

from plugin.serving.catalogue import Catalogue

Evidence = Mapping[str, Any]
"""Named facts, as they stand in `recommender.Reason.evidence`."""

_TEXTS = {
    "en": {
        "own_purchases": "You have bought this before",
        "due": "You may be running low on this",
        "next_basket": "Bought by customers like you",
        "habit": "Goes well with this",
        "bought_together": "Often bought with {name}",
        "complement": "Goes with {name}",
        "likeness": "Similar to {name}",
        "category": "Popular in {name}",
        "moved_up": "Chosen by {customers} customers who had bought {name} before",
        "chosen_over": "Chosen by {customers} customers who also viewed {name}",
        "popular": "Popular in this shop",
        "bought_together nameless": "Often bought together",
        "complement nameless": "Goes with this",
        "likeness nameless": "Similar to this",
        "counted": "in {both} of the {all} orders with {name}",
    },
    "es": {
        "own_purchases": "Ya lo has comprado antes",
        "due": "Puede que se te esté acabando",
        "next_basket": "Lo compran clientes como tú",
        "habit": "Combina bien con esto",
        "bought_together": "Se compra a menudo con {name}",
        "complement": "Combina con {name}",
        "likeness": "Parecido a {name}",
        "category": "Popular en {name}",
        "moved_up": "Elegido por {customers} clientes que antes habían comprado {name}",
        "chosen_over": "Elegido por {customers} clientes que también vieron {name}",
        "popular": "Popular en esta tienda",
        "bought_together nameless": "A menudo se compran juntos",
        "complement nameless": "Combina con esto",
        "likeness nameless": "Parecido a esto",
        "counted": "en {both} de los {all} pedidos con {name}",
    },
    "it": {
        "own_purchases": "L’hai già acquistato",
        "due": "Potrebbe starti per finire",
        "next_basket": "Lo comprano clienti come te",
        "habit": "Si abbina bene",
        "bought_together": "Acquistato spesso con {name}",
        "complement": "Si abbina a {name}",
        "likeness": "Simile a {name}",
        "category": "Popolare in {name}",
        "moved_up": "Scelto da {customers} clienti che prima avevano comprato {name}",
        "chosen_over": "Scelto da {customers} clienti che hanno visto anche {name}",
        "popular": "Popolare in questo negozio",
        "bought_together nameless": "Acquistati spesso insieme",
        "complement nameless": "Si abbina a questo",
        "likeness nameless": "Simile a questo",
        "counted": "in {both} dei {all} ordini con {name}",
    },
    "zh": {
        "own_purchases": "您曾经购买过",
        "due": "您可能快用完了",
        "next_basket": "与您相似的顾客也购买了",
        "habit": "适合一起购买",
        "bought_together": "常与“{name}”一起购买",
        "complement": "可与“{name}”搭配",
        "likeness": "与“{name}”类似",
        "category": "“{name}”中的热门商品",
        "moved_up": "{customers} 位曾购买“{name}”的顾客选择了它",
        "chosen_over": "{customers} 位也看过“{name}”的顾客选择了它",
        "popular": "本店热门商品",
        "bought_together nameless": "经常一起购买",
        "complement nameless": "可与此搭配",
        "likeness nameless": "与此类似",
        "counted": "在含“{name}”的 {all} 笔订单中有 {both} 笔",
    },
}


_OF_CUSTOMERS = ("moved_up", "chosen_over")
"""Kinds whose sentence says how many customers."""
_PAIR_FACTS = ("orders_with_both", "orders_with_cart_product", "customers")

TITLES = {
    "similar": {
        "en": "Similar products",
        "es": "Productos parecidos",
        "it": "Prodotti simili",
        "zh": "类似商品",
    },
    "upsell": {
        "en": "Worth considering",
        "es": "Para tener en cuenta",
        "it": "Da tenere presente",
        "zh": "值得考虑",
    },
}
"""What stands above what is shown of a product, by kind."""


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
    if kind == "bought_together" and about is not None and name is not None:
        return _of_pair(about, name, lang) % evidence
    told = [f'"{fact}":{value if type(value) is int else _json(value)}' for fact, value in evidence.items()]
    if about is not None:
        told.append(f'"product_id":{quoted(about)}')
    # Only what a sentence says is in its key: every pair has other customers, and would be told anew.
    customers = evidence["customers"] if kind in _OF_CUSTOMERS else None
    said = _quoted_text("due" if evidence.get("due") else kind, name, lang, customers)
    return f'{{"kind":"{kind}","text":{said},"evidence":{{{",".join(told)}}}}}'


def text(kind: str, name: str | None, lang: str, customers: int | None = None) -> str:
    """Why, in `lang`; `name` as `name_of` gives it. `kind` "due": an own purchase whose time comes round."""
    texts = _TEXTS[lang]
    if name is None:
        return texts.get(f"{kind} nameless") or texts[kind]
    return texts[kind].replace("{customers}", str(customers)).replace("{name}", name)


@lru_cache(8192)
def _quoted_text(kind: str, name: str | None, lang: str, customers: int | None) -> str:
    return quoted(text(kind, name, lang, customers))


@lru_cache(8192)
def _of_pair(about: str, name: str, lang: str) -> str:
    """A whole reason that speaks of a pair, which most do, but for its counts: these are filled in by `%`."""
    counts = {"both": "%(orders_with_both)d", "all": "%(orders_with_cart_product)d"}
    counted = quoted(_TEXTS[lang]["counted"].format(name=name.replace("%", "%%"), **counts))
    facts = "".join(f'"{fact}":%({fact})d,' for fact in _PAIR_FACTS)
    said, product_id = (
        quoted(each).replace("%", "%%") for each in (text("bought_together", name, lang), about)
    )
    evidence = f'{facts}"product_id":{product_id},"text":{counted}'
    return f'{{"kind":"bought_together","text":{said},"evidence":{{{evidence}}}}}'


def _json(value: Any) -> str:
    """One fact; json's own way to begin would cost more than all that is written here."""
    return (
        quoted(value) if type(value) is str else dumps(value, ensure_ascii=False, default=datetime.isoformat)
    )
