"""Losses: what keeping a promise costs beyond what the merchant allows by now, booked to the offer."""

from collections.abc import Sequence

from plugin.offers import company
from plugin.offers.cart import PricedLine
from plugin.offers.holding import Held, Holding
from plugin.offers.margin import MarginRules, prove, rules_of
from plugin.offers.money import millionths, split
from plugin.offers.terms import Terms
from plugin.settings import typed
from plugin.store import offers, shops, variants
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection


def of(
    connection: Connection, kept: Acceptance, cost_minor: int, found: Holding, others: Sequence[Acceptance]
) -> int:
    """What of `cost_minor` is a loss: the greater of what it goes beyond the budget, and below the floor.

    `others`: what the same order redeemed before. The floor was kept when the offer was quoted; prices,
    costs, fees and the floor itself may have changed since. What comes with an order that is not as accepted
    is lost altogether. Where a cost is not known, only assumed, nobody can tell a loss.
    """
    below = cost_minor if found.short else _below_floor(connection, kept, found, others)
    return min(cost_minor, max(_beyond_budget(connection, kept, cost_minor), below))


def _beyond_budget(connection: Connection, kept: Acceptance, cost_minor: int) -> int:
    stored = offers.find(connection, kept.shop_id, kept.offer_id)
    if stored is None or stored.budget_minor is None:
        return 0
    freed_minor = kept.reserved_minor if kept.status == "accepted" else 0
    return max(0, stored.reserved_minor + stored.spent_minor + cost_minor - freed_minor - stored.budget_minor)


def _below_floor(
    connection: Connection, kept: Acceptance, found: Holding, others: Sequence[Acceptance]
) -> int:
    """By how much what was accepted is below the floor, at the order's prices and today's costs.

    What the others cost counts too, less what of it is booked as theirs.
    """
    rules = rules_of(typed(shops.stored_settings(connection, kept.shop_id)).offers)
    lines = [line for each in found.held for line in _lines(connection, kept.shop_id, rules, each)]
    if not kept.proof or any(line.cost_minor is None for line in lines):
        return 0
    discounts = [part for each in found.held for part in _discounts(each)]
    shipping_off, later = kept.terms["shipping_discount_minor"], kept.terms["later_minor"]
    terms = Terms(tuple(lines), tuple(discounts), shipping_off, later + found.replaced_minor)
    proof = prove(terms, rules, company.cost_of(others))
    return max(0, proof.floor_minor - proof.margin_minor - sum(each.loss_minor for each in others))


def _lines(connection: Connection, shop_id: str, rules: MarginRules, each: Held) -> list[PricedLine]:
    lines, product_id = [], each.line["product_id"]
    for variant_id, quantity, price_minor in each.pieces:
        cost_minor, tax_share = variants.cost(connection, shop_id, product_id, variant_id)
        tax = rules.tax_share if tax_share is None else millionths(tax_share)
        lines.append(PricedLine(product_id, variant_id, quantity, price_minor, cost_minor, tax, ()))
    return lines


def _discounts(each: Held) -> list[int]:
    """What is taken off each of the pieces."""
    amounts = [piece.amount_minor for piece in each.pieces]
    return split(min(each.discount_minor, sum(amounts)), amounts)
