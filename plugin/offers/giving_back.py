"""Giving back what a promise holds of the budget: its order is cancelled, or nobody redeemed it in time."""

from datetime import datetime

from plugin.offers import vouchers
from plugin.store import acceptances, handovers, offers
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection

_NOBODYS = {
    **dict.fromkeys(("order_id", "redemption_id", "redeemed_at", "trouble")),
    "spent_minor": 0,
    "loss_minor": 0,
}


def give_back(connection: Connection, kept: Acceptance, now: datetime) -> None:
    """Take a redemption back: the code can be used again until it expires, and the budget has its money.

    What the shop has been told to do stays done, and the promise kept. A voucher that came with it and is
    spent stays spent: then the code is closed.
    """
    if not handovers.drop(connection, kept.shop_id, str(kept.redemption_id)):
        return
    is_open = vouchers.take_back(connection, kept, now) and now < kept.expires_at
    if acceptances.move(connection, kept, {**_NOBODYS, "status": "accepted" if is_open else "expired"}, now):
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
