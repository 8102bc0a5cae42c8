"""When a retraining is due: the shop's own hour, its own time zone, its new orders, its failures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.jobs.schedule import Facts, due, last_hour
from plugin.store.trainings import Training

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ZONES = ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"]


def training(
    at: datetime, status: str = "published", seconds: float = 30, cause: str = "schedule"
) -> Training:
    ended_at = None if status in ("requested", "running") else at + timedelta(seconds=seconds)
    return Training("shop_1", 1, cause, status, at, at, ended_at, None, None)


def facts(
    *trainings: Training, zone: str = "Europe/Madrid", hour: int = 4, model: bool = True, orders: int = 0
) -> Facts:
    return Facts(zone, hour, 500, model, trainings, orders)


def moments_of(zone: str, hour: int, first: datetime, days: int) -> list[datetime]:
    """When a shop that is looked at every ten minutes, and trained whenever it is due, is trained."""
    found, now = [], first
    last = training(first)
    while now < first + timedelta(days=days):
        if due(facts(last, zone=zone, hour=hour), now):
            found.append(now)
            last = training(now)
        now += timedelta(minutes=10)
    return found


def test_the_hour_is_the_shops_own() -> None:
    madrid = facts(training(NOON - timedelta(days=1)))
    assert due(madrid, datetime(2026, 3, 2, 2, 59, tzinfo=UTC)) is None
    assert due(madrid, datetime(2026, 3, 2, 3, 0, tzinfo=UTC)) == "schedule"
    kolkata = facts(training(NOON - timedelta(days=1)), zone="Asia/Kolkata")
    assert due(kolkata, datetime(2026, 3, 1, 22, 29, tzinfo=UTC)) is None
    assert due(kolkata, datetime(2026, 3, 1, 22, 30, tzinfo=UTC)) == "schedule"


def test_an_hour_that_the_clocks_leave_out_is_trained_when_they_have_changed() -> None:
    """Madrid, 29 March 2026: 02:00 becomes 03:00, at 01:00 UTC."""
    trained = moments_of("Europe/Madrid", 2, datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert trained == [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 30, 0, tzinfo=UTC)]


def test_an_hour_that_the_clocks_repeat_is_trained_once() -> None:
    """Madrid, 25 October 2026: 03:00 becomes 02:00 again, at 01:00 UTC."""
    trained = moments_of("Europe/Madrid", 2, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert trained == [datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 26, 1, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 1, 2, 3, 23])
def test_every_day_of_a_year_has_one_training(zone: str, hour: int) -> None:
    """Counted on the hours that begin: looking every ten minutes through a year is the same, slower."""
    begun, now = set(), datetime(2026, 1, 1, 12, tzinfo=UTC)
    for _ in range(365 * 4):
        begun.add(last_hour(facts(zone=zone, hour=hour), now))
        now += timedelta(hours=6)
    in_order = sorted(begun)
    assert len(begun) in (365, 366)
    gaps = {second - first for first, second in pairwise(in_order)}
    assert gaps <= {timedelta(hours=hours) for hours in (23, 23.5, 24, 24.5, 25)}


@given(
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
)
def test_the_last_hour_began_within_25_hours_and_not_later_than_now(
    now: datetime, zone: str, hour: int
) -> None:
    assert timedelta(0) <= now - last_hour(facts(zone=zone, hour=hour), now) < timedelta(hours=25)


def test_a_worker_that_was_away_makes_up_for_it_once() -> None:
    assert due(facts(training(NOON - timedelta(days=9))), NOON) == "schedule"
    assert due(facts(training(NOON - timedelta(hours=1))), NOON) is None


def test_enough_new_orders_are_a_cause_when_the_last_training_has_rested() -> None:
    last = training(NOON, seconds=60)
    assert due(facts(last, orders=499), NOON + timedelta(hours=3)) is None
    assert due(facts(last, orders=500), NOON + timedelta(minutes=5)) is None
    assert due(facts(last, orders=500), NOON + timedelta(minutes=11)) == "orders"


def hourly(last: Training, orders: int, hours: int = 1) -> Facts:
    return replace(facts(last, orders=orders), retrain_every_hours=hours)


def test_every_so_many_hours_if_there_are_new_orders() -> None:
    last = training(NOON, seconds=60)  # 13 o'clock in Madrid, nine hours after the shop's own
    assert due(hourly(last, 1), NOON + timedelta(minutes=59)) is None
    assert due(hourly(last, 1), NOON + timedelta(minutes=60)) == "schedule"
    assert due(hourly(last, 0), NOON + timedelta(minutes=60)) is None
    assert due(hourly(last, 1, hours=6), NOON + timedelta(hours=2, minutes=59)) is None
    assert due(hourly(last, 1, hours=6), NOON + timedelta(hours=3)) == "schedule"  # 16 o'clock: 4 and 12
    assert due(facts(last, orders=1), NOON + timedelta(hours=3)) is None


def test_a_training_that_takes_long_rests_all_the_same() -> None:
    long = training(NOON, seconds=30 * 60)
    assert due(hourly(long, 1), NOON + timedelta(hours=5)) is None
    assert due(hourly(long, 1), NOON + timedelta(hours=5, minutes=30)) == "schedule"


def test_a_model_that_somebody_went_back_to_stays_until_somebody_asks() -> None:
    held = replace(facts(training(NOON - timedelta(days=9)), orders=9_999), is_held=True)
    assert due(held, NOON) is None
    assert due(replace(held, is_held=False), NOON) == "schedule"


def test_whom_the_model_in_use_must_forget_is_forgotten_at_the_shops_hour_even_if_it_is_held() -> None:
    """4 o'clock in Madrid is 3 in UTC."""
    last = training(datetime(2026, 3, 1, 12, tzinfo=UTC))
    for is_held in (True, False):
        asked = replace(facts(last), is_held=is_held, must_forget=True)
        assert due(asked, datetime(2026, 3, 2, 2, 59, tzinfo=UTC)) is None
        assert due(asked, datetime(2026, 3, 2, 3, 0, tzinfo=UTC)) == "erasure"
    rejected = replace(facts(training(NOON, "rejected")), is_held=True, must_forget=True)
    assert due(rejected, NOON + timedelta(hours=1)) is None
    assert due(rejected, NOON + timedelta(days=1)) == "erasure"


