"""Repurchase: who bought again and after how long, worked out by hand; what is bought once; who is due."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from recommender.frames import read_products
from recommender.history import EPOCH, NO_TIME, History
from recommender.repurchase import AGAIN, LEAST_GAPS, Repurchase, due, learn, own_gaps
from recommender.settings import Settings
from tests.recommender.tables import AS_OF, orders

Basket = tuple[str | None, float | None, str]
DAY = 86_400_000_000
NOW = (AS_OF - EPOCH) // timedelta(microseconds=1)
KINDS = {"k": "kettles", "l": "kettles", "c": "coffee", "m": "milk"}


def shop(baskets: list[Basket], kinds: dict[str, str] = KINDS) -> History:
    names = pl.DataFrame(
        {"product_id": list(kinds), "categories": [["home", each] for each in kinds.values()]}
    )
    return History.of(orders(baskets), read_products(names), AS_OF)


def household(name: str, kettle: str) -> list[Basket]:
    """A kettle and then, each month, coffee and milk."""
    return [(name, 350.0, kettle), *((name, 350.0 - 30 * month, "cm") for month in range(11))]


HOUSEHOLDS = [basket for n in range(80) for basket in household(f"h{n}", "kl"[n % 2])]


def answers(history: History, **settings: Any) -> Repurchase:
    return Repurchase(learn(history, Settings(**settings)))


def done(history: History, owned: str, asked: str, **settings: Any) -> list[bool]:
    rows = history.products.rows
    return answers(history, **settings).done(rows(owned), rows(asked)).tolist()


def test_the_share_that_bought_again_is_of_those_who_came_back_within_half_the_time_that_is_known() -> None:
    """100 days, so a window of 50: of a's buyers Eve came only lately and Flo never came back, both not
    counted; of four left Ann and Bob bought it again in time, Cid too late, Dan something else.
    """
    history = shop(
        [
            ("ann", 100, "a"), ("ann", 60, "a"),
            ("bob", 99, "a"), ("bob", 80, "b"), ("bob", 60, "a"),
            ("cid", 100, "a"), ("cid", 90, "b"), ("cid", 20, "a"),
            ("dan", 95, "a"), ("dan", 60, "b"),
            ("eve", 40, "a"), ("eve", 20, "a"),
            ("flo", 90, "a"), ("flo", 0, "a"),
        ],
        {},
    )  # fmt: skip
    again = dict(zip(history.products.all(), learn(history, Settings())["again"].tolist(), strict=True))
    # Of b's buyers only Bob counts, who came back for something else: the shop's share is 2 of 5.
    assert 2 / 5 < again["a"] < 2 / 4
    assert 0 < again["b"] < 2 / 5


def test_without_dates_or_customers_nothing_is_known_and_nothing_is_done() -> None:
    for baskets in ([("ann", None, "ab"), ("ann", None, "a")], [(None, 3, "ab"), (None, 1, "a")], []):
        history = shop(baskets)  # type: ignore[arg-type]
        arrays = learn(history, Settings())
        assert (arrays["again"] == 1).all()
        assert (arrays["once"] == AGAIN).all()
        assert all(np.isfinite(array).all() for array in arrays.values())


def test_a_kettle_is_bought_once_and_who_has_one_needs_no_other() -> None:
    history = shop(HOUSEHOLDS)
    assert done(history, "k", "klcm") == [True, True, False, False]
    assert done(history, "cm", "klcm") == [False] * 4
    assert done(history, "", "klcm") == [False] * 4


def test_a_few_households_are_not_enough_to_say_that_nobody_buys_another() -> None:
    assert done(shop(HOUSEHOLDS[: 12 * 5]), "k", "kl") == [False, False]


def test_the_merchant_says_otherwise_and_of_two_categories_the_narrower_counts() -> None:
    history = shop(HOUSEHOLDS)
    assert done(history, "kc", "klcm", bought_again_categories=("kettles",)) == [False] * 4
    assert done(history, "kc", "klcm", bought_once_categories=("coffee",)) == [True, True, True, False]
    said = {"bought_once_categories": ("coffee",), "bought_again_categories": ("home", "no such")}
    assert done(history, "kc", "klcm", **said) == [False, False, True, False]


def gaps(history: History, pairs: list[tuple[str, str]]) -> list[tuple[float, int]]:
    customers = np.array([history.customers.row(each) for each, _ in pairs], dtype=np.int32)
    products = np.array([history.products.row(each) for _, each in pairs], dtype=np.int32)
    found = own_gaps(history, customers, products)
    return list(zip(found["gap_days"].astype(float).tolist(), found["own_gaps"].tolist(), strict=True))


def test_a_customer_is_due_after_the_usual_gap_of_their_own() -> None:
    """Ann buys coffee every 10 days, four times; the shop knows no other gap than hers."""
    history = shop([("ann", days, "c") for days in (35.0, 25.0, 15.0, 5.0)])
    [(gap_days, own)] = gaps(history, [("ann", "c")])
    assert (gap_days, own) == (pytest.approx(10, rel=0.001), 3)
    assert own >= LEAST_GAPS
    last = np.array([NOW - 5 * DAY])
    found = [due(last, np.array([gap_days]), NOW + days * DAY).item() for days in (-9, -5, 0, 5, 25)]
    assert found == pytest.approx([0, 0, 0.5, 1, 3], rel=0.001)


def test_what_has_no_time_or_no_gap_is_due() -> None:
    assert due(np.array([NO_TIME, NOW]), np.array([8, 0]), NOW).tolist() == [1, 1]


def test_gaps_are_shrunk_to_the_product_and_before_three_purchases_there_is_no_rhythm() -> None:
    """Ten customers buy milk at gaps of 8 days; Zoe once after 32: between the two, weighed 2 to 1."""
    baskets: list[Basket] = [(f"c{n}", days, "m") for n in range(10) for days in (20.0, 12.0)]
    history = shop([*baskets, ("zoe", 40.0, "m"), ("zoe", 8.0, "m"), ("new", 1.0, "mc")])
    product = np.exp((10 * np.log(8) + np.log(32)) / 11)
    zoe, new, coffee = gaps(history, [("zoe", "m"), ("new", "m"), ("new", "c")])
    assert zoe == (pytest.approx(np.exp((np.log(32) + 2 * np.log(product)) / 3), rel=0.001), 1)
    assert new == (pytest.approx(product, rel=0.001), 0)
    assert coffee == (pytest.approx(product, rel=0.001), 0)  # the shop's
    assert zoe[1] < LEAST_GAPS


def test_where_nobody_bought_anything_twice_no_gap_is_known() -> None:
    assert gaps(shop([("ann", 3, "c"), ("bob", None, "c")]), [("ann", "c"), ("bob", "c")]) == [(0, 0), (0, 0)]


def test_the_order_of_rows_changes_nothing() -> None:
    lines = orders(HOUSEHOLDS[:120])
    shuffled = lines.sample(fraction=1, shuffle=True, seed=3)
    first, second = (learn(History.of(each, None, AS_OF), Settings()) for each in (lines, shuffled))
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in second.items()
    }
