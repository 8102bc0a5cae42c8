"""What an order holds of a promise: each promised line with the pieces that keep it, and what to take off."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Line = Mapping[str, Any]
Key = tuple[str, str | None]
"""A product and a variant of it, if one is named."""


class Piece(NamedTuple):
    """So many of one line of an order, at its price in minor units."""

    variant_id: str | None
    quantity: int
    price_minor: int

    @property
    def amount_minor(self) -> int:
        """What they cost before discounts."""
        return self.price_minor * self.quantity


class Held(NamedTuple):
    """A promised line, and what of the order keeps it."""

    line: Line
    pieces: tuple[Piece, ...]

    @property
    def missing(self) -> int:
        """How many the order lacks."""
        return int(self.line["quantity"]) - sum(piece.quantity for piece in self.pieces)

    @property
    def discount_minor(self) -> int:
        """What is to be taken off; of what the offer added, what is to be paid was promised."""
        if not self.line["added"]:
            return int(self.line["discount_minor"])
        to_pay_minor = self.line["price_minor"] * self.line["quantity"] - self.line["discount_minor"]
        return max(0, sum(piece.amount_minor for piece in self.pieces) - int(to_pay_minor))


@dataclass(frozen=True)
class Holding:
    """What an order holds of a promise. `most_minor`: all that can be taken off it; None: nobody has said.

    `replaced`: gifts that are out of stock by now, for which the shopper gets a voucher.
    """

    terms: Mapping[str, Any]
    held: tuple[Held, ...]
    most_minor: int | None = None
    replaced: tuple[Held, ...] = ()

    @property
    def short(self) -> list[Held]:
        """What the order lacks."""
        return [each for each in self.held if each.missing]

    @property
    def replaced_minor(self) -> int:
        """What the vouchers are worth."""
        return sum(int(each.line["discount_minor"]) for each in self.replaced)

    @property
    def discount_minor(self) -> int:
        """What this code is to take off the order: what was promised, as far as there is so much to pay."""
        changed = sum(each.discount_minor - int(each.line["discount_minor"]) for each in self.held)
        due_minor = int(self.terms["discount_minor"]) + changed - self.replaced_minor
        most_minor = due_minor if self.most_minor is None else self.most_minor
        return max(0, min(due_minor, most_minor))


def hold(terms: Mapping[str, Any], order: Iterable[Line], several: Collection[str] = ()) -> Holding:
    """What the lines of `order` keep of `terms`; `several`: the products that have more than one variant.

    No piece is counted twice: named variants come first, then those that the cart did not name; of each
    what the cart held, then what the offer added.
    """
    left = [[line, int(line["quantity"])] for line in order]
    in_turn = sorted(terms["lines"], key=lambda line: (line["variant_id"] is not None, not line["added"]))
    held = [Held(line, tuple(_taken(line, left, several))) for line in reversed(in_turn)]
    return Holding(terms, tuple(held))


def _taken(line: Line, left: list[list[Any]], several: Collection[str]) -> Iterable[Piece]:
    """Take what `line` needs from what is `left` of an order; what names the same comes first."""
    missing = line["quantity"]
    fitting = [each for each in left if _fits(each[0], line, several)]
    for each in sorted(fitting, key=lambda each: each[0]["variant_id"] != line["variant_id"]):
        found, quantity = each[0], min(missing, each[1])
        if quantity:
            price_minor = found.get("unit_price_minor")
            price_minor = line["price_minor"] if price_minor is None else price_minor
            yield Piece(found["variant_id"] or line["variant_id"], quantity, price_minor)
        missing, each[1] = missing - quantity, each[1] - quantity


def _fits(found: Line, line: Line, several: Collection[str]) -> bool:
    if found["product_id"] != line["product_id"]:
        return False
    if line["variant_id"] in (None, found["variant_id"]):
        return True
    return found["variant_id"] is None and found["product_id"] not in several
