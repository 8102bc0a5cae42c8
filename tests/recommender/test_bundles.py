"""Bundles on hand-worked orders: what customers buy together, counted by customers, lately too."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

import recommender
from recommender import Bundle, Model
from recommender.blend import Blend
from tests.recommender.tables import orders

SMALL = {
    "bundle_customers": 6,
    "bundle_lift": 1.5,
    "bundle_recent_share": 0.5,
    "bundle_recent_customers": 3,
    "bundle_recent_lift": 1.0,
}
Basket = tuple[str | None, float | None, str]
OLD, LATE = 300.0, 3.0


def bought(products: str, who: str, n_old: int, n_late: int) -> list[Basket]:
    """So many orders of `products`, long ago and lately, each by another customer."""
    days = [OLD] * n_old + [LATE] * n_late
    return [(f"{who} {number}", day, products) for number, day in enumerate(days)]


def learnt(baskets: Sequence[Basket]) -> Model:
    return recommender.train(orders(baskets), settings=SMALL, blend=Blend())


def ids(found: list[Bundle]) -> list[str]:
    return ["".join(each.product_ids) for each in found]


@pytest.fixture(scope="module")
def model() -> Model:
    """40 orders of 40 customers: 8 of a and b (4 of them lately), 8 of g, h and i, the rest of m alone."""
    return learnt([*bought("ab", "tea", 4, 4), *bought("ghi", "jam", 4, 4), *bought("m", "milk", 12, 12)])


def test_a_bundle_comes_with_its_counts(model: Model) -> None:
    (found,) = model.bundles("a")
    assert found.product_ids == ("a", "b")
    assert (found.support, found.recent_support) == (8, 4)
    assert found.lift == pytest.approx(8 * 40 / (8 * 8))
    assert found.least_lift == pytest.approx(5 * math.exp(-1.96 / math.sqrt(8)))


def test_three_that_go_together_are_a_bundle_too(model: Model) -> None:
    assert sorted(ids(model.bundles("h"))) == ["gh", "ghi", "hi"]
    assert ids(model.bundles("m")) == []


def test_without_a_product_the_best_of_all_come_and_never_more_than_asked_for(model: Model) -> None:
    assert len(model.bundles()) == 5
    assert model.bundles(limit=2) == model.bundles()[:2]
    assert model.bundles("h", limit=0) == []


def test_an_unknown_product_has_none(model: Model) -> None:
    assert model.bundles("zebra") == []


def test_it_is_the_same_from_a_file_and_with_news(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m.encore")
    loaded = recommender.load(tmp_path / "m.encore")
    assert loaded.bundles() == model.bundles()
    newer = loaded.refreshed(orders([("new", 0.0, "an")]))
    assert newer.bundles("a") == model.bundles("a")
    assert newer.bundles("n") == []


def test_one_customer_however_often_is_no_support() -> None:
    often = [("one", LATE, "cd")] * 20
    assert ids(learnt([*often, *bought("m", "milk", 90, 90)]).bundles()) == []


def test_what_was_bought_together_only_long_ago_is_none() -> None:
    assert ids(learnt([*bought("ef", "old", 12, 0), *bought("m", "milk", 0, 24)]).bundles()) == []


def test_what_lately_goes_together_by_chance_alone_is_none() -> None:
    apart = [*bought("e", "e", 0, 40), *bought("f", "f", 0, 40)]
    together = [*bought("ef", "both", 30, 5), *bought("m", "milk", 240, 225)]
    assert ids(learnt([*together, *apart]).bundles()) == []


def test_what_most_bought_lately_comes_first() -> None:
    baskets = [*bought("ab", "tea", 20, 4), *bought("ac", "jam", 4, 12), *bought("m", "milk", 80, 100)]
    assert ids(learnt(baskets).bundles("a")) == ["ac", "ab"]


def test_what_is_in_every_order_is_in_no_bundle() -> None:
    with_bags = [*bought("abz", "tea", 6, 6), *bought("mz", "milk", 20, 20)]
    assert ids(learnt(with_bags).bundles()) == ["ab"]


def test_without_times_all_orders_count_alike() -> None:
    baskets = [*bought("ab", "tea", 0, 8), *bought("m", "milk", 0, 30)]
    assert ids(learnt([(who, None, products) for who, _, products in baskets]).bundles()) == ["ab"]


def test_nobody_bought_anything() -> None:
    assert learnt([]).bundles() == []
