"""Redeeming: a promise is kept once, whether the shop's server says so or an order comes with the code."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.offers import losses, tokens, vouchers
from plugin.offers.kinds import KINDS
from plugin.store import acceptances, handovers, offers, variants
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.handovers import Handover
from plugin.store.offer_codes import normal
from plugin.vault import Vault

_LOG = logging.getLogger(__name__)
_GIVEN_BACK = ("cancelled", "refunded")


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
    lines: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Redemption:
    """A promise kept; `voucher`: what it gives for another order."""

    redemption_id: str
    order_id: str
    discount_minor: int
    at: datetime
    voucher: Mapping[str, Any] | None


def redeem(connection: Connection, vault: Vault, shop_id: str, claim: Claim, now: datetime) -> Redemption:
    """Redeem what a shopper accepted with the order that the shop's server tells of; again is harmless.

    Raises `Refusal`: "token_forged", "token_altered", "token_of_other_shop", "token_expired", "unknown_code",
    "redeemed_by_other_order" (and says which), "terms_differ", "totals_differ" or "not_with_others".
    """
    kept = acceptances.find(connection, shop_id, normal(claim.code), locked=True)
    token = claim.token
    promise = None if token is None else tokens.read(vault, shop_id, token, is_known=kept is not None)
    if kept is None:
        raise Refusal("unknown_code", "This shop never gave out this code.")
    if promise is not None and promise != tokens.promise_of(kept):
        raise Refusal("terms_differ", "This token is for another code or other terms than this order's.")
    if kept.status == "redeemed":
        return _again(connection, kept, claim.order_id)
    if kept.status == "expired" or kept.expires_at <= now:
        raise Refusal("token_expired", f"This code was good until {kept.expires_at.isoformat()}.")
    replaced_minor = _check(connection, kept, claim)
    _require_company(connection, kept, claim.order_id)
    return _redeemed(connection, kept, claim.order_id, now, replaced_minor)


def by_orders(
    connection: Connection, shop_id: str, orders: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Redeem the codes that orders came with, and give back what a cancelled order had."""
    by_id = {order["order_id"]: order for order in orders}
    by_code = {normal(code): order for order in orders for code in order.get("coupon_codes") or ()}
    for kept in acceptances.of_orders(connection, shop_id, list(by_id), list(by_code)):
        locked = acceptances.find(connection, shop_id, kept.code, locked=True)
        if locked is None:
            continue
        redeemed = locked.status == "redeemed"
        order = by_id.get(str(locked.order_id)) if redeemed else by_code.get(locked.code)
        if order is not None:
            _settle(connection, locked, order, now)


def give_back(connection: Connection, kept: Acceptance, now: datetime) -> None:
    """Take a redemption back: the code can be used again until it expires, and the budget has its money."""
    voucher = vouchers.issued(connection, kept)
    if voucher is not None and voucher.status == "accepted":
        expire(connection, voucher, now)
        acceptances.forget(connection, voucher)
    is_open = now < kept.expires_at
    nobody = {"order_id": None, "redemption_id": None, "redeemed_at": None, "spent_minor": 0, "loss_minor": 0}
    if acceptances.move(connection, kept, {**nobody, "status": "accepted" if is_open else "expired"}, now):
        counted = 0 if vouchers.is_voucher(kept) else 1
        again = {"reserved_minor": kept.reserved_minor} if is_open else {"accepted": -counted}
        sums = {"spent_minor": -kept.spent_minor, "loss_minor": -kept.loss_minor, "redeemed": -counted}
        offers.book(connection, kept.shop_id, kept.offer_id, {**sums, **again}, now)


def expire(connection: Connection, kept: Acceptance, now: datetime) -> None:
    """End a promise that nobody redeemed in time, and give its money back to the budget."""
    if acceptances.move(connection, kept, {"status": "expired"}, now):
        counted = 0 if vouchers.is_voucher(kept) else 1
        sums = {"reserved_minor": -kept.reserved_minor, "accepted": -counted}
        offers.book(connection, kept.shop_id, kept.offer_id, sums, now)


def _again(connection: Connection, kept: Acceptance, order_id: str) -> Redemption:
    """The redemption that there is, to the order that has it; anybody else learns which order that is."""
    if kept.order_id != order_id:
        raise Refusal(
            "redeemed_by_other_order",
            f"This code was redeemed with order {kept.order_id}.",
            {"order_id": [str(kept.order_id)]},
        )
    return _told(connection, kept)


def _check(connection: Connection, kept: Acceptance, claim: Claim) -> int:
    """The order holds what was accepted, and takes off what was promised: no more, no less.

    Gives what a gift is worth that is out of stock by now: the shopper gets a voucher in its place.
    """
    has: dict[tuple[str, str | None], int] = {}
    for line in claim.lines:
        for variant_id in {line["variant_id"], None}:
            key = (line["product_id"], variant_id)
            has[key] = has.get(key, 0) + line["quantity"]
    wanted = _wanted(kept.terms)
    short = [key for key, quantity in wanted.items() if has.get(key, 0) < quantity]
    replaced_minor = 0
    for key in short[:]:
        if (worth_minor := _gift_minor(connection, kept, key)) is not None:
            short.remove(key)
            replaced_minor += worth_minor
    if short or claim.currency != kept.terms["currency"]:
        raise Refusal(
            "terms_differ",
            "The offer was accepted for another cart: have the shopper ask for it again.",
            {"lines": [f"Fewer than accepted: {product_id}." for product_id, _ in short]},
        )
    errors = dict(wrong_sums(kept.terms, claim, replaced_minor))
    if errors:
        raise Refusal("totals_differ", "The order's sums are not what was promised: see errors.", errors)
    return replaced_minor


