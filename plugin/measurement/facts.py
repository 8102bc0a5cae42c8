"""The facts of one period, read at one moment, of which all of its figures are made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from plugin.measurement.period import Period
from plugin.store import figures as sums
from plugin.store.database import Database
from plugin.store.shops import Shop


@dataclass(frozen=True)
class Facts:
    """What a shop's events and orders say of `period`; `orders` reach one attribution window beyond it."""

    shop: Shop
    period: Period
    counts: list[sums.Counts]
    exposures: list[sums.Exposure]
    orders: list[sums.BoughtOrder]
    impressions: set[sums.Impression]

    @property
    def window(self) -> timedelta:
        """The attribution window: so long after an impression a purchase still counts as bought after."""
        return _window(self.shop)

    @cached_property
    def bought_after(self) -> set[tuple[sums.Impression, str]]:
        """Each impression with each order (its id) that followed in the window and contains the product."""
        return bought_after(self.impressions, self.orders, self.window)


def gathered(database: Database, shop: Shop, period: Period) -> Facts:
    """Read the facts in one transaction, so that the figures of one page agree with each other."""
    with database.read() as connection:
        orders = sums.bought_orders(connection, shop.shop_id, period.since, period.until + _window(shop))
        return Facts(
            shop=shop,
            period=period,
            counts=sums.counts(connection, shop.shop_id, *period),
            exposures=sums.first_exposures(connection, shop.shop_id, *period),
            orders=orders,
            impressions=sums.impressions(connection, shop.shop_id, *period, orders),
        )


def bought_after(
    seen: Iterable[sums.Impression], orders: Iterable[sums.BoughtOrder], within: timedelta
) -> set[tuple[sums.Impression, str]]:
    """Each impression with each order (its id) that followed `within` and contains the product seen."""
    by_whom: dict[tuple[str | None, str], list[sums.Impression]] = {}
    for each in seen:
        by_whom.setdefault((each.visitor_id, each.product_id), []).append(each)
        by_whom.setdefault((each.slate_id, each.product_id), []).append(each)
    return {
        (each, order.order_id)
        for order in orders
        for line in order.lines
        if line.quantity > 0
        for whom in order.visitor_ids | order.slate_ids
        for each in by_whom.get((whom, line.product_id), ())
        if each.visitor_id in order.visitor_ids or each.slate_id in order.slate_ids
        if timedelta() <= order.ordered_at - each.at <= within
    }


def _window(shop: Shop) -> timedelta:
    return timedelta(days=shop.settings.attribution_window_days)
