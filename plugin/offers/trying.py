"""An offer tried on a few carts, for its merchant: what a shopper would see, or what stands against it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from plugin.offers import explaining
from plugin.offers.offer import Offer
from plugin.offers.parameters import parameters_of
from plugin.offers.people import Person
from plugin.offers.quoting import Known, Question, Quote, Quoting
from plugin.offers.replay import as_if_live, carted, nearest_to_paying
from plugin.offers.shelf import Shelf, ShelfOffer
from plugin.serving.live import LiveShop
from plugin.serving.request import CartLine
from plugin.store.past_orders import PastOrder

Cart = tuple[CartLine, ...]
_MADE_UP = 20
"""So many carts of one product each are tried beside the real ones."""


@dataclass(frozen=True)
class Tried:
    """`quote` is what the first cart that the offer holds for is offered; None: `reason`, a word, and
    `message`, its sentence, stand against it most often.
    """

    quote: Quote | None
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class Trial:
    """One shop's shelf at one moment with `orders`, the latest ones, whose carts every offer is tried on."""

    live: LiveShop
    shelf: Shelf
    orders: Sequence[PastOrder]
    now: datetime

    def of(self, definition: Mapping[str, Any], lang: str) -> Tried:
        """How the offer `definition` (as its schema loads it) does, told in `lang`.

        Its conditions are met where one of the carts meets them; else they are taken to be met.
        """
        held = as_if_live(self.live.shop.shop_id, definition, self.now)
        unconditioned = replace(held, offer=replace(held.offer, conditions=()))
        against: Counter[str] = Counter()
        messages: dict[str, str] = {}
        for each in (held, unconditioned):
            for quoting, found in self._found(each, lang):
                if isinstance(found, Quote):
                    return Tried(replace(found, held=replace(held, offer=self._dated(held, definition))))
                if each is unconditioned:
                    against[str(found)] += 1
                    messages[str(found)] = explaining.message(found, each.offer, quoting.voice, quoting)
        reason = against.most_common(1)[0][0] if against else "empty_cart"
        return Tried(None, reason, messages.get(reason))

    def _dated(self, held: ShelfOffer, definition: Mapping[str, Any]) -> Offer:
        """The offer with its own end, which the shopper is told."""
        ends_at = definition["ends_at"]
        return replace(held.offer, ends_at=datetime.fromisoformat(ends_at) if ends_at else None)

    def _found(self, held: ShelfOffer, lang: str) -> Iterator[tuple[Quoting, Quote | str]]:
        """The answer to each cart. What is for bundles alone takes two products of a cart for one."""
        placement = nearest_to_paying(held.offer.placements)
        for cart in self._carts(_named(held)):
            asked = Question(placement, cart, Person(), lang, bought=True)
            quoting = Quoting(self.live, self.shelf, asked, self.now)
            found = quoting.quote(held, Known())
            if found == "no_bundle":
                pair = tuple(sorted({line.product_id for line in cart})[:2])
                quoting = Quoting(self.live, self.shelf, replace(asked, bundle=pair), self.now)
                found = quoting.quote(held, Known()) if len(pair) == 2 else found
            yield quoting, found

    def _carts(self, named: Sequence[str]) -> Iterator[Cart]:
        """The latest orders', and made-up ones: of each product that the offer names, and of a few others."""
        yield from filter(None, map(carted, self.orders))
        for product_id in (*named, *islice(self.shelf.prices, _MADE_UP)):
            product = self.shelf.prices.get(product_id)
            if product is not None:
                variant_id = product.variants[0].variant_id
                yield from ((CartLine(product_id, variant_id, quantity),) for quantity in (1, 2))


def _named(held: ShelfOffer) -> tuple[str, ...]:
    """The products that the offer's parameters name."""
    return tuple(_ids(held.offer.kind))


def _ids(kind: object) -> Iterable[str]:
    for parameter in parameters_of(type(kind)):
        value = getattr(kind, parameter.name)
        if parameter.form.name == "id" and value is not None:
            yield value
        elif parameter.form.name == "ids":
            yield from value


# -- whole kinds ------------------------------------------------------------------------------------------


def lacking(shelf: Shelf) -> tuple[int, int]:
    """How many of the products on sale have no cost that is known or assumed, and how many there are."""
    cost = shelf.rules.cost
    without = sum(
        any(cost(sold, product.categories) is None for sold in product.variants)
        for product in shelf.prices.values()
    )
    return without, len(shelf.prices)


def kind_trouble(redeemed_by: str, shelf: Shelf, without_cost: tuple[int, int]) -> str | None:
    """Why no offer of a kind can hold in this shop whatever its parameters, as a word of `explaining.WHY`."""
    without, n_products = without_cost
    if not n_products:
        return "unknown_product"
    if without == n_products and redeemed_by != "shop":
        return "unknown_cost"
    price_minor = shelf.rules.shipping_price_minor
    if redeemed_by == "shipping" and not price_minor:
        return "shipping_price_unknown" if price_minor is None else "shipping_is_free"
    return None
