"""The catalogue in memory: which products may be shown now, each with its part of the answer ready made."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring as quoted

from plugin.store.products import Product, Variant


@dataclass(frozen=True, slots=True)
class Item:
    """A product as serving holds it.

    `json` is the beginning of its entry in a slate, without the reason; None: it may not be shown now.
    `price_minor`: what one costs; None where that depends on the variant, or none may be shown.
    """

    title: str
    json: str | None
    categories: tuple[str, ...]
    price_minor: int | None = None


Catalogue = Mapping[str, Item]


def changed(old: Catalogue, rows: Iterable[Product], currency: str) -> Catalogue:
    """`old` with the products of `rows` put in their new state; `old` itself stays, for who is reading it."""
    return {**old, **{row.product_id: _item(row, currency) for row in rows}}


def unshown_share(catalogue: Catalogue) -> float:
    """The share of products that may not be shown now, 0 to 1."""
    return sum(item.json is None for item in catalogue.values()) / max(len(catalogue), 1)


def _item(row: Product, currency: str) -> Item:
    json, prices = _json(row, currency), {each.price_minor for each in _in_stock(row.variants)}
    one_price = prices.pop() if json and len(prices) == 1 else None
    return Item(row.title, json, _shared(row.categories), one_price)


@lru_cache(maxsize=65_536)
def _shared(categories: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for all products of the same categories: there are few of these, and many products."""
    return categories


def _json(row: Product, currency: str) -> str | None:
    price_minor = _price_minor(row.variants)
    if row.deleted or not row.visible or price_minor is None:
        return None
    only = row.variants[0].variant_id if len(row.variants) == 1 else None
    texts = {
        "product_id": row.product_id,
        "variant_id": only,
        "title": row.title,
        "url": _web_address(row.url),
        "image_url": _web_address(row.image_url),
    }
    head = ",".join(f'"{name}":{"null" if text is None else quoted(text)}' for name, text in texts.items())
    return f'{{{head},"price_minor":{price_minor},"currency":{quoted(currency)}'


def _web_address(address: str | None) -> str | None:
    """`address` if a page may link to it: `javascript:` in a feed must not run in the shop's pages."""
    return address if address and address.startswith(("https://", "http://", "/")) else None


def _price_minor(variants: Iterable[Variant]) -> int | None:
    """The lowest price of what can be bought now; None where nothing can."""
    return min(
        (each.price_minor for each in _in_stock(variants) if each.price_minor is not None), default=None
    )


def _in_stock(variants: Iterable[Variant]) -> Iterator[Variant]:
    return (each for each in variants if each.stock is None or each.stock > 0)
