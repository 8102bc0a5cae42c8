"""A claim: what is said of an order, held against what a shopper accepted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from plugin.errors import Refusal
from plugin.offers.holding import Held, Holding, Key, Line, hold
from plugin.offers.kinds.gift import Gift
from plugin.store import variants
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection


@dataclass(frozen=True)
class Claim:
    """What the shop's server says of an order: its lines at its own prices, and its own sums, in minor units.

    `discount_minor` is what this code takes off, `other_discounts_minor` what anything else does.
    `free_shipping`: whether this code is why nothing is paid for shipping; None: not said.
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
    free_shipping: bool | None = None

    @property
    def goods_minor(self) -> int:
        """What all of the order costs before discounts."""
        return sum(int(line["unit_price_minor"]) * line["quantity"] for line in self.lines)


def held_by(connection: Connection, kept: Acceptance, order: Iterable[Line]) -> Holding:
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
    is_free = found.terms["shipping_discount_minor"] > 0
    if is_free and claim.shipping_minor:
        wrong.append(("shipping_minor", ["Promised: 0."]))
    if claim.free_shipping not in (None, is_free):
        wrong.append(("free_shipping", [f"Promised: {'yes' if is_free else 'no'}."]))
    if claim.total_minor != total_minor:
        wrong.append(("total_minor", [f"Lines, discounts and shipping make {total_minor}."]))
    return wrong


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
