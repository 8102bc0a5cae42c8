"""The demo shop's cart: product ids with quantities, kept in the shop's own signed cookie."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from plugin.demo.catalogue import Catalogue, Product

MOST_OF_ONE = 99
MOST_PRODUCTS = 60  # a cookie holds no more
SHIPPING_MINOR = 290
"""What the shop charges for sending an order, wherever it goes."""


class CartError(ValueError):
    """What was asked of the cart cannot be done; the text says why to a shopper."""


@dataclass(frozen=True)
class CartLine:
    """One product in the cart."""

    product: Product
    quantity: int

    @property
    def total_minor(self) -> int:
        """What the line costs."""
        return self.product.price_minor * self.quantity


class Cart:
    """The cart of one session, newest product last; what the shop no longer sells is left out."""

    def __init__(self, session: MutableMapping[str, Any], catalogue: Catalogue) -> None:
        self._session, self._catalogue = session, catalogue

    def __iter__(self) -> Iterator[CartLine]:
        for product_id, quantity in self._session.get("cart", []):
            product = self._catalogue.get(product_id)
            if product is not None:
                yield CartLine(product, quantity)

    @property
    def count(self) -> int:
        """How many things are in it."""
        return sum(line.quantity for line in self)

    @property
    def total_minor(self) -> int:
        """What all of it costs, without sending it."""
        return sum(line.total_minor for line in self)

    @property
    def shipping_minor(self) -> int:
        """What sending it costs, without an offer."""
        return SHIPPING_MINOR if self.count else 0

    @property
    def for_encore(self) -> str:
        """The value of the widgets' `cart` attribute."""
        return ",".join(f"{quote(line.product.product_id, safe='')}:{line.quantity}" for line in self)

    def add(self, product_id: str, quantity: int) -> None:
        """Put so many more in; raises CartError."""
        kept = dict(self._session.get("cart", []))
        self.change(product_id, kept.get(product_id, 0) + _checked(quantity, least=1))

    def change(self, product_id: str, quantity: int) -> None:
        """Have exactly so many in it, 0 for none; raises CartError."""
        product = self._catalogue.get(product_id)
        if product is None:
            raise CartError("We do not sell that.")
        if quantity and not product.in_stock:
            raise CartError(f"{product.title} is sold out.")
        kept = dict(self._session.get("cart", []))
        kept[product_id] = _checked(quantity, least=0)
        if len(kept) > MOST_PRODUCTS:
            raise CartError(f"The cart holds {MOST_PRODUCTS} different products at the most.")
        self._session["cart"] = [[each, count] for each, count in kept.items() if count]

    def clear(self) -> None:
        """Empty it."""
        self._session.pop("cart", None)


def _checked(quantity: int, least: int) -> int:
    if not least <= quantity <= MOST_OF_ONE:
        raise CartError(f"Choose a quantity from {least} to {MOST_OF_ONE}.")
    return quantity
