"""Evaluation: the carts are drawn fairly, and the figures are what they are called."""

import random

import numpy as np
import polars as pl
import pytest

import recommender
from tests.recommender.tables import orders, table


def shop(n_orders: int = 200) -> pl.DataFrame:
    """Two tastes, taken in turn; p, the most popular product, goes with both."""
    chance = random.Random(5)
    baskets: list[tuple[str | None, float | None, str]] = []
    for number in range(n_orders):
        taste = "abcde" if number % 2 else "vwxyz"
        products = "".join(sorted(chance.sample(taste, 3))) + ("p" if chance.random() < 0.3 else "")
        baskets.append((f"c{number % 40}", float(n_orders - number), products))
    return orders(baskets)


def test_the_last_orders_by_time_are_kept_out_of_training() -> None:
    known, carts = recommender.held_out_carts(shop(), test_share=0.1)
    assert known["order_id"].unique().sort().to_list() == [f"o{number:04}" for number in range(180)]
    assert {cart.order_id for cart in carts} == {f"o{number:04}" for number in range(180, 200)}


def test_a_cart_is_its_order_without_the_product_held_out() -> None:
    whole = shop()
    for cart in recommender.held_out_carts(whole)[1]:
        bought = whole.filter(pl.col("order_id") == cart.order_id)
        assert sorted([*cart.product_ids, cart.held_out_id]) == sorted(bought["product_id"])
        assert cart.customer_id == bought["customer_id"][0]


def test_carts_have_at_most_ten_products_each_of_five_training_orders_or_more() -> None:
    baskets = [(f"c{n}", 90.0 - n, "abcdefghijklm") for n in range(5)]
    baskets += [("c1", 50.0, "rst")] * 4 + [("c2", 1.0, "abcdefghijklmrst")]
    _, carts = recommender.held_out_carts(orders(baskets))
    assert len(carts[0].product_ids) == 10
    assert {*carts[0].product_ids, carts[0].held_out_id} <= set("abcdefghijklm")


def test_one_seed_draws_the_same_carts_from_rows_in_any_order_and_another_seed_others() -> None:
    whole = shop()
    drawn = recommender.held_out_carts(whole, n_carts=8, seed=3)[1]
    assert (
        drawn
        == recommender.held_out_carts(whole.sample(fraction=1, shuffle=True, seed=1), n_carts=8, seed=3)[1]
    )
    assert drawn != recommender.held_out_carts(whole, n_carts=8, seed=4)[1]
    assert len(drawn) == 8


def test_without_times_the_split_is_by_order_id_and_says_so() -> None:
    timeless = shop().with_columns(ordered_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    known, _ = recommender.held_out_carts(timeless)
    assert known["order_id"].max() == "o0179"
    assert recommender.evaluate(timeless).split == "order_id"
    assert recommender.evaluate(shop()).split == "ordered_at"


def test_bestsellers_are_those_in_most_orders_and_leave_the_cart_out() -> None:
    known = table(
        [("c", f"o{n}", 1, "a", 1) for n in range(3)]
        + [("c", f"o{n}", 1, "b", 1) for n in range(2)]
        + [("c", "o9", 1, "z", 50), ("c", "o9", 1, "y", 1)]
    )
    assert recommender.bestsellers(known, 3) == ["a", "b", "y"]
    cart = recommender.Cart("o", None, ("a", "y"), "b")
    assert recommender.bestseller_lists(known, [cart], 2) == [["b", "z"]]


def test_places_count_from_one_and_are_zero_for_a_miss() -> None:
    carts = [recommender.Cart("o", None, (), held_out) for held_out in "abc"]
    assert recommender.places(carts, [["x", "a"], ["b"], ["x"]]).tolist() == [2, 1, 0]


def test_the_interval_holds_the_ratio_and_is_the_same_for_one_seed() -> None:
    chance = np.random.default_rng(0)
    hits, baseline = chance.random(2000) < 0.3, chance.random(2000) < 0.1
    interval = recommender.hit_rate_ratio_interval(hits, baseline, 7)
    assert interval is not None
    assert interval[0] < hits.mean() / baseline.mean() < interval[1]
    assert interval == recommender.hit_rate_ratio_interval(hits, baseline, 7)
    assert recommender.hit_rate_ratio_interval([1, 0], [0, 0]) is None


def test_the_model_beats_bestsellers_where_there_is_something_to_learn() -> None:
    found = recommender.evaluate(shop(2_400))
    assert (found.n_carts, found.n_train_orders) == (240, 2160)
    assert found.hit_rate == 1.0
    assert found.hit_rate_with_customer == 1.0
    found = recommender.evaluate(shop(2_400), k=3)
    assert found.hit_rate is not None
    assert found.bestsellers_hit_rate is not None
    assert found.ratio == pytest.approx(found.hit_rate / found.bestsellers_hit_rate)
    assert found.ratio > 1.5
    assert 0 < (found.ndcg or 0) < found.hit_rate
    assert found.to_dict()["hit_rate"] == found.hit_rate


@pytest.mark.parametrize("n_orders", [0, 1, 5])
def test_with_too_few_orders_there_are_no_figures(n_orders: int) -> None:
    found = recommender.evaluate(shop(n_orders))
    assert (found.n_carts, found.hit_rate, found.ratio) == (0, None, None)
