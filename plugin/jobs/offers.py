"""What the sweep does for offers: codes made ahead, and what nobody redeemed given back to the budgets."""

from datetime import datetime, timedelta

from plugin.jobs import handovers
from plugin.offers import giving_back, redeeming
from plugin.runtime import Runtime
from plugin.store import acceptances, coupons, dismissals, offer_codes, offers

_AT_ONCE = 200
"""In one transaction, so that nobody else waits long."""
_LOOK_BACK = timedelta(days=1)


def look_after(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Make codes where half of a pool is gone, end what has lapsed, tell the shop what it must do."""
    with runtime.database.read() as opened:
        low = [each for each in offers.all_of(opened, shop_id) if each.codes_left < offer_codes.POOL // 2]
    for offer in low:
        with runtime.database.write() as opened:
            if offers.find(opened, shop_id, offer.offer_id, locked=True):
                offer_codes.fill(opened, shop_id, offer.offer_id, now)
    _redeem_imported(runtime, shop_id, now)
    while _expired(runtime, shop_id, now) == _AT_ONCE:
        pass
    handovers.tell(runtime, shop_id, now)
    with runtime.database.write() as opened:
        dismissals.forget(opened, shop_id, now)


def _redeem_imported(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Redeem what came with orders from a file; those that the API brings are seen as they come."""
    with runtime.database.read() as opened:
        if not acceptances.any_open(opened, shop_id):
            return
        arrived = coupons.arrived_since(opened, shop_id, now - _LOOK_BACK)
    for start in range(0, len(arrived), _AT_ONCE):
        with runtime.database.write() as opened:
            redeeming.by_orders(opened, shop_id, arrived[start : start + _AT_ONCE], now)


def _expired(runtime: Runtime, shop_id: str, now: datetime) -> int:
    with runtime.database.write() as opened:
        lapsed = acceptances.lapsed(opened, shop_id, now, _AT_ONCE)
        for kept in lapsed:
            giving_back.expire(opened, kept, now)
    return len(lapsed)
