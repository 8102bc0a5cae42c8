"""Lift, worked out by hand."""

import math

import pytest

from plugin.measurement.lift import lift


def test_a_table_worked_by_hand() -> None:
    """40 of 100 orders with the one hold the other, which 200 of 1,000 orders hold: twice as often."""
    found = lift(40, 100, 200, 1000)
    assert found is not None
    value, low, high = found
    assert value == pytest.approx(2)
    spread = 1.959964 * math.sqrt(1 / 40 - 1 / 100 + 1 / 200 - 1 / 1000)
    assert (low, high) == (pytest.approx(2 / math.exp(spread)), pytest.approx(2 * math.exp(spread)))


def test_what_always_goes_together_in_every_order_is_known_to_be_one() -> None:
    assert lift(50, 50, 50, 50) == (1, 1, 1)


@pytest.mark.parametrize("counts", [(0, 5, 5, 10), (0, 0, 5, 10), (0, 5, 0, 10), (0, 0, 0, 0)])
def test_without_orders_it_is_undefined(counts: tuple[int, int, int, int]) -> None:
    assert lift(*counts) is None
