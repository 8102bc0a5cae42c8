"""What a person did before decides what they are offered now: caps, silence, the pause, and what stacks."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from plugin.offers.offer import Offer
from plugin.settings import OfferSettings
from plugin.store.acceptances import Doing
from plugin.store.dismissals import Dismissal


def trouble(
    offer: Offer,
    accepted: Sequence[Doing],
    dismissed: Sequence[Dismissal],
    pause: timedelta,
    now: datetime,
) -> str | None:
    """Why this person is not offered `offer` now, in a word; None: nothing is against it.

    "dismissed", "pause", "cap_reached" (lapsed promises count too: a deadline does not begin anew), or
    "not_with_others" (an open promise and this one do not go together). A voucher is no acceptance of its
    own: it stands in nobody's way.
    """
    accepted = [each for each in accepted if not each.is_voucher]
    if not (accepted or dismissed):
        return None
    if any(each.offer_id == offer.offer_id and now < each.until for each in dismissed):
        return "dismissed"
    latest = [*(each.accepted_at for each in accepted), *(each.at for each in dismissed)]
    if latest and now < max(latest) + pause:
        return "pause"
    since = now - timedelta(days=offer.period_days)
    mine = [each for each in accepted if each.offer_id == offer.offer_id and each.accepted_at > since]
    if len(mine) >= offer.per_person:
        return "cap_reached"
    together = [offer.stacking, *(each.stacking for each in accepted if each.is_open(now))]
    return "not_with_others" if len(together) > 1 and "alone" in together else None


def silence_days(offer: Offer, settings: OfferSettings) -> int:
    """How long the offer keeps quiet after a dismissal: its own days, else what is set for all."""
    return offer.silence_days or settings.silence_days


def beside(offer: Offer, accepted: Iterable[Doing], now: datetime) -> tuple[int, int]:
    """What open promises mean for the sum: the cost of those that stack with `offer`, the best rival's worth.

    Where either is "best_one" only one of them can be redeemed with an order, so their costs do not add up,
    and `offer` is worth showing only if it is better. What a voucher costs was counted with the promise that
    gave it.
    """
    cost_minor = rival_minor = 0
    for each in accepted:
        if each.is_voucher or not each.is_open(now):
            continue
        if "best_one" in (each.stacking, offer.stacking):
            rival_minor = max(rival_minor, each.reserved_minor)
        else:
            cost_minor += each.reserved_minor
    return cost_minor, rival_minor
