"""Evaluation: the carts are drawn fairly, and the figures are what they are called."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

import recommender
from recommender import Cart
from recommender.evaluation import metrics, plots, tables
from recommender.evaluation.intervals import interval, resamples, sampled_means
from recommender.evaluation.variants import head, variants
from recommender.history import purchases
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
    carts = [cart_of("", held_out) for held_out in "abc"]
    assert recommender.places(carts, [["x", "a"], ["b"], ["x"]]).tolist() == [2, 1, 0]


def cart_of(products: str, held_out: str, rest: str = "", **more: Any) -> Cart:
    """A cart of products named by letters."""
    return Cart("o", more.pop("customer_id", None), tuple(products), held_out, tuple(rest), **more)


# -- metrics, worked out by hand --------------------------------------------------------------------------


def test_a_place_is_worth_a_hit_a_gain_and_a_reciprocal_rank() -> None:
    found = np.array([1, 2, 3, 7, 0])
    assert metrics.hits(found).tolist() == [1, 1, 1, 1, 0]
    assert metrics.gains(found) == pytest.approx([1, 0.63093, 0.5, 1 / 3, 0], abs=1e-5)
    assert metrics.reciprocal_ranks(found) == pytest.approx([1, 0.5, 1 / 3, 1 / 7, 0])


def test_recall_is_of_all_that_the_order_held_beyond_its_cart() -> None:
    carts = [cart_of("x", "a"), cart_of("x", "a", "bc"), cart_of("x", "a", "bc")]
    answers = [["a", "q"], ["b", "q", "a"], ["q"]]
    assert metrics.recalls(carts, answers, 10) == pytest.approx([1, 2 / 3, 0])
    # Of three products two places can hold two.
    assert metrics.recalls(carts[1:2], [["b", "q"]], 2) == pytest.approx([1 / 2])


def test_novelty_is_the_mean_self_information_in_bits() -> None:
    orders = {"everywhere": 8, "often": 4, "seldom": 1}
    answers = [["everywhere"], ["often", "seldom"], ["never"], []]
    told = metrics.novelties(answers, orders, 8)
    assert told[:3] == pytest.approx([0, (1 + 3) / 2, 3])
    assert np.isnan(told[3])


# -- variants ---------------------------------------------------------------------------------------------


def names_of(carts: Sequence[Cart], known: pl.DataFrame, group: str) -> dict[str, list[int]]:
    """The places of the carts of each variant of `group`."""
    found = variants(purchases(known), carts)
    return {each.name: each.mask.nonzero()[0].tolist() for each in found if each.group == group}


def test_the_head_is_the_most_sold_fifth_of_what_a_cart_may_hold() -> None:
    # 10 products of 5 orders and more; z is bought four times, and so in no cart.
    baskets = [("c", 1.0, "ab")] * 3 + [("c", 1.0, "abcdefghij")] * 5 + [("c", 1.0, "z")] * 4
    known = orders(baskets)
    assert head(purchases(known)) == {"a", "b"}
    carts = [cart_of("c", "a"), cart_of("c", "d")]
    assert names_of(carts, known, "sales") == {"head": [0], "tail": [1]}


def test_a_purchase_again_is_told_from_a_first_one_and_from_a_strangers() -> None:
    known = orders([("ann", 1.0, "ab"), ("bob", 1.0, "c"), (None, 1.0, "c")])
    carts = [
        cart_of("b", "a", customer_id="ann"),
        cart_of("b", "c", customer_id="ann"),
        cart_of("b", "c", customer_id="eve"),
        cart_of("b", "c"),
    ]
    told = names_of(carts, known, "repurchase")
    assert told == {"bought_before": [0], "not_bought_before": [1], "no_history": [2, 3]}


def test_carts_are_told_apart_by_size_and_month() -> None:
    sizes = [cart_of("abcdefghij"[:size], "z") for size in (1, 2, 3, 4, 9, 10)]
    known = orders([("c", 1.0, "a")])
    assert names_of(sizes, known, "cart_size") == {"1": [0], "2-3": [1, 2], "4-9": [3, 4], "10": [5]}
    days = [datetime(2011, 11, 30, 23, 59, tzinfo=UTC), datetime(2011, 12, 1, tzinfo=UTC), None]
    dated = [cart_of("a", "b", ordered_at=day) for day in days]
    assert names_of(dated, known, "month") == {"2011-11": [0], "2011-12": [1]}


# -- intervals --------------------------------------------------------------------------------------------


def test_the_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    hits = (np.arange(400) < 100).astype(float)
    low, high = interval(sampled_means(resamples(400, 1), hits[:, None])[:, 0])
    assert low < 0.25 < high
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(0.25 * 0.75 / 400), rel=0.1)


def test_what_is_not_defined_for_a_cart_counts_for_nothing_and_nothing_at_all_is_nan() -> None:
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [1.0, np.nan]])
    sampled = sampled_means(resamples(3), values)
    assert set(sampled[np.isfinite(sampled[:, 0]), 0]) == {1.0}
    assert np.isnan(sampled[:, 1]).all()
    assert np.isnan(interval(sampled[:, 1])).all()


def test_the_interval_holds_the_ratio_and_is_the_same_for_one_seed() -> None:
    chance = np.random.default_rng(0)
    hits, baseline = chance.random(2000) < 0.3, chance.random(2000) < 0.1
    found = recommender.hit_rate_ratio_interval(hits, baseline, 7)
    assert found[0] < hits.mean() / baseline.mean() < found[1]
    assert found == recommender.hit_rate_ratio_interval(hits, baseline, 7)
    assert np.isnan(recommender.hit_rate_ratio_interval([1, 0], [0, 0])).all()


# -- all of it --------------------------------------------------------------------------------------------


class Fixed:
    """A recommender that gives one list, and with customers another one."""

    def __init__(self, alone: str, personal: str = "") -> None:
        self.alone, self.personal = list(alone), list(personal or alone)

    def recommend_many(
        self, carts: Sequence[Sequence[str]], *, customer_ids: Any = None, limit: int = 10
    ) -> list[list[str]]:
        return [(self.alone if customer_ids is None else self.personal)[:limit] for _ in carts]


def test_the_figures_of_two_recommenders_can_be_worked_out_by_hand() -> None:
    known = orders([("c", 9.0, "ab"), ("c", 8.0, "a"), ("c", 7.0, "cd"), ("d", 6.0, "a")])
    carts = [cart_of("b", "a"), cart_of("b", "c", customer_id="c"), cart_of("b", "d"), cart_of("b", "x")]
    beside = [("one", Fixed("ac", "ca")), ("two", Fixed("d"))]
    found = recommender.measured(known, carts, beside, k=2)
    row = found.row("one")
    assert row.hit_rate.value == row.recall.value == 2 / 4
    assert row.ndcg.value == pytest.approx((1 + 0.63093) / 4, abs=1e-5)
    assert row.mrr.value == (1 + 1 / 2) / 4
    assert row.coverage.value == 2 / 4  # a and c of a, b, c, d
    assert row.novelty.value == pytest.approx((np.log2(4 / 3) + np.log2(4 / 1)) / 2)
    assert row.n_carts == 4
    assert found.row("two").hit_rate.value == 1 / 4
    assert found.over("two").hit_rate.value == 2
    assert found.over("two").coverage.value == 2
    assert found.row("one", "customer").mrr.value == (1 / 2 + 1) / 4
    again = found.row("one", "cart", "repurchase", "bought_before")
    assert (again.n_carts, again.hit_rate.value) == (1, 1)
    assert np.isnan(again.hit_rate.low)  # many a sample of four carts does not hold that one
    assert found.judged == "one"
    assert found.n_products == 4
    for each in (row.hit_rate, row.ndcg, row.mrr, row.recall, row.coverage, row.novelty):
        assert each.low - 1e-9 <= each.value <= each.high + 1e-9


def test_what_is_not_defined_is_nan_in_python_and_null_in_json() -> None:
    known = orders([("c", 9.0, "ab")])
    found = recommender.measured(known, [cart_of("b", "a")], [("none", Fixed(""))])
    assert np.isnan(found.row("none").novelty).all()
    assert np.isnan(found.row("none", "cart", "sales", "head").hit_rate.value)
    rows = json.loads(json.dumps(found.to_dict(), allow_nan=False))["rows"]
    assert rows[0]["novelty"] == [None, None, None]
    assert rows[0]["hit_rate"] == [0, 0, 0]
    assert "-: not defined" in tables.notes(found)


def test_the_model_beats_bestsellers_where_there_is_something_to_learn() -> None:
    found = recommender.evaluate(shop(2_400))
    assert (found.n_carts, found.n_train_orders) == (240, 2160)
    assert found.hit_rate == 1.0
    assert found.hit_rate_with_customer == 1.0
    found = recommender.evaluate(shop(2_400), k=3)
    assert found.ratio == pytest.approx(found.hit_rate / found.bestsellers_hit_rate)
    assert found.ratio > 1.5
    assert found.ratio_interval[0] < found.ratio < found.ratio_interval[1]
    assert 0 < found.ndcg < found.hit_rate
    assert found.to_dict()["hit_rate"] == pytest.approx(found.hit_rate, abs=1e-6)


@pytest.mark.parametrize("n_orders", [0, 1, 5])
def test_with_too_few_orders_there_are_no_figures(n_orders: int) -> None:
    found = recommender.evaluate(shop(n_orders))
    assert found.n_carts == 0
    assert np.isnan([found.hit_rate, found.ratio, *found.ratio_interval]).all()
    assert found.to_dict()["hit_rate"] is None
    assert "Too few orders to judge" in tables.in_words(found)


# -- tables and plots -------------------------------------------------------------------------------------


def test_the_tables_stand_in_columns_and_name_every_kind_of_cart() -> None:
    found = recommender.evaluate(shop(2_400), peers=lambda _: [("a peer", Fixed("pv"))])
    shown = tables.metrics_table(found).text().splitlines()
    assert shown[1].split() == ["hit", "rate", "NDCG", "MRR", "recall", "coverage", "novelty"]
    assert [line.split("  ")[1] for line in shown[2:5]] == [
        "Encore, cart alone",
        "a peer, cart alone",
        "bestsellers, cart alone",
    ]
    assert len({len(line) for line in shown[1:]}) == 1
    marked = tables.variants_table(found).markdown()
    assert "| a peer, cart alone | bestsellers, cart alone |" in marked
    assert "| cart of 2 or 3 | 240 |" in marked


def test_the_plots_are_svg_with_a_bar_for_each_figure() -> None:
    found = recommender.evaluate(shop(2_400), peers=lambda _: [("<a & b>", Fixed("pv"))])
    drawn = ElementTree.fromstring(plots.metric_plot(found))
    words = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Encore", "<a & b>", "bestsellers", f"{found.ndcg_with_customer:.3f}"} <= set(words)
    words = [each.text for each in ElementTree.fromstring(plots.variant_plot(found)).iter()]
    assert "cart of 10 (0)" in words
    assert "not defined" in words
    assert "style" not in plots.metric_plot(found)  # a page's policy may forbid it


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0.23, [0, 0.05, 0.1, 0.15, 0.2, 0.25]), (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0, [0, 1])],
)
def test_an_axis_ends_on_a_round_number(most: float, ticks: list[float]) -> None:
    assert plots.round_ticks(most) == pytest.approx(ticks)
