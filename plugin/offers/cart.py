"""A cart with the catalogue's own prices and costs: what every offer is worked out on."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from plugin.offers import money
from plugin.schemas.parts import MAX_MINOR
from plugin.serving.request import CartLine
from plugin.store.products import Product


class Sold(NamedTuple):
    """A variant as offers know it: amounts in minor units, `cost_minor` net of tax, tax in millionths."""

    variant_id: str
    price_minor: int | None
    cost_minor: int | None
    tax_share: int
    stock: int | None

    def has(self, quantity: int) -> bool:
        """Whether so many can be bought now."""
        return self.stock is None or self.stock >= quantity


class Priced(NamedTuple):
    """A product as offers know it; `categories` widest first."""

    title: str
    categories: tuple[str, ...]
    variants: tuple[Sold, ...]


Prices = Mapping[str, Priced]


class PricedLine(NamedTuple):
    """One line of a cart. `cost_minor` None: nobody knows what the shop pays for it."""

    product_id: str
    variant_id: str | None
    quantity: int
    price_minor: int
    cost_minor: int | None
    tax_share: int
    categories: tuple[str, ...]

    @property
    def amount_minor(self) -> int:
        """What the line costs without any offer."""
        return self.price_minor * self.quantity


@dataclass(frozen=True)
class PricedCart:
    """The cart; `trouble` says in a word why no price offer can be made on it, or is None."""

    lines: tuple[PricedLine, ...]
    trouble: str | None = None
    total_minor: int = field(init=False)
    """What all of it costs without any offer."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "total_minor", sum(line.amount_minor for line in self.lines))


Cost = Callable[[Sold, tuple[str, ...]], int | None]
"""What a variant of a product in these categories costs the shop, as far as that is known or assumed."""


def priced(cart: Iterable[CartLine], prices: Prices, cost: Cost, *, bought: bool = False) -> PricedCart:
    """`cart` at the catalogue's prices; equal lines become one, in the order of their ids.

    `trouble`: "empty_cart", "unknown_product" (not for sale, or without a price), "variant_not_named" (its
    variants differ in price, cost or tax), "cart_too_large" (more money than can be kept),
    "more_than_stock" (unless it is `bought` already), "unknown_cost".
    """
    wanted: dict[tuple[str, str | None], int] = {}
    for line in cart:
        key = (line.product_id, line.variant_id)
        wanted[key] = wanted.get(key, 0) + line.quantity
    lines: list[PricedLine] = []
    for (product_id, variant_id), quantity in sorted(wanted.items(), key=_order):
        found = line_of(prices, CartLine(product_id, variant_id, quantity), cost)
        if isinstance(found, str):
            return PricedCart(tuple(lines), found)
        lines.append(found)
    short = not bought and not _in_stock(lines, prices)
    return PricedCart(tuple(lines), _trouble(lines, short=short))


def _trouble(lines: Sequence[PricedLine], *, short: bool) -> str | None:
    """What stands against lines that all have a price."""
    if not lines:
        return "empty_cart"
    if sum(line.amount_minor for line in lines) > MAX_MINOR:
        return "cart_too_large"
    if short:
        return "more_than_stock"
    return "unknown_cost" if any(line.cost_minor is None for line in lines) else None


def _in_stock(lines: Iterable[PricedLine], prices: Prices) -> bool:
    """Whether all of it can be bought now; the lines of a product share what there is of it."""
    wanted: Counter[tuple[str, str | None]] = Counter()
    for line in lines:
        wanted[line.product_id, None] += line.quantity
        if line.variant_id is not None:
            wanted[line.product_id, line.variant_id] += line.quantity
    return all(_has(prices[key], variant_id, wanted[key, variant_id]) for key, variant_id in wanted)


def _has(product: Priced, variant_id: str | None, quantity: int) -> bool:
    stocks = [each.stock for each in product.variants if variant_id in (None, each.variant_id)]
    return None in stocks or sum(each or 0 for each in stocks) >= quantity


def line_of(prices: Prices, line: CartLine, cost: Cost) -> PricedLine | str:
    """`line` at the catalogue's price, or why it has none."""
    product = prices.get(line.product_id)
    if product is None:
        return "unknown_product"
    sold = _meant(product, line.variant_id)
    if sold is None:
        return "variant_not_named" if line.variant_id is None else "unknown_product"
    if sold.price_minor is None:
        return "unknown_product"
    return PricedLine(
        line.product_id,
        line.variant_id or (sold.variant_id if len(product.variants) == 1 else None),
        line.quantity,
        sold.price_minor,
        cost(sold, product.categories),
        sold.tax_share,
        product.categories,
    )


def changed(old: Prices, rows: Iterable[Product], usual_tax_share: int) -> Prices:
    """`old` with the products of `rows` in their new state; what is not for sale is left out."""
    new = dict(old)
    for row in rows:
        new.pop(row.product_id, None)
        if not row.deleted and row.visible and row.variants:
            new[row.product_id] = _of_row(row, usual_tax_share)
    return new


def _of_row(row: Product, usual_tax_share: int) -> Priced:
    variants = tuple(
        Sold(
            each.variant_id,
            each.price_minor,
            each.cost_minor,
            usual_tax_share if each.tax_share is None else money.millionths(each.tax_share),
            each.stock,
        )
        for each in row.variants
    )
    return Priced(row.title, row.categories, variants)


def _meant(product: Priced, variant_id: str | None) -> Sold | None:
    """The named variant; without a name any, if all cost the same to the shopper and to the shop."""
    if variant_id is not None:
        return next((each for each in product.variants if each.variant_id == variant_id), None)
    first = product.variants[0]
    alike = len(product.variants) == 1 or all(each[1:4] == first[1:4] for each in product.variants)
    return first if alike else None


def _order(item: tuple[tuple[str, str | None], int]) -> tuple[str, str]:
    return item[0][0], item[0][1] or ""
