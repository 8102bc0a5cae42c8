"""Shown, clicked, added and bought after, by placement and by day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from plugin.measurement.facts import Facts
from plugin.measurement.period import dates
from plugin.store.figures import Counts


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


def placements(facts: Facts) -> list[PlacementFigures]:
    """What each placement showed in the period, most shown first, and at the end all together.

    shown        = distinct (slate, product) seen in the period: an impression, or a click or add before it
    clicked      = those of them that were clicked;  added = those that were added to the cart
    click_share  = clicked / shown, None when nothing was shown
    bought_after = distinct paid or fulfilled orders, placed within the attribution window after an impression
                   of the period by the same visitor (or naming the slate), that contain the product shown.
                   An order may count for several placements, and once in the sum.
    """
    after = {(each.placement, order_id) for each, order_id in facts.bought_after}
    shown: Counter[str] = Counter()
    for each in facts.counts:
        shown[each.placement] += each.shown
    names = sorted(shown, key=lambda name: (-shown[name], name))
    return [_placement(name, facts.counts, after) for name in (*names, None)]


def days(facts: Facts) -> list[DayFigures]:
    """Shown and clicked (as in `placements`) by the day of the first impression, every day of the period."""
    zone = ZoneInfo(facts.shop.time_zone)
    shown: Counter[date] = Counter()
    clicked: Counter[date] = Counter()
    for each in facts.counts:
        shown[each.at.astimezone(zone).date()] += each.shown
        clicked[each.at.astimezone(zone).date()] += each.clicked
    return [DayFigures(day, shown[day], clicked[day]) for day in dates(facts.period, facts.shop.time_zone)]


def _placement(
    name: str | None, counts: Iterable[Counts], after: Iterable[tuple[str, str]]
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
