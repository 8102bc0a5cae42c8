"""Figures of small histories whose sums are worked out by hand, on both databases."""

from datetime import UTC, date, datetime, timedelta
from math import sqrt
from random import Random

import pytest

from plugin.measurement.arms import arms
from plugin.measurement.comparison import difference
from plugin.measurement.facts import gathered
from plugin.measurement.figures import DayFigures, PlacementFigures, days, placements
from plugin.measurement.period import Period, dates, last_days
from plugin.store import shops
from plugin.store.database import Database
from plugin.vault import Vault
from tests.conftest import NOW
from tests.plugin.measurement.facts import Facts

VAULT = Vault("a secret of the tests")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PERIOD = Period(NOW - 27 * DAY, NOW)


def shop_and_facts(database: Database) -> tuple[shops.Shop, Facts]:
    new = shops.NewShop("Café", "EUR", "Europe/Madrid", "es", ("https://shop.example",))
    with database.write() as connection:
        shop_id, _ = shops.add(connection, VAULT, new, NOW)
        return shops.load(connection, VAULT, shop_id), Facts(database, shop_id)


def test_placements_count_what_was_shown_clicked_added_and_bought_after(database: Database) -> None:
    shop, facts = shop_and_facts(database)
    at = NOW - 10 * DAY
    first = facts.slate("ann", at, ["a", "b"])
    facts.event("impression", at + HOUR, slate_id=first, product_id="a")  # seen again: still one
    facts.event("click", at + HOUR, slate_id=first, product_id="a")
    facts.event("click", at + 2 * HOUR, slate_id=first, product_id="a")
    facts.event("click", at, slate_id=first, product_id="quick")  # before its second in view was over
    facts.event("add_to_cart", at + HOUR, slate_id=first, product_id="b")
    facts.slate("ann", at + HOUR, ["a"], placement="home")
    facts.slate("bob", at, ["c"])
    facts.order(at + DAY, [("a", 1, 500), ("z", 1, 100)], visitor_id="ann")  # after both placements
    facts.order(at + DAY, [("z", 1, 100)], visitor_id="bob")  # contains nothing that was shown
    assert placements(gathered(database, shop, PERIOD)) == [
        PlacementFigures("cart", shown=4, clicked=2, click_share=0.5, added=1, bought_after=1),
        PlacementFigures("home", shown=1, clicked=0, click_share=0.0, added=0, bought_after=1),
        PlacementFigures(None, shown=5, clicked=2, click_share=0.4, added=1, bought_after=1),
    ]


def test_nothing_shown_is_no_share_rather_than_a_share_of_nothing(database: Database) -> None:
    shop, _ = shop_and_facts(database)
    assert placements(gathered(database, shop, PERIOD)) == [PlacementFigures(None, 0, 0, None, 0, 0)]


@pytest.mark.parametrize(
    ("after", "more", "counts"),
    [
        (7 * DAY, {}, 1),
        (7 * DAY + timedelta(milliseconds=1), {}, 0),
        (-HOUR, {}, 0),
        (DAY, {"status": "fulfilled"}, 1),
        (DAY, {"status": "placed"}, 0),
        (DAY, {"status": "cancelled"}, 0),
        (DAY, {"visitor_id": "somebody else"}, 0),
    ],
)
def test_bought_after_means_paid_for_within_the_window_by_the_same_visitor(
    database: Database, after: timedelta, more: dict[str, str], counts: int
) -> None:
    shop, facts = shop_and_facts(database)
    facts.slate("ann", NOW - 10 * DAY, ["a"])
    facts.order(NOW - 10 * DAY + after, [("a", 1, 500)], **({"visitor_id": "ann"} | more))
    assert placements(gathered(database, shop, PERIOD))[-1].bought_after == counts


