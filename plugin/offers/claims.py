"""A claim: what is said of an order, held against what a shopper accepted, piece by piece."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from plugin.errors import Refusal
from plugin.offers.kinds.gift import Gift
from plugin.store import variants
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection

Line = Mapping[str, Any]
Key = tuple[str, str | None]
"""A product and a variant of it, if one is named."""


@dataclass(frozen=True)
class Claim:
    """What the shop's server says of an order: its lines at its own prices, and its own sums, in minor units.

    `discount_minor` is what this code takes off, `other_discounts_minor` what anything else does.
    """

    code: str
    token: str | None
    order_id: str
    currency: str
    total_minor: int
    discount_minor: int
    other_discounts_minor: int
    shipping_minor: int
    lines: Sequence[Line]

    @property
    def goods_minor(self) -> int:
        """What all of the order costs before discounts."""
        return sum(int(line["unit_price_minor"]) * line["quantity"] for line in self.lines)


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


def holding(connection: Connection, kept: Acceptance, order: Iterable[Line]) -> Holding:
    """What the lines of `order` keep of a promise by now; a gift that is out of stock becomes a voucher."""
    lines = [line for line in order if line["quantity"] > 0]
    several = variants.of_several(connection, kept.shop_id, {line["product_id"] for line in lines})
    found = hold(kept.terms, lines, several)
    replaced = [each for each in found.short if _is_gone(connection, kept, each)]
    rest = tuple(each for each in found.held if each not in replaced)
    return replace(found, held=rest, replaced=tuple(replaced), most_minor=_goods_minor(lines))


def require(kept: Acceptance, claim: Claim, found: Holding) -> None:
    """The order must hold what was accepted, and take off what was promised: no more, no less.

    Raises `Refusal`: "terms_differ" or "totals_differ".
    """
    if found.short or claim.currency != kept.terms["currency"]:
        raise terms_differ(each.line["product_id"] for each in found.short)
    errors = dict(wrong_sums(claim, found))
    if errors:
        raise Refusal("totals_differ", "The order's sums are not what was promised: see errors.", errors)


def lacking(
    connection: Connection, shop_id: str, wanted: Mapping[Key, int], order: Sequence[Line]
) -> list[str]:
    """The products of which `order` has fewer than `wanted`."""
    several = variants.of_several(connection, shop_id, {line["product_id"] for line in order})
    nothing = {"price_minor": 0, "discount_minor": 0, "added": False}
    lines = [
        {"product_id": product_id, "variant_id": variant_id, "quantity": quantity, **nothing}
        for (product_id, variant_id), quantity in wanted.items()
    ]
    found = hold({"lines": lines}, order, several)
    return [each.line["product_id"] for each in found.short]


def terms_differ(product_ids: Iterable[str]) -> Refusal:
    """The order holds less than was accepted of these."""
    return Refusal(
        "terms_differ",
        "The offer was accepted for another cart: have the shopper ask for it again.",
        {"lines": [f"Fewer than accepted: {product_id}." for product_id in product_ids]},
    )


def wrong_sums(claim: Claim, found: Holding) -> list[tuple[str, list[str]]]:
    """Which of the order's own sums are not what was promised, and what was."""
    off_minor = claim.discount_minor + claim.other_discounts_minor
    total_minor = claim.goods_minor - off_minor + claim.shipping_minor
    wrong = []
    if claim.discount_minor != found.discount_minor:
        wrong.append(("discount_minor", [f"Promised: {found.discount_minor}."]))
    if found.terms["shipping_discount_minor"] and claim.shipping_minor:
        wrong.append(("shipping_minor", ["Promised: 0."]))
    if claim.total_minor != total_minor:
        wrong.append(("total_minor", [f"Lines, discounts and shipping make {total_minor}."]))
    return wrong


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


def _goods_minor(lines: Sequence[Line]) -> int | None:
    """What the lines cost before discounts; None where the price of one is not told."""
    prices = [(line.get("unit_price_minor"), line["quantity"]) for line in lines]
    told = [int(price_minor * quantity) for price_minor, quantity in prices if price_minor is not None]
    return sum(told) if len(told) == len(lines) else None


def _is_gone(connection: Connection, kept: Acceptance, each: Held) -> bool:
    """Whether it is the gift, and out of stock by now."""
    key = (each.line["product_id"], each.line["variant_id"])
    is_gift = kept.terms["kind"] == Gift.name and each.line["added"]
    return bool(is_gift) and variants.left(connection, kept.shop_id, *key) == 0
