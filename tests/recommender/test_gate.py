"""The gate: what is published, what is not and why, on later orders that neither model has seen."""

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import recommender
from recommender import Cart, Live, Model, Trial, Verdict
from tests.recommender.tables import table

PAIRS = [(f"a{n}", f"b{n}") for n in range(15)]
RARE = [f"t{n}" for n in range(15)]


def history(baskets: Iterable[Iterable[str]]) -> pl.DataFrame:
    """An order an hour, each of a customer of its own."""
    kept = [list(each) for each in baskets]
    return table(
        (f"c{number}", f"o{number:05}", (len(kept) - number) / 24, product, 1.0)
        for number, products in enumerate(kept)
        for product in products
    )


def paired(count: int = 2_600) -> list[tuple[str, ...]]:
    """Pairs in turn; early on, each has also been bought with something rare, by four customers."""
    rare = [(*pair, other) for pair, other in zip(PAIRS, RARE, strict=True) for _ in range(4)]
    return [*rare, *(PAIRS[number % len(PAIRS)] for number in range(count - len(rare)))]


def parted(baskets: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The same products as often, but what goes with what is left to chance."""
    chance = random.Random(3)
    firsts, seconds = [each[0] for each in baskets], [each[1] for each in baskets]
    chance.shuffle(seconds)
    return list(zip(firsts, seconds, strict=True))


def confused() -> list[tuple[str, ...]]:
    """A history with little sense in it, and without some products."""
    mixed = [*parted(paired(1_700)), *PAIRS * 4]
    return [each for each in mixed if each[0] not in ("a1", "a2", "a3", "a4")]


def noise(count: int = 2_600) -> list[list[str]]:
    """Two of thirty products, by chance alone."""
    chance = random.Random(4)
    return [chance.sample([f"n{each}" for each in range(30)], 2) for _ in range(count)]


def model(baskets: Iterable[Iterable[str]]) -> Model:
    return recommender.train(history(baskets))


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial.of(history(paired()))


@pytest.fixture(scope="module")
def good(trial: Trial) -> Model:
    return recommender.train(trial.known)


@pytest.fixture(scope="module")
def proven(good: Model) -> Live:
    return Live(good, is_proven=True)


def test_a_comparison_worked_out_by_hand() -> None:
    """Of four carts the one answer finds three products, the other one: 0.5 between them."""
    carts = [Cart(f"o{n}", None, ("x",), "h") for n in range(4)]
    found = recommender.compared(carts, [["h"], ["y", "h"], ["h"], []], [["h"], ["y"], [], []])
    assert (found.n_carts, found.hit_rate, found.other_hit_rate, found.difference) == (4, 0.75, 0.25, 0.5)
    assert found.interval == (0.0, 1.0)
    same = recommender.compared(carts, [["h"]] * 4, [["h"]] * 4)
    assert (same.difference, same.interval) == (0.0, (0.0, 0.0))


def test_a_comparison_is_of_the_same_carts() -> None:
    """Two that find the same half differ by nothing; two that find each the other half, perhaps by much."""
    carts = [Cart(f"o{n}", None, ("x",), "h") for n in range(400)]
    hit, miss = ["h"], ["y"]
    one, other = [[hit, miss][n % 2] for n in range(400)], [[miss, hit][n % 2] for n in range(400)]
    assert recommender.compared(carts, one, one).interval == (0.0, 0.0)
    low, high = recommender.compared(carts, one, other).interval
    assert low < -0.07 < 0.07 < high


def test_the_first_model_is_let_through_when_it_is_better_than_bestsellers(trial: Trial, good: Model) -> None:
    verdict = recommender.judge(good, trial)
    assert (verdict.publishable, verdict.reason) == (True, "better")
    assert verdict.figures["n_carts"] == 260
    assert verdict.figures["hit_rate"] == 1.0
    assert verdict.words.startswith("Better than bestsellers: it finds the missing product of 100.0% of the")


def test_a_first_model_that_is_as_good_as_bestsellers_is_let_through_and_said_so() -> None:
    trial = Trial.of(history(noise()))
    verdict = recommender.judge(recommender.train(trial.known), trial)
    assert (verdict.publishable, verdict.reason) == (True, "unproven")
    assert "cannot be told apart" in verdict.words
    standing = Live(None, is_proven=False)
    assert recommender.judge(recommender.train(trial.known), trial, standing).publishable


def test_a_proven_model_stays_when_the_new_one_is_not_surely_better_than_bestsellers(proven: Live) -> None:
    trial = Trial.of(history(noise()))
    verdict = recommender.judge(recommender.train(trial.known), trial, replace(proven, rehearsal=None))
    assert (verdict.publishable, verdict.reason) == (False, "not_better_than_bestsellers")


def test_a_model_worse_than_bestsellers_is_kept_back_even_if_it_is_the_first() -> None:
    """It learnt from orders of forty; by now they are bought one by one, each with a bestseller."""
    together, single = [[f"t{n}" for n in range(40)]] * 60, [[f"t{n % 40}"] for n in range(320)]
    alone = [[PAIRS[n % 10][0]] for n in range(1_800)]
    now = [[PAIRS[n % 10][0], f"t{n % 40}"] for n in range(260)]
    verdict = recommender.judge(model(together), Trial.of(history([*alone, *single, *now])))
    assert (verdict.publishable, verdict.reason) == (False, "worse_than_bestsellers")
    assert verdict.words.startswith("The model is worse than bestsellers")


def test_a_model_worse_than_the_one_in_use_is_kept_back(trial: Trial, good: Model, proven: Live) -> None:
    worse = model(confused())
    verdict = recommender.judge(worse, trial, proven)
    assert (verdict.publishable, verdict.reason) == (False, "worse_than_live")
    low, high = verdict.figures["interval"]
    assert low < verdict.figures["difference"] < high < 0
    assert recommender.judge(good, trial, proven).publishable


@pytest.mark.parametrize("said", [{"sensitive_categories": ["gifts"]}, {"habits": False}])
def test_what_the_shop_itself_changed_is_not_held_against_a_model(
    trial: Trial, proven: Live, said: dict[str, Any]
) -> None:
    worse = model(confused())
    assert recommender.judge(worse, trial, proven).reason == "worse_than_live"
    worse.figures["settings"].update(said)
    assert recommender.judge(worse, trial, proven).reason == "better"


@pytest.mark.parametrize("aim", [{"objective": "margin"}, {"objective": "margin", "diversity": 1.0}])
def test_a_proven_shop_that_changes_its_aim_is_not_refused_for_it(
    trial: Trial, proven: Live, aim: dict[str, Any]
) -> None:
    """What is bought most likely is sold at cost, and all of it is of one category."""
    products = trial.known["product_id"].unique().to_list()
    catalogue = pl.DataFrame({"product_id": products, "categories": [["all"]] * len(products)})
    is_rare = pl.col("product_id").str.starts_with("t")
    lines = trial.known.with_columns(unit_cost=pl.when(is_rare).then(0.5).otherwise(pl.col("unit_price")))
    aimed = recommender.train(lines, catalogue, settings=aim)
    verdict = recommender.judge(aimed, trial, proven)
    assert (verdict.publishable, verdict.reason) == (True, "better"), verdict
    assert verdict.figures["hit_rate"] == 1.0
    assert aimed.figures["settings"]["objective"] == "margin"


def test_a_model_with_an_aim_is_still_compared_with_the_one_in_use(trial: Trial, proven: Live) -> None:
    aimed = recommender.train(history(confused()), settings={"objective": "revenue", "diversity": 0.5})
    assert recommender.judge(aimed, trial, proven).reason == "worse_than_live"


def test_carts_that_the_one_in_use_may_have_seen_are_not_counted(trial: Trial, good: Model) -> None:
    worse = model(confused())
    has_seen = recommender.train(history(paired()))
    assert trial.unseen_by(good) == trial.carts
    assert trial.unseen_by(has_seen) == []
    assert recommender.judge(worse, trial, Live(has_seen, is_proven=True)).publishable


def test_a_model_that_knows_far_fewer_products_is_kept_back(trial: Trial, proven: Live) -> None:
    """It finds what the carts ask for, but has forgotten all that is rare."""
    settings = {"listed": 3}
    live = Live(recommender.train(trial.known, settings=settings), is_proven=True)
    narrow = recommender.train(history([PAIRS[n % 15] for n in range(2_000)]), settings=settings)
    verdict = recommender.judge(narrow, trial, live)
    assert (verdict.publishable, verdict.reason) == (False, "loses_coverage")
    assert verdict.figures["coverage"] < 0.8 * verdict.figures["other_coverage"]
    assert "different products" in verdict.words


@pytest.mark.parametrize("n_orders", [1, 5, 300])
def test_a_small_shop_is_let_through_and_told_that_nobody_can_tell(n_orders: int) -> None:
    small = Trial.of(history(paired(100 + n_orders)[-n_orders:]))
    verdict = recommender.judge(recommender.train(history(PAIRS)), small)
    assert (verdict.publishable, verdict.reason) == (True, "too_few_carts")
    assert "Too few orders to judge" in verdict.words


def test_a_model_without_orders_is_kept_back(trial: Trial) -> None:
    verdict = recommender.judge(model([]), trial)
    assert verdict == Verdict(False, "no_orders")
    assert "import some" in verdict.words


def test_a_model_with_a_number_that_is_none_is_kept_back(trial: Trial, good: Model) -> None:
    name = next(name for name, each in good.arrays.items() if each.dtype.kind == "f" and len(each))
    spoilt = {**good.arrays, name: good.arrays[name] * np.float32("nan")}
    assert recommender.judge(Model(good.figures, spoilt, "0"), trial).reason == "not_finite"


def test_a_model_that_suggests_what_it_must_not_is_kept_back(trial: Trial, good: Model) -> None:
    class Forgetful(Model):
        """Forgets, as a defect might make it, what is to be left out."""

        def recommend(self, cart, *, customer_id=None, limit=10, exclude=()):  # type: ignore[no-untyped-def]
            return super().recommend(cart, customer_id=customer_id, limit=limit)

    forgetful = Forgetful(good.figures, good.arrays, "0")
    assert recommender.judge(forgetful, trial).reason == "breaks_exclusions"


def test_a_sensitive_product_that_a_customers_history_brings_is_kept_back() -> None:
    """Trained without the mark, and then said to be with it, as a defect might make it."""
    lines = table(
        (f"c{order % 20}", f"o{order:04}", order / 24, product, 1.0)
        for order in range(400)
        for product in (f"a{order % 20}", f"b{order % 20}")
    )
    catalogue = pl.DataFrame({"product_id": ["b3"], "categories": [["health"]]})
    trial = Trial.of(lines)
    marked = {"sensitive_categories": ("health",)}
    assert (
        recommender.unsound(recommender.train(trial.known, catalogue, settings=marked), trial.carts) is None
    )
    defect = recommender.train(trial.known, catalogue)
    assert recommender.unsound(defect, trial.carts) is None
    defect.figures["settings"] |= marked
    assert recommender.unsound(defect, trial.carts) == "breaks_exclusions"
