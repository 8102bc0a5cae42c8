"""Shown, clicked, added and bought after, by placement and by day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin.measurement.period import Period, dates
from plugin.store import figures as sums
from plugin.store.database import Database
from plugin.store.shops import Shop


@dataclass(frozen=True)
class PlacementFigures:
    """What one placement showed and what came of it (see `placements`); `placement` None: all together."""

    placement: str | None
    shown: int
    clicked: int
    click_share: float | None
    added: int
    bought_after: int


@dataclass(frozen=True)
class DayFigures:
    """What was first shown on one day of the shop's calendar, and how much of that was clicked."""

    day: date
    shown: int
    clicked: int


def placements(database: Database, shop: Shop, period: Period) -> list[PlacementFigures]:
    """What each placement showed in the period, most shown first, and at the end all together.

    shown        = distinct (slate, product) with an impression in the period
    clicked      = those of them that were clicked;  added = those that were added to the cart
    click_share  = clicked / shown, None when nothing was shown
    bought_after = distinct paid or fulfilled orders, placed within the attribution window after an impression
                   of the period by the same visitor (or naming the slate), that contain the product shown.
                   An order may count for several placements, and once in the sum.
    """
    with database.read() as connection:
        counts = sums.counts(connection, shop.shop_id, *period)
        orders = sums.bought_orders(connection, shop.shop_id, period.since, period.until + window(shop))
        seen = sums.impressions(connection, shop.shop_id, *period, orders)
    after = {(each.placement, order_id) for each, order_id in bought_after(seen, orders, window(shop))}
    shown = Counter({each.placement: 0 for each in counts})
    for each in counts:
        shown[each.placement] += each.shown
    names = sorted(shown, key=lambda name: (-shown[name], name))
    return [_placement(name, counts, after) for name in (*names, None)]


def days(database: Database, shop: Shop, period: Period) -> list[DayFigures]:
    """Shown and clicked (as in `placements`) by the day of the first impression, every day of the period."""
    zone = ZoneInfo(shop.time_zone)
    with database.read() as connection:
        quarters = sums.quarters(connection, shop.shop_id, *period)
    shown: Counter[date] = Counter()
    clicked: Counter[date] = Counter()
    for each in quarters:
        shown[each.at.astimezone(zone).date()] += each.shown
        clicked[each.at.astimezone(zone).date()] += each.clicked
    return [DayFigures(day, shown[day], clicked[day]) for day in dates(period, shop.time_zone)]


def window(shop: Shop) -> timedelta:
    """The attribution window: so long after an impression a purchase still counts as bought after."""
    return timedelta(days=shop.settings.attribution_window_days)


def bought_after(
    seen: Iterable[sums.Impression], orders: Iterable[sums.BoughtOrder], within: timedelta
) -> set[tuple[sums.Impression, str]]:
    """Each impression with each order (its id) that followed `within` and contains the product seen."""
    by_product: dict[str, list[sums.Impression]] = {}
    for each in seen:
        by_product.setdefault(each.product_id, []).append(each)
    return {
        (each, order.order_id)
        for order in orders
        for line in order.lines
        if line.quantity > 0
        for each in by_product.get(line.product_id, ())
        if each.slate_id in order.slate_ids or each.visitor_id in order.visitor_ids
        if timedelta() <= order.ordered_at - each.at <= within
    }


def _placement(
    name: str | None, counts: Iterable[sums.Counts], after: Iterable[tuple[str, str]]
) -> PlacementFigures:
    mine = [each for each in counts if name in (None, each.placement)]
    shown, clicked = sum(each.shown for each in mine), sum(each.clicked for each in mine)
    return PlacementFigures(
        placement=name,
        shown=shown,
        clicked=clicked,
        click_share=clicked / shown if shown else None,
        added=sum(each.added for each in mine),
        bought_after=len({order_id for placement, order_id in after if name in (None, placement)}),
    )