def test_a_shop_without_a_model_is_trained_on_its_first_orders_and_not_before() -> None:
    assert due(facts(model=False), NOON) is None
    assert due(facts(model=False, orders=1), NOON) == "orders"
    rejected = training(NOON - timedelta(days=2), "rejected")
    assert due(facts(rejected, model=False), NOON) is None
    assert due(facts(rejected, model=False, orders=1), NOON) == "schedule"
    assert (
        due(facts(training(NOON, "rejected", 1), model=False, orders=1), NOON + timedelta(minutes=1))
        == "orders"
    )


@pytest.mark.parametrize("status", ["requested", "running"])
def test_nothing_is_due_while_a_training_is_open(status: str) -> None:
    assert due(facts(training(NOON - timedelta(days=3), status), orders=9_999), NOON) is None


def test_a_failure_is_tried_again_twice_and_then_the_next_day() -> None:
    failed = training(NOON, "failed", 60, "merchant")
    assert due(facts(failed), NOON + timedelta(minutes=5)) is None
    assert due(facts(failed), NOON + timedelta(minutes=6)) == "merchant"
    assert due(facts(failed, failed), NOON + timedelta(minutes=6)) == "merchant"
    assert due(facts(failed, failed, failed, orders=9_999), NOON + timedelta(hours=9)) is None
    assert due(facts(failed, failed, failed), NOON + timedelta(days=1)) == "schedule"
