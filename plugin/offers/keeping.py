"""Keeping a promise with an order: what is booked, what comes with it, and what the shop is told to do."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from plugin.offers import losses, vouchers
from plugin.offers.holding import Holding
from plugin.offers.kinds import KINDS
from plugin.store import acceptances, handovers, offers
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.handovers import Handover


@dataclass(frozen=True)
class Redemption:
    """A promise kept; `voucher`: what it gives for another order."""

    redemption_id: str
    order_id: str
    discount_minor: int
    at: datetime
    voucher: Mapping[str, Any] | None


class Order(NamedTuple):
    """The order that a promise is kept with: what it holds of it, and what it has redeemed before.

    `trouble`: why it would have been refused, were it not paid.
    """

    order_id: str
    found: Holding
    others: Sequence[Acceptance]
    trouble: str | None = None


def keep(connection: Connection, kept: Acceptance, order: Order, now: datetime) -> Redemption:
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
        "trouble": order.trouble,
    }
    acceptances.move(connection, kept, changes, now)
    redeemed = replace(kept, **changes)
    _book(connection, kept, redeemed, now)
    _give_besides(connection, redeemed, found.replaced_minor, now)
    return told(connection, acceptances.find(connection, kept.shop_id, kept.code) or redeemed)


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
    said = {"type": "offer.redeemed", "timestamp": now.isoformat(), "data": data}
    return Handover(redeemed.shop_id, redemption_id, said, 0, now)


def told(connection: Connection, kept: Acceptance) -> Redemption:
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