def test_an_order_is_tied_by_its_slates_or_by_the_browsers_report_too(database: Database) -> None:
    shop, facts = shop_and_facts(database)
    at = NOW - 10 * DAY
    anonymous = facts.slate(None, at, ["a"], arm=None)
    reported = facts.slate(None, at, ["b"], arm=None)
    known = facts.slate("ann", at, ["c"])
    facts.slate("ann", at, ["d"], placement="home")
    facts.order(at + HOUR, [("a", 1, 500)], slate_ids=[anonymous])
    told = facts.order(at + HOUR, [("b", 1, 500)])
    facts.event("purchase", at + HOUR, order_id=told, slate_id=reported)
    facts.order(at + HOUR, [("d", 1, 500)], slate_ids=[known])  # the slate tells the visitor, who saw d
    facts.order(at + HOUR, [("c", 1, 500)])  # tied to nobody
    figures = {each.placement: each.bought_after for each in placements(gathered(database, shop, PERIOD))}
    assert figures == {"cart": 2, "home": 1, None: 3}
    assert arms(gathered(database, shop, PERIOD)).outside.bought_after == 2


def test_a_return_is_not_a_purchase_and_a_later_version_replaces_the_earlier(database: Database) -> None:
    shop, facts = shop_and_facts(database)
    at = NOW - 10 * DAY
    facts.slate("ann", at, ["a"])
    facts.order(at + HOUR, [("a", -1, 500)], visitor_id="ann")
    order_id = facts.order(at + HOUR, [("a", 1, 500)], visitor_id="ann")
    assert placements(gathered(database, shop, PERIOD))[-1].bought_after == 1
    facts.order(
        at + HOUR,
        [("b", 1, 500)],
        order_id=order_id,
        import_id=-1,
        visitor_id="ann",
        updated_at=at + DAY,
    )
    facts.finished_import(-1, at)
    assert placements(gathered(database, shop, PERIOD))[-1].bought_after == 0


def test_days_are_the_shops_own_and_none_is_left_out(database: Database) -> None:
    shop, facts = shop_and_facts(database)
    before_midnight = datetime(2026, 2, 27, 22, 59, tzinfo=UTC)  # 23:59 in Madrid
    first = facts.slate("ann", before_midnight, ["a"])
    facts.event("click", before_midnight + HOUR, slate_id=first, product_id="a")
    facts.slate("ann", before_midnight + timedelta(minutes=1), ["a", "b"])
    figures = days(gathered(database, shop, last_days(4, NOW, shop.time_zone)))
    assert figures == [
        DayFigures(date(2026, 2, 27), 1, 1),
        DayFigures(date(2026, 2, 28), 2, 0),
        DayFigures(date(2026, 3, 1), 0, 0),
        DayFigures(date(2026, 3, 2), 0, 0),
    ]


