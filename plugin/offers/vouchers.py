"""Vouchers: what a redeemed promise gives for another order; a promise of its own, with a code of its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from plugin.store import acceptances, offers
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.offer_codes import new_code

KIND = "voucher"
REPLACES_DAYS = 90
"""How long a voucher is good for that stands in for a gift which is out of stock."""


def is_voucher(kept: Acceptance) -> bool:
    """Whether a promise came from another one; it counts as no acceptance of its own."""
    return bool(kept.terms["kind"] == KIND)


def issue(connection: Connection, of: Acceptance, value_minor: int, days: int, now: datetime) -> Acceptance:
    """Promise `value_minor` off another order within `days`, reserved on the same offer."""
    voucher = replace(
        of,
        code=new_code(),
        slate_id=_place(of.code),
        status="accepted",
        accepted_at=now,
        expires_at=now + timedelta(days=days),
        changed_at=now,
        stacking="with_others",
        terms=_terms(of.terms, value_minor),
        proof={},
        reserved_minor=value_minor,
        spent_minor=0,
        loss_minor=0,
        redemption_id=None,
        order_id=None,
        redeemed_at=None,
        trouble=None,
    )
    acceptances.add(connection, voucher)
    offers.book(connection, of.shop_id, of.offer_id, {"reserved_minor": value_minor}, now)
    return voucher


def issued(connection: Connection, of: Acceptance) -> Acceptance | None:
    """The voucher that redeeming `of` gave, if any."""
    return acceptances.of_slate(connection, of.shop_id, _place(of.code))


def came_with(voucher: Acceptance, of: Acceptance) -> bool:
    """Whether redeeming `of` gave `voucher`, which is for another order."""
    return voucher.slate_id == _place(of.code)


def take_back(connection: Connection, of: Acceptance, now: datetime) -> bool:
    """Take the voucher that redeeming `of` gave out of the world; False: it is spent already."""
    voucher = issued(connection, of)
    if voucher is None:
        return True
    if voucher.status == "redeemed":
        return False
    if voucher.status == "accepted":
        sums = {"reserved_minor": -voucher.reserved_minor}
        offers.book(connection, voucher.shop_id, voucher.offer_id, sums, now)
    acceptances.forget(connection, voucher)
    return True


def as_json(voucher: Acceptance | None) -> dict[str, Any] | None:
    """The voucher as the shop's server learns of it."""
    if voucher is None:
        return None
    return {
        "code": voucher.code,
        "value_minor": voucher.terms["discount_minor"],
        "currency": voucher.terms["currency"],
        "expires_at": voucher.expires_at,
    }


def _place(code: str) -> str:
    """Where a voucher stands in place of a slate: one for each promise."""
    return f"{acceptances.VOUCHERS}{code}"


def _terms(of: Mapping[str, Any], value_minor: int) -> dict[str, Any]:
    nothing = dict.fromkeys(("shipping_discount_minor", "later_minor", "later_days", "price_minor"), 0)
    worth = dict.fromkeys(("discount_minor", "total_minor", "saving_minor"), value_minor)
    return {**of, **nothing, **worth, "kind": KIND, "redeemed_by": "discount", "lines": []}
