"""Redeeming: a promise is kept once, whether the shop's server says so or an order comes with the code."""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from plugin.errors import Refusal
from plugin.offers import claims, company, giving_back, losses, tokens, vouchers
from plugin.offers.claims import Claim
from plugin.offers.holding import Holding
from plugin.offers.kinds import KINDS
from plugin.store import acceptances, handovers, offers, shops
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.handovers import Handover
from plugin.store.offer_codes import normal
from plugin.vault import Vault

_LOG = logging.getLogger(__name__)
_GIVEN_BACK = ("cancelled", "refunded")


@dataclass(frozen=True)
class Redemption:
    """A promise kept; `voucher`: what it gives for another order."""

    redemption_id: str
    order_id: str
    discount_minor: int
    at: datetime
    voucher: Mapping[str, Any] | None


class _Order(NamedTuple):
    """The order that a promise is kept with: what it holds of it, and what it has redeemed before."""

    order_id: str
    found: Holding
    others: Sequence[Acceptance]


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
    return _redeemed(connection, kept, _checked(connection, kept, claim), now)


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
    return _told(connection, kept)


def _checked(connection: Connection, kept: Acceptance, claim: Claim) -> _Order:
    """The order, which must hold what was accepted, and may have redeemed only what goes with it."""
    found = claims.held_by(connection, kept, claim.lines)
    found = replace(found, most_minor=max(0, claim.goods_minor - claim.other_discounts_minor))
    claims.require(kept, claim, found)
    others = acceptances.of_orders(connection, kept.shop_id, [claim.order_id])
    company.require(kept, others, claim.order_id)
    short = company.lacking(connection, found, others, claim.lines) if others else []
    if short:
        raise claims.terms_differ(short)
    return _Order(claim.order_id, found, others)


def _settle(connection: Connection, kept: Acceptance, order: Mapping[str, Any], now: datetime) -> None:
    """Keep a promise with an order that is placed, whatever it holds: the shop has taken the discount off."""
    order_id, shop_id = order["order_id"], kept.shop_id
    if order["ordered_at"] > kept.expires_at:
        _LOG.warning("Order %s of shop %s came with a lapsed code.", order_id, shop_id)
        return
    others = acceptances.of_orders(connection, shop_id, [order_id])
    found = claims.held_by(connection, kept, order.get("lines") or kept.terms["lines"])
    if found.short or not company.go_together([kept, *others]):
        _LOG.warning("Order %s of shop %s is not what %s was accepted for.", order_id, shop_id, kept.code)
    _redeemed(connection, kept, _Order(order_id, found, others), now)


def _redeemed(connection: Connection, kept: Acceptance, order: _Order, now: datetime) -> Redemption:
    """Keep the promise: what was reserved is spent now. A lapsed one is kept too: the shop has paid.

    What is promised for another order stays reserved, on the voucher that it becomes.
    """
    found, terms = order.found, kept.terms
    cost_minor = kept.reserved_minor + found.discount_minor - terms["discount_minor"]
    spent_minor = cost_minor - (terms["later_minor"] if terms["later_days"] else 0)
    changes = {
        "status": "redeemed",
        "redemption_id": f"red_{secrets.token_hex(8)}",
        "order_id": order.order_id,
        "redeemed_at": now,
        "spent_minor": spent_minor,
        "loss_minor": losses.of(connection, kept, spent_minor, found, order.others),
    }
    acceptances.move(connection, kept, changes, now)
    redeemed = replace(kept, **changes)
    _book(connection, kept, redeemed, now)
    _give_besides(connection, redeemed, found.replaced_minor, now)
    return _told(connection, acceptances.find(connection, kept.shop_id, kept.code) or redeemed)


def _book(connection: Connection, kept: Acceptance, redeemed: Acceptance, now: datetime) -> None:
    """What was reserved is spent; a lapsed promise, which had given it back, counts again."""
    counted = 0 if vouchers.is_voucher(kept) else 1
    was_open = kept.status == "accepted"
    reserved = {"reserved_minor": -kept.reserved_minor} if was_open else {"accepted": counted}
    sums = {"spent_minor": redeemed.spent_minor, "loss_minor": redeemed.loss_minor, "redeemed": counted}
    offers.book(connection, kept.shop_id, kept.offer_id, {**sums, **reserved}, now)


def _give_besides(connection: Connection, redeemed: Acceptance, replaced_minor: int, now: datetime) -> None:
    """The voucher that comes with it, unless there is one already, and what the shop is told to do."""
    terms = redeemed.terms
    later_minor = terms["later_minor"] if terms["later_days"] else replaced_minor
    if later_minor and vouchers.issued(connection, redeemed) is None:
        days = terms["later_days"] or vouchers.REPLACES_DAYS
        vouchers.issue(connection, redeemed, later_minor, days, now)
    if terms["redeemed_by"] == "shop":
        handovers.add(connection, _handover(redeemed, now))


def _handover(redeemed: Acceptance, now: datetime) -> Handover:
    """What the shop's server is told that it must do."""
    duty, redemption_id = KINDS[redeemed.terms["kind"]].duty, str(redeemed.redemption_id)
    data = {
        "redemption_id": redemption_id,
        "order_id": redeemed.order_id,
        "customer_id": redeemed.customer_id,
        "duty": duty["en"] if duty else "",
        "terms": dict(redeemed.terms),
    }
    told = {"type": "offer.redeemed", "timestamp": now.isoformat(), "data": data}
    return Handover(redeemed.shop_id, redemption_id, told, 0, now)


def _told(connection: Connection, kept: Acceptance) -> Redemption:
    """The redemption; of what was spent, the discount is what is left without what else the offer costs."""
    terms = kept.terms
    besides_minor = kept.reserved_minor - terms["discount_minor"] - terms["shipping_discount_minor"]
    later_minor = terms["later_minor"] if terms["later_days"] else 0
    return Redemption(
        str(kept.redemption_id),
        str(kept.order_id),
        kept.spent_minor - (besides_minor - later_minor),
        kept.redeemed_at or kept.changed_at,
        vouchers.as_json(vouchers.issued(connection, kept)),
    )
