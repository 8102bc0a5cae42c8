"""Redeeming: a promise is kept once, whether the shop's server says so or an order comes with the code."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.offers import claims, company, giving_back, keeping, tokens
from plugin.offers.claims import Claim
from plugin.offers.keeping import Order, Redemption
from plugin.store import acceptances, orders, shops
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.offer_codes import normal
from plugin.vault import Vault

_LOG = logging.getLogger(__name__)
_GIVEN_BACK = ("cancelled", "refunded")


def redeem(connection: Connection, vault: Vault, shop_id: str, claim: Claim, now: datetime) -> Redemption:
    """Redeem what a shopper accepted with the order that the shop's server tells of; again is harmless.

    Raises `Refusal`: "token_forged", "token_altered", "token_of_other_shop", "token_expired", "unknown_code",
    "redeemed_by_other_order" (and says which), "order_cancelled", "terms_differ", "totals_differ" or
    "not_with_others".
    """
    shops.lock(connection, shop_id)  # two codes with one order: the second must see the first
    kept = _named(connection, vault, shop_id, claim)
    if kept.status == "redeemed":
        return _again(connection, kept, claim.order_id)
    if kept.status == "expired" or kept.expires_at <= now:
        raise Refusal("token_expired", f"This code was good until {kept.expires_at.isoformat()}.")
    if _is_given_back(orders.find(connection, shop_id, claim.order_id)):
        message = f"Order {claim.order_id} is cancelled or refunded: the code stays good for another order."
        raise Refusal("order_cancelled", message)
    return keeping.keep(connection, kept, _checked(connection, kept, claim), now)


def by_orders(
    connection: Connection, shop_id: str, given: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Redeem the codes that orders came with, and give back what a cancelled order had.

    Of several orders with one code the earliest has it.
    """
    by_id = {order["order_id"]: order for order in given}
    by_code = _by_code(order for order in by_id.values() if order.get("status") not in _GIVEN_BACK)
    for kept in acceptances.of_orders(connection, shop_id, list(by_id), list(by_code)):
        locked = acceptances.find(connection, shop_id, kept.code, locked=True)
        if locked and locked.status == "redeemed" and _is_given_back(by_id.get(str(locked.order_id))):
            giving_back.give_back(connection, locked, now)
            locked = acceptances.find(connection, shop_id, kept.code)
        if locked and locked.code in by_code:
            _come_with(connection, locked, by_code[locked.code], now)


def _by_code(orders: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The orders that came with each code, the earliest first."""
    with_codes = [order for order in orders if order.get("coupon_codes")]
    found: dict[str, list[Mapping[str, Any]]] = {}
    for order in sorted(with_codes, key=lambda order: order["ordered_at"]):
        for code in {normal(each) for each in order["coupon_codes"]}:
            found.setdefault(code, []).append(order)
    return found


def _come_with(
    connection: Connection, kept: Acceptance, orders: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Keep a promise with the earliest of the orders that came with its code; any other is told of."""
    if kept.status != "redeemed":
        _settle(connection, kept, orders[0], now)
    has = acceptances.find(connection, kept.shop_id, kept.code)
    more = [each["order_id"] for each in orders if has and each["order_id"] != has.order_id]
    if has and has.status == "redeemed" and more:
        _LOG.warning("Orders %s of shop %s came with a code that is redeemed.", more, kept.shop_id)
        if has.trouble is None:
            acceptances.move(connection, has, {"trouble": "redeemed_by_other_order"}, now)


def _is_given_back(order: Mapping[str, Any] | None) -> bool:
    return order is not None and order.get("status") in _GIVEN_BACK


def _named(connection: Connection, vault: Vault, shop_id: str, claim: Claim) -> Acceptance:
    """The promise of the claim's code, which its token, if there is one, must be of."""
    kept = acceptances.find(connection, shop_id, normal(claim.code), locked=True)
    token = claim.token
    promise = None if token is None else tokens.read(vault, shop_id, token, is_known=kept is not None)
    if kept is None:
        raise Refusal("unknown_code", "This shop never gave out this code.")
    if promise is not None and promise != tokens.promise_of(kept):
        raise Refusal("terms_differ", "This token is for another code or other terms than this order's.")
    return kept


def _again(connection: Connection, kept: Acceptance, order_id: str) -> Redemption:
    """The redemption that there is, to the order that has it; anybody else learns which order that is."""
    if kept.order_id != order_id:
        raise Refusal(
            "redeemed_by_other_order",
            f"This code was redeemed with order {kept.order_id}.",
            {"order_id": [str(kept.order_id)]},
        )
    return keeping.told(connection, kept)


def _checked(connection: Connection, kept: Acceptance, claim: Claim) -> Order:
    """The order, which must hold what was accepted, and may have redeemed only what goes with it."""
    found = claims.held_by(connection, kept, claim.lines)
    found = replace(found, most_minor=max(0, claim.goods_minor - claim.other_discounts_minor))
    claims.require(kept, claim, found)
    others = acceptances.of_orders(connection, kept.shop_id, [claim.order_id])
    company.require(kept, others, claim.order_id)
    short = company.lacking(connection, found, others, claim.lines) if others else []
    if short:
        raise claims.terms_differ(short)
    return Order(claim.order_id, found, others)


def _settle(connection: Connection, kept: Acceptance, order: Mapping[str, Any], now: datetime) -> None:
    """Keep a promise with an order that is placed, whatever it holds: the shop has taken the discount off."""
    order_id, shop_id = order["order_id"], kept.shop_id
    if order["ordered_at"] > kept.expires_at:
        _LOG.warning("Order %s of shop %s came with a lapsed code.", order_id, shop_id)
        return
    others = acceptances.of_orders(connection, shop_id, [order_id])
    is_foreign = order.get("currency") not in (None, kept.terms["currency"])
    lines = order.get("lines") or kept.terms["lines"]
    if is_foreign:  # its prices say nothing of ours
        lines = [{**line, "unit_price_minor": None} for line in lines]
    found = claims.held_by(connection, kept, lines)
    trouble = "terms_differ" if is_foreign or found.short else None
    if trouble is None and not company.go_together([kept, *others]):
        trouble = "not_with_others"
    if trouble:
        _LOG.warning("Order %s of shop %s is not what %s was accepted for.", order_id, shop_id, kept.code)
    keeping.keep(connection, kept, Order(order_id, found, others, trouble), now)
