"""The offer that a shopper has accepted, kept in the shop's session until the order is placed."""

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from plugin.demo.cart import Cart

_NAME = "accepted"
_MOST_LINES = 100


@dataclass(frozen=True)
class Promise:
    """What Encore has promised; `lines`: (product id, quantity, discount of the whole line in minor units).

    `shipping_discount_minor`: what need not be paid for shipping.
    The page has brought the terms, so they are believed only until the order is placed: Encore refuses to
    redeem a code with other sums than were promised.
    """

    code: str
    token: str
    expires_unix: int
    lines: tuple[tuple[str, int, int], ...]
    shipping_discount_minor: int = 0

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Promise":
        """What `encore:accept` told the page; ValueError for anything else."""
        try:
            given = told["terms"]["lines"][:_MOST_LINES]
            lines = tuple(
                (str(each["product_id"]), int(each["quantity"]), max(0, int(each["discount_minor"])))
                for each in given
            )
            until = datetime.fromisoformat(told["expires_at"]).timestamp()
            shipping_minor = max(0, int(told["terms"]["shipping_discount_minor"]))
            return cls(str(told["code"])[:50], str(told["token"])[:2000], int(until), lines, shipping_minor)
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError("This is no accepted offer.") from error

    @property
    def discount_minor(self) -> int:
        """What it takes off the goods."""
        return sum(discount_minor for *_, discount_minor in self.lines)

    @property
    def saving_minor(self) -> int:
        """What the shopper need not pay."""
        return self.discount_minor + self.shipping_discount_minor

    def shipping_minor(self, cart: Cart) -> int:
        """What is left to pay for sending `cart`."""
        return max(0, cart.shipping_minor - self.shipping_discount_minor)

    def holds(self, cart: Cart) -> bool:
        """Whether all that it was accepted for is in the cart."""
        has = {line.product.product_id: line.quantity for line in cart}
        wanted: dict[str, int] = {}
        for product_id, quantity, _ in self.lines:
            wanted[product_id] = wanted.get(product_id, 0) + quantity
        return all(has.get(product_id, 0) >= quantity for product_id, quantity in wanted.items())


def keep(session: MutableMapping[str, Any], told: Mapping[str, Any], cart: Cart) -> None:
    """Keep what was accepted, and put into the cart what comes with it.

    Raises ValueError, and CartError where a product cannot be put in.
    """
    promise = Promise.read(told)
    for line in told["terms"]["lines"]:
        if line.get("added"):
            cart.add(str(line["product_id"]), int(line["quantity"]))
    session[_NAME] = asdict(promise)


def kept(session: MutableMapping[str, Any]) -> Promise | None:
    """The promise that still runs, or None."""
    if _NAME not in session:
        return None
    found = Promise(**session[_NAME])
    return found if found.expires_unix > datetime.now(UTC).timestamp() else None


def drop(session: MutableMapping[str, Any]) -> None:
    """It was redeemed, or is not worth anything."""
    session.pop(_NAME, None)
