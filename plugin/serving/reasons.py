"""The sentence that tells a shopper why: short, true, and in the asked language."""

from plugin.serving.catalogue import Catalogue

LANGUAGES = ("en", "es", "it", "zh")

_TEXTS = {
    "en": {
        "own_purchases": "You have bought this before",
        "bought_together": "Often bought with {name}",
        "category": "Popular in {name}",
        "popular": "Popular in this shop",
        "nameless": "Often bought together",
    },
    "es": {
        "own_purchases": "Ya lo has comprado antes",
        "bought_together": "Se compra a menudo con {name}",
        "category": "Popular en {name}",
        "popular": "Popular en esta tienda",
        "nameless": "A menudo se compran juntos",
    },
    "it": {
        "own_purchases": "L’hai già acquistato",
        "bought_together": "Acquistato spesso con {name}",
        "category": "Popolare in {name}",
        "popular": "Popolare in questo negozio",
        "nameless": "Acquistati spesso insieme",
    },
    "zh": {
        "own_purchases": "您曾经购买过",
        "bought_together": "常与“{name}”一起购买",
        "category": "“{name}”中的热门商品",
        "popular": "本店热门商品",
        "nameless": "经常一起购买",
    },
}


def language(asked: str | None, shop_language: str) -> str:
    """The language to answer in: the asked one (`es-MX`: `es`) if known, else the shop's, else English."""
    for wanted in (asked or "", shop_language):
        short = wanted[:2].lower()
        if short in _TEXTS:
            return short
    return "en"


def text(kind: str, about: str | None, catalogue: Catalogue, lang: str) -> str:
    """Why, in `lang`. `about` is the product (bought_together) or the category that the reason speaks of."""
    texts = _TEXTS[lang]
    if kind != "bought_together":
        return texts[kind].replace("{name}", about or "")
    item = catalogue.get(about or "")
    return texts["bought_together"].replace("{name}", item.title) if item else texts["nameless"]
