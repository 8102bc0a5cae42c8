"""What a storefront asks for, checked and typed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

COMPLEMENT, SIMILAR, UPSELL = KINDS = ("complement", "similar", "upsell")
"""What is wanted of a product or cart: what is bought with it, or (of a product alone) instead of it, or one
thing that goes beyond it: a better version, or an add-on.
"""
OF_A_PRODUCT = (SIMILAR, UPSELL)
"""These are of a product, and the same for everybody."""


class CartLine(NamedTuple):
    """One element of a cart; `quantity` is at least 1."""

    product_id: str
    variant_id: str | None
    quantity: int


@dataclass(frozen=True)
class Asker:
    """Who asks, as far as the shop's page says: nothing here is believed before it is proved."""

    consent: str
    visitor_id: str | None = None
    customer_id: str | None = None
    customer_proof: str | None = field(default=None, repr=False)
    cart_id: str | None = None
    cart_proof: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SlateRequest:
    """One question for a slate.

    `product_ids` are what candidates are wanted for, sorted and distinct: the product of a product page, else
    the cart. `left_out` are the products that the shopper has before them already. `kind`: one of KINDS;
    those OF_A_PRODUCT are the same for everybody. `refused`: upsells that the shopper did not want here.
    """

    key: str
    placement: str
    product_ids: tuple[str, ...]
    left_out: frozenset[str]
    limit: int | None
    lang: str | None
    preview: str | None = field(repr=False)
    asker: Asker
    kind: str = COMPLEMENT
    refused: frozenset[str] = frozenset()

    def with_cart(self, cart: Iterable[CartLine]) -> "SlateRequest":
        """The same question for a shopper with `cart` before them."""
        in_cart = {line.product_id for line in cart}
        product_ids = self.product_ids or tuple(sorted(in_cart))
        asked = object.__new__(SlateRequest)  # replace() would take four times as long, in every question
        vars(asked).update(vars(self), product_ids=product_ids, left_out=self.left_out | in_cart)
        return asked
