"""Losses: what keeping a promise costs beyond what the merchant allows by now, booked to the offer."""

from collections.abc import Mapping
from typing import Any

from plugin.offers.cart import PricedLine
from plugin.offers.margin import MarginRules, prove, rules_of
from plugin.offers.money import millionths
from plugin.offers.terms import Terms
from plugin.settings import typed
from plugin.store import offers, shops, variants
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection


def of(connection: Connection, kept: Acceptance, spent_minor: int) -> int:
    """What of `spent_minor` is a loss: the greater of what it goes beyond the budget, and below the floor.

    The floor was kept when the offer was quoted; costs, fees and the floor itself may have changed since.
    Where a cost is not known, only assumed, nobody can tell a loss.
    """
    stored = offers.find(connection, kept.shop_id, kept.offer_id)
    beyond = 0
    if stored is not None and stored.budget_minor is not None:
        used_minor = stored.reserved_minor + stored.spent_minor
        beyond = max(0, used_minor - stored.budget_minor)
    return min(spent_minor, max(beyond, _below_floor(connection, kept)))


def _below_floor(connection: Connection, kept: Acceptance) -> int:
    """By how much the accepted cart would be below the floor, at the promised prices and today's costs."""
    promised = kept.terms["lines"]
    rules = rules_of(typed(shops.stored_settings(connection, kept.shop_id)).offers)
    lines = [_line(connection, kept.shop_id, rules, line) for line in promised]
    if not kept.proof or any(line.cost_minor is None for line in lines):
        return 0
    discounts = tuple(int(line["discount_minor"]) for line in promised)
    shipping_off, later = kept.terms["shipping_discount_minor"], kept.terms["later_minor"]
    proof = prove(Terms(tuple(lines), discounts, shipping_off, later), rules)
    return max(0, proof.floor_minor - proof.margin_minor)


def _line(connection: Connection, shop_id: str, rules: MarginRules, line: Mapping[str, Any]) -> PricedLine:
    product_id, variant_id = line["product_id"], line["variant_id"]
    cost_minor, tax_share = variants.cost(connection, shop_id, product_id, variant_id)
    tax = rules.tax_share if tax_share is None else millionths(tax_share)
    return PricedLine(product_id, variant_id, line["quantity"], line["price_minor"], cost_minor, tax, ())