def test_a_day_may_have_twenty_three_hours() -> None:
    period = last_days(2, datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Madrid")
    assert period.since == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert dates(period, "Europe/Madrid") == [date(2026, 3, 28), date(2026, 3, 29)]


def fill_arms(facts: Facts, buyers: tuple[int, int], visitors: int = 100) -> None:
    """`visitors` in each arm, of whom so many with Encore, and so many without, spend 10.00."""
    at = NOW - 10 * DAY
    with facts.together():
        for arm, buying in zip(("encore", "holdout"), buyers, strict=True):
            for number in range(visitors):
                facts.slate(f"{arm}{number}", at, ["a"], arm=arm)
                if number < buying:
                    facts.order(at + HOUR, [("z", 2, 600), ("z", -1, 200)], visitor_id=f"{arm}{number}")


def test_arms_are_compared_by_visitor_with_an_interval(database: Database) -> None:
    shop, facts = shop_and_facts(database)
    fill_arms(facts, (20, 10))
    found = arms(gathered(database, shop, PERIOD))
    assert (found.encore.visitors, found.encore.buyers, found.encore.conversion_share) == (100, 20, 0.2)
    assert (found.holdout.visitors, found.holdout.buyers, found.holdout.conversion_share) == (100, 10, 0.1)
    assert (found.encore.shown, found.holdout.shown) == (100, 0)
    assert (found.encore.revenue_minor, found.holdout.revenue_per_visitor_minor) == (20_000, 100.0)
    half = 1.959964 * sqrt(0.2 * 0.8 / 99 + 0.1 * 0.9 / 99)
    difference = found.conversion_difference
    assert difference.value == pytest.approx(0.1)
    assert (difference.low, difference.high) == (pytest.approx(0.1 - half), pytest.approx(0.1 + half))
    assert found.revenue_difference_minor.value == pytest.approx(100.0)
    assert found.revenue_difference_minor.low == pytest.approx(100 - 1000 * half)


@pytest.mark.parametrize(
    ("buyers", "visitors", "reason"), [((20, 10), 99, "too_few_visitors"), ((20, 4), 100, "too_few_buyers")]
)
def test_with_too_little_to_go_by_there_is_no_difference_but_a_reason(
    runtime_database: Database, buyers: tuple[int, int], visitors: int, reason: str
) -> None:
    shop, facts = shop_and_facts(runtime_database)
    fill_arms(facts, buyers, visitors)
    found = arms(gathered(runtime_database, shop, PERIOD)).conversion_difference
    assert (found.value, found.low, found.high, found.reason) == (None, None, None, reason)


def test_an_empty_arm_has_no_share_and_no_revenue(runtime_database: Database) -> None:
    shop, facts = shop_and_facts(runtime_database)
    facts.slate("ann", NOW - DAY, ["a"])
    found = arms(gathered(runtime_database, shop, PERIOD))
    assert (found.encore.conversion_share, found.encore.revenue_minor) == (0.0, 0)
    assert (found.holdout.conversion_share, found.holdout.revenue_minor) == (None, None)


def test_visitors_stay_in_their_first_arm_from_their_first_exposure_on(runtime_database: Database) -> None:
    shop, facts = shop_and_facts(runtime_database)
    at = NOW - 5 * DAY
    facts.slate("ann", at, ["a"], arm="holdout")
    facts.slate("ann", at + DAY, ["a"], arm="encore")
    facts.order(at - HOUR, [("z", 1, 500)], visitor_id="ann")  # before the first exposure
    facts.order(at + HOUR, [("z", 1, 700)], visitor_id="ann")
    facts.slate("bob", PERIOD.since - DAY, ["a"])  # exposed before the period: not of it
    facts.slate("bob", at, ["a"])
    found = arms(gathered(runtime_database, shop, PERIOD))
    assert (found.encore.visitors, found.holdout.visitors) == (0, 1)
    assert (found.holdout.orders, found.holdout.revenue_minor) == (1, 700)


def test_what_no_price_is_known_of_is_no_revenue_and_other_money_is_left_out(
    runtime_database: Database,
) -> None:
    shop, facts = shop_and_facts(runtime_database)
    at = NOW - 5 * DAY
    facts.slate("ann", at, ["a"])
    facts.order(at + HOUR, [("z", 1, None)], visitor_id="ann")
    found = arms(gathered(runtime_database, shop, PERIOD))
    assert (found.encore.buyers, found.encore.revenue_minor) == (1, None)
    assert found.revenue_difference_minor.reason == "no_prices"
    facts.order(at + HOUR, [("z", 1, 900)], visitor_id="ann", currency="USD")
    facts.order(at + HOUR, [("z", 3, 50)], visitor_id="ann")
    assert arms(gathered(runtime_database, shop, PERIOD)).encore.revenue_minor == 150


def test_another_shops_facts_do_not_count(runtime_database: Database) -> None:
    shop, _ = shop_and_facts(runtime_database)
    _, others = shop_and_facts(runtime_database)
    slate = others.slate("ann", NOW - DAY, ["a"])
    others.order(NOW - HOUR, [("a", 1, 500)], visitor_id="ann", slate_ids=[slate])
    assert placements(gathered(runtime_database, shop, PERIOD))[-1].shown == 0
    assert arms(gathered(runtime_database, shop, PERIOD)).encore.visitors == 0


def test_unequal_arms_by_hand() -> None:
    # Means 3 and 1; variances 10 · 4 / 99 = 0.404... : half of each arm at mean ± 2 and ± 1.
    found = difference([1.0, 5.0] * 50, [0.0, 2.0] * 100)
    half = 1.959964 * sqrt((4 * 100 / 99) / 100 + (1 * 200 / 199) / 200)
    assert found.value == pytest.approx(2.0)
    assert found.high == pytest.approx(2.0 + half)


def test_the_interval_holds_the_true_difference_about_as_often_as_it_says() -> None:
    random, runs, held = Random(1), 300, 0
    for _ in range(runs):
        encore = [float(random.random() < 0.11) for _ in range(900)]
        holdout = [float(random.random() < 0.11) for _ in range(200)]
        found = difference(encore, holdout)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / runs <= 0.98