def _gift_minor(connection: Connection, kept: Acceptance, key: tuple[str, str | None]) -> int | None:
    """What the gift `key` is worth if it is one that is out of stock by now; else None."""
    for line in kept.terms["lines"]:
        is_it = (line["product_id"], line["variant_id"]) == key
        is_gift = line["added"] and line["discount_minor"] == line["price_minor"] * line["quantity"]
        if is_it and is_gift and variants.left(connection, kept.shop_id, *key) == 0:
            return int(line["discount_minor"])
    return None


def _wanted(terms: Mapping[str, Any]) -> dict[tuple[str, str | None], int]:
    """How many of what the order must hold."""
    wanted: dict[tuple[str, str | None], int] = {}
    for line in terms["lines"]:
        key = (line["product_id"], line["variant_id"])
        wanted[key] = wanted.get(key, 0) + line["quantity"]
    return wanted


def wrong_sums(
    terms: Mapping[str, Any], claim: Claim, replaced_minor: int = 0
) -> list[tuple[str, list[str]]]:
    """Which of the order's own sums are not those of `terms`, and what was promised."""
    goods_minor = sum(line["unit_price_minor"] * line["quantity"] for line in claim.lines)
    off_minor = claim.discount_minor + claim.other_discounts_minor
    total_minor = goods_minor - off_minor + claim.shipping_minor
    promised_minor = terms["discount_minor"] - replaced_minor
    if terms["kind"] == vouchers.KIND:  # nobody knew the next order's cart
        promised_minor = min(promised_minor, goods_minor - claim.other_discounts_minor)
    wrong = []
    if claim.discount_minor != promised_minor:
        wrong.append(("discount_minor", [f"Promised: {promised_minor}."]))
    if terms["shipping_discount_minor"] and claim.shipping_minor:
        wrong.append(("shipping_minor", ["Promised: 0."]))
    if claim.total_minor != total_minor:
        wrong.append(("total_minor", [f"Lines, discounts and shipping make {total_minor}."]))
    return wrong


def _require_company(connection: Connection, kept: Acceptance, order_id: str) -> None:
    """An order redeems several offers only where all of them stack."""
    others = acceptances.of_orders(connection, kept.shop_id, [order_id])
    if others and any(each.stacking != "with_others" for each in [kept, *others]):
        raise Refusal("not_with_others", f"Order {order_id} has redeemed an offer that goes with no other.")


def _settle(connection: Connection, kept: Acceptance, order: Mapping[str, Any], now: datetime) -> None:
    """Bring a promise to what the order says of it."""
    cancelled = order.get("status") in _GIVEN_BACK
    if kept.status == "redeemed":
        if cancelled:
            give_back(connection, kept, now)
    elif not cancelled and order["ordered_at"] <= kept.expires_at:
        _redeemed(connection, kept, order["order_id"], now)
    elif not cancelled:
        _LOG.warning("Order %s of shop %s came with a lapsed code.", order["order_id"], kept.shop_id)


def _redeemed(
    connection: Connection, kept: Acceptance, order_id: str, now: datetime, replaced_minor: int = 0
) -> Redemption:
    """Keep the promise: what was reserved is spent now. A lapsed one is kept too: the shop has paid.

    What is promised for another order stays reserved, on the voucher that it becomes.
    """
    later_minor = kept.terms["later_minor"] if kept.terms["later_days"] else replaced_minor
    spent_minor = kept.reserved_minor - later_minor
    loss_minor = losses.of(connection, kept, spent_minor)
    changes = {
        "status": "redeemed",
        "redemption_id": f"red_{secrets.token_hex(8)}",
        "order_id": order_id,
        "redeemed_at": now,
        "spent_minor": spent_minor,
        "loss_minor": loss_minor,
    }
    acceptances.move(connection, kept, changes, now)
    counted = 0 if vouchers.is_voucher(kept) else 1
    was_open = kept.status == "accepted"
    reserved = {"reserved_minor": -kept.reserved_minor} if was_open else {"accepted": counted}
    sums = {"spent_minor": spent_minor, "loss_minor": loss_minor, "redeemed": counted, **reserved}
    offers.book(connection, kept.shop_id, kept.offer_id, sums, now)
    if later_minor:
        days = kept.terms["later_days"] or vouchers.REPLACES_DAYS
        vouchers.issue(connection, kept, later_minor, days, now)
    if kept.terms["redeemed_by"] == "shop":
        handovers.add(connection, _handover(kept, str(changes["redemption_id"]), order_id, now))
    found = acceptances.find(connection, kept.shop_id, kept.code)
    return _told(connection, found or kept)


def _handover(kept: Acceptance, redemption_id: str, order_id: str, now: datetime) -> Handover:
    """What the shop's server is told that it must do."""
    duty = KINDS[kept.terms["kind"]].duty
    data = {
        "redemption_id": redemption_id,
        "order_id": order_id,
        "customer_id": kept.customer_id,
        "duty": duty["en"] if duty else "",
        "terms": dict(kept.terms),
    }
    told = {"type": "offer.redeemed", "timestamp": now.isoformat(), "data": data}
    return Handover(kept.shop_id, redemption_id, told, 0, now)


def _told(connection: Connection, kept: Acceptance) -> Redemption:
    voucher = vouchers.issued(connection, kept)
    stands_in = voucher is not None and not kept.terms["later_days"]
    off_minor = kept.terms["discount_minor"] + kept.terms["shipping_discount_minor"]
    return Redemption(
        str(kept.redemption_id),
        str(kept.order_id),
        off_minor - (voucher.terms["discount_minor"] if voucher and stands_in else 0),
        kept.redeemed_at or kept.changed_at,
        vouchers.as_json(voucher),
    )
