"""Habits, by tables whose answers are worked out by hand."""

import math
from typing import Any

import polars as pl
import pytest

from recommender.blend import Blend
from recommender.frames import read_products
from recommender.history import History
from recommender.reason import BOUGHT_TOGETHER, HABIT, Reason
from recommender.settings import Settings
from recommender.sources.copurchase import Copurchase
from recommender.sources.habits import LATEST_ORDERS, habits
from recommender.sources.pairs import WEAK_KEPT
from recommender.training import train
from tests.recommender.tables import orders
from tests.recommender.test_sources import asked, fitted, scores

Basket = tuple[str | None, float | None, str]
HEARD = Blend(pairs=((1.0, 1.0, 1.0), (1.0, 1.0, 0.0)))
ONE_HOUSEHOLD: list[Basket] = [
    *[("h", 3.0, "ap")] * 4,
    *((f"{product} {n}", 2.0, f"{product}{more}") for n in range(3) for product, more in ("ax", "py")),
]
"""One household buys a and p again and again; each is bought by others too, beside something else."""


def pairs(history: History, **settings: Any) -> dict[str, float]:
    """`settings`: some of Settings; all pairs that are found, "ab" for b given a."""
    found = habits(history, Settings(**settings)).tocoo()
    told = zip(found.row.tolist(), found.col.tolist(), found.data.tolist(), strict=True)
    return {history.products.id(given) + history.products.id(its): score for given, its, score in told}


def test_small_orders_and_rare_products_count_more() -> None:
    """Of five orders a is in 4, b and c in 3, rarities log(5/4) and log(5/3); a and d share but one."""
    baskets: list[Basket] = [*((f"c{n}", 3.0, "abc") for n in range(3)), ("d", 2.0, "ad"), ("e", 1.0, "xy")]
    a, bc = math.log(5 / 4), math.log(5 / 3)
    each = 3 / (a + 2 * bc)
    assert pairs(History.of(orders(baskets), None, None), least_customers=1) == pytest.approx(
        {
            "ab": a**2 * bc * each,
            "ac": a**2 * bc * each,
            "ba": bc**2 * a * each,
            "bc": bc**3 * each,
            "ca": bc**2 * a * each,
            "cb": bc**3 * each,
        }
    )


def test_only_the_latest_orders_are_looked_at() -> None:
    old: list[Basket] = [(f"old {n}", 9.0, "ab") for n in range(3)]
    new: list[Basket] = [(f"new {n}", 1.0, "ac") for n in range(LATEST_ORDERS)]
    found = pairs(History.of(orders([*old, *new, ("one", 1.0, "x")]), None, None))
    assert {pair for pair in found if pair[0] == "a"} == {"ac"}


def test_what_few_bought_and_what_is_sensitive_is_in_no_pair() -> None:
    products = pl.DataFrame({"product_id": list("abc"), "categories": [["health"], [], []]})
    baskets: list[Basket] = (
        [("ann", 5.0, "abc")] * 5 + [(f"c{n}", 9.0, "ac") for n in range(3)] + [("z", 9.0, "z")]
    )
    history = History.of(orders(baskets), read_products(products), None)
    assert set(pairs(history)) == {"ac", "ca"}
    assert pairs(history, sensitive_categories=("health",)) == {}


def test_a_shop_that_wants_none_has_none() -> None:
    history = History.of(orders(ONE_HOUSEHOLD), None, None)
    assert "ap" in pairs(history)
    assert pairs(history, habits=False) == {}


def test_what_one_household_buys_again_is_suggested_and_no_more_is_said_than_that_it_goes_with_it() -> None:
    history = History.of(orders(ONE_HOUSEHOLD), None, None)
    source, rows = fitted(Copurchase, history, blend=HEARD), history.products.rows(["p", "x"])
    question = asked(history, ["a"])
    assert set(scores(source, history, question)) == {"p", "x"}
    quiet, told = source.reasons(question, rows)
    assert quiet == Reason(HABIT)
    assert (told.kind, told.product_id, told.evidence["customers"]) == (BOUGHT_TOGETHER, "a", 3)


def test_a_weak_pair_counts_as_a_habit_does_and_what_two_customers_made_is_else_told_as_left_out() -> None:
    """p and q go with a once each, by one and by two customers; three customers bought each of them."""
    baskets = [("ann", 3.0, "ap"), ("bob", 3.0, "aq"), ("cid", 3.0, "aq"), ("dot", 3.0, "ax")]
    baskets += [(f"{product} {n}", 2.0, product) for n in range(3) for product in "apq"]
    history = History.of(orders(baskets), None, None)
    heard, a = fitted(Copurchase, history, blend=HEARD), history.products.rows(["a"])
    assert set(scores(heard, history, asked(history, ["a"]))) == {"p", "q"}
    assert heard.reasons(asked(history, ["a"]), history.products.rows(["p", "q"])) == [Reason(HABIT)] * 2
    assert scores(heard, history, asked(history, ["a"], "ann")) == {"p": 0, "q": 0}
    unheard = fitted(Copurchase, history, blend=HEARD, habits=False)
    assert scores(unheard, history, asked(history, ["a"])) == {}
    assert heard.weak_only(a).tolist() == []


def test_of_weak_pairs_only_the_best_of_a_product_are_heard() -> None:
    """Ten products went with a once each, in orders that grow: the smaller the order, the better the pair."""
    letters = "bcdefghijk"
    baskets = [(letter, 3.0, "a" + letters[: n + 1]) for n, letter in enumerate(letters)]
    baskets += [(f"{letter} {n}", 2.0, letter) for n in range(3) for letter in "a" + letters]
    history = History.of(orders(baskets), None, None)
    source = fitted(Copurchase, history, blend=HEARD, least_customers=20)
    assert scores(source, history, asked(history, ["a"])) == {}
    source = fitted(Copurchase, history, blend=HEARD, least_customers=4)
    found = {each for each, score in scores(source, history, asked(history, ["k"])).items() if score}
    assert len(found) == WEAK_KEPT


def test_the_blend_says_whether_habits_are_heard_with_and_without_a_customer() -> None:
    history = History.of(orders(ONE_HOUSEHOLD), None, None)
    source = fitted(Copurchase, history, blend=HEARD)
    assert set(scores(source, history, asked(history, ["a"], "a 0"))) >= {"x"}
    assert scores(source, history, asked(history, ["a"], "a 0")).get("p", 0) == 0
    assert set(scores(fitted(Copurchase, history, blend=Blend()), history, asked(history, ["a"]))) == {"x"}


def test_where_a_pair_can_be_told_of_it_is_told() -> None:
    baskets: list[Basket] = [(f"c{n}", 3.0, "abc") for n in range(3)] + [("other", 2.0, "xy")]
    model = train(orders(baskets), blend=HEARD)
    assert {each.reason.kind for each in model.recommend(["a", "b"], limit=1)} == {BOUGHT_TOGETHER}


def test_a_shop_that_wants_none_is_trained_and_fitted_all_the_same() -> None:
    baskets: list[Basket] = [(f"c{n % 40}", float(n % 90), "abc" if n % 2 else "xyz") for n in range(1500)]
    known = orders(baskets)
    assert train(known, settings={"habits": False}).recommend(["a"], limit=2)
    assert {each.product_id for each in train(known).recommend(["a"], limit=2)} == {"b", "c"}
