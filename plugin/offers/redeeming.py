"""Redeeming: a promise is kept once, whether the shop's server says so or an order comes with the code."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.offers import claims, company, giving_back, keeping, tokens
from plugin.offers.claims import Claim
from plugin.offers.holding import Holding
from plugin.offers.keeping import Order, Redemption
from plugin.store import acceptances, shops
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.offer_codes import normal
from plugin.vault import Vault

_LOG = logging.getLogger(__name__)
_GIVEN_BACK = ("cancelled", "refunded")


def redeem(connection: Connection, vault: Vault, shop_id: str, claim: Claim, now: datetime) -> Redemption:
    """Redeem what a shopper accepted with the order that the shop's server tells of; again is harmless.

    Raises `Refusal`: "token_forged", "token_altered", "token_of_other_shop", "token_expired", "unknown_code",
    "redeemed_by_other_order" (and says which), "terms_differ", "totals_differ" or "not_with_others".
    """
    shops.lock(connection, shop_id)  # two codes with one order: the second must see the first
    kept = _named(connection, vault, shop_id, claim)
    if kept.status == "redeemed":
        return _again(connection, kept, claim.order_id)
    if kept.status == "expired" or kept.expires_at <= now:
        raise Refusal("token_expired", f"This code was good until {kept.expires_at.isoformat()}.")
    return keeping.keep(connection, kept, _checked(connection, kept, claim), now)


def by_orders(
    connection: Connection, shop_id: str, orders: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Redeem the codes that orders came with, and give back what a cancelled order had.

    Of several orders with one code the earliest has it.
    """
    by_id = {order["order_id"]: order for order in orders}
    by_code = _by_code(order for order in by_id.values() if order.get("status") not in _GIVEN_BACK)
    for kept in acceptances.of_orders(connection, shop_id, list(by_id), list(by_code)):
        locked = acceptances.find(connection, shop_id, kept.code, locked=True)
        if locked and locked.status == "redeemed" and _is_given_back(by_id.get(str(locked.order_id))):
            giving_back.give_back(connection, locked, now)
            locked = acceptances.find(connection, shop_id, kept.code)
        if locked and locked.status != "redeemed" and locked.code in by_code:
            _settle(connection, locked, by_code[locked.code], now)


def _by_code(orders: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    with_codes = [order for order in orders if order.get("coupon_codes")]
    latest_first = sorted(with_codes, key=lambda order: order["ordered_at"], reverse=True)
    return {normal(code): order for order in latest_first for code in order["coupon_codes"]}


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
    found = claims.held_by(connection, kept, order.get("lines") or kept.terms["lines"])
    trouble = _trouble(found, [kept, *others])
    if trouble:
        _LOG.warning("Order %s of shop %s is not what %s was accepted for.", order_id, shop_id, kept.code)
    keeping.keep(connection, kept, Order(order_id, found, others, trouble), now)


def _trouble(found: Holding, promises: Sequence[Acceptance]) -> str | None:
    """What would have been refused, had the shop's server asked."""
    if found.short:
        return "terms_differ"
    return None if company.go_together(promises) else "not_with_others"
