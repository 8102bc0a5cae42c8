"""The learned ranker: what it looks at, what its trees say, and that it is kept only where it wins."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import recommender
from recommender.blend import Blend
from recommender.boosting import boosted
from recommender.features import FEATURES, N_ANONYMOUS
from recommender.lists import Lists
from recommender.ranking import SHORTLIST
from recommender.reranking import _winning
from recommender.trees import Correction, Trees
from tests.recommender.tables import AS_OF, orders

Matrix = list[list[float]]


def place(name: str) -> int:
    return FEATURES.index(name)


def lists(features: np.ndarray, held_out: np.ndarray) -> Lists:
    """Of lists by candidates by features, the first feature being nothing but the place."""
    n, length, _ = features.shape
    starts = np.arange(n + 1) * length
    measured = features.reshape(n * length, -1).astype(np.float32)
    return Lists(measured, starts, starts[:-1] + held_out, np.arange(n))


def told(seed: int, n: int = 600, *, telling: bool) -> Lists:
    """Lists of four candidates, scored at random; the right one is told by the third feature, or by none."""
    random = np.random.default_rng(seed)
    features = random.random((n, 4, 4))
    right = features[:, :, 2].argmax(axis=1) if telling else random.integers(0, 4, n)
    return lists(features, right)


def test_the_trees_of_a_table_worked_out_by_hand() -> None:
    trees = Trees(
        features=((0, 1), (1, 0)),
        thresholds=((0.5, 10.0), (20.0, 0.5)),
        leaves=((1.0, 2.0, 3.0, 4.0), (0.0, 10.0, 20.0, 30.0)),
    )
    features: Matrix = [[0.0, 1.0, 1.0, 0.5], [5.0, 5.0, 25.0, 11.0]]
    # 00 and 00; 10 and 01; 11 and 11; 01 (0.5 is not above 0.5) and 00.
    assert Correction(trees).of(np.array(features, np.float32)).tolist() == [1.0, 13.0, 34.0, 2.0]
    assert Correction(trees.times(2)).of(np.array(features, np.float32)).tolist() == [2.0, 26.0, 68.0, 4.0]


def test_what_tells_the_right_ones_is_learnt_and_holds_for_others() -> None:
    known, other = told(1, telling=True), told(2, telling=True)
    trees = boosted(known, np.zeros(len(known.measured)), 40)
    more = Correction(trees).of(other.measured.T).reshape(-1, 4)
    assert (more.argmax(axis=1) == other.held_out % 4).mean() > 0.9
    assert {feature for asked in trees.features[:5] for feature in asked} == {2}


def test_it_is_kept_where_it_wins_and_only_there() -> None:
    assert _winning(told(3, telling=True), 1.0).leaves
    assert not _winning(told(3, n=150, telling=True), 1.0).leaves  # too few to choose by
    # Of what tells nothing one in six is better than another by a standard error.
    kept = [bool(_winning(told(seed, n=300, telling=False), 1.0).leaves) for seed in range(100, 130)]
    assert sum(kept) < 15


@pytest.fixture(scope="module")
def model() -> recommender.Model:
    """Ann bought b twice, c once and e long ago; d goes with a less often than b and c do."""
    baskets: list[tuple[str | None, float | None, str]] = [(f"one {n}", 40.0, "abc") for n in range(5)]
    baskets += [(f"two {n}", 20.0, "ad") for n in range(4)]
    baskets += [("ann", 60.0, "be"), ("ann", 10.0, "bc")]
    kinds = {"a": ["drinks", "tea"], "b": ["drinks", "tea"], "c": ["drinks"], "d": [], "e": ["drinks", "tea"]}

    products = pl.DataFrame({"product_id": list(kinds), "categories": list(kinds.values())})
    return recommender.train(orders(baskets), products, as_of=AS_OF, blend=Blend())


def looked_at(model: recommender.Model, customer_id: str | None) -> dict[str, dict[str, float]]:
    """By product what is looked at, by name."""
    best, found = model._ranker.shortlist(model._question(["a"], customer_id))
    names = FEATURES if customer_id else FEATURES[:N_ANONYMOUS]
    ids = model._products.ids(best.rows.tolist())
    told = (dict(zip(names, each, strict=True)) for each in found.T.tolist())
    return dict(zip(ids, told, strict=True))


def test_what_is_looked_at_of_a_cart_alone(model: recommender.Model) -> None:
    found = looked_at(model, None)
    assert set(found) == {"b", "c", "d"}
    assert sorted(each["place"] for each in found.values()) == [0, 1, 2]
    assert found["b"] == pytest.approx(
        {
            "place": found["b"]["place"],
            "score": found["b"]["score"],
            "cart_size": 1,
            "orders": 7,
            "recent_orders": 1,
            "shares_category": 1,
            "pairs": 1,
        }
    )
    assert [found[each]["shares_category"] for each in "cd"] == [0, 0]
    assert [found[each]["recent_orders"] for each in "cd"] == [1, 4]


def test_what_is_looked_at_of_a_known_customer(model: recommender.Model) -> None:
    found = looked_at(model, "ann")
    assert [found[each]["own_orders"] for each in "bcde"] == [2, 1, 0, 1]
    assert [found[each]["own_products"] for each in "bcde"] == [3, 3, 3, 3]
    assert found["b"]["own_lately"] == pytest.approx(0.5 ** (10 / 15) + 0.5 ** (60 / 15), abs=1e-3)
    assert found["d"]["own_lately"] == found["d"]["bought_again"] == 0
    assert [found[each]["pairs"] for each in "bcde"] == [1, 1, 1, 0]
    assert found["e"]["bought_together"] == 0 < found["b"]["bought_together"]
    assert found["b"]["score"] > found["b"]["bought_together"]


def with_trees(trees: Trees) -> recommender.Model:
    baskets = [(f"c{n}", 5.0, "a" + chr(ord("b") + n % 20)) for n in range(100)]
    baskets += [(f"more {n}", 4.0, "a" + chr(ord("b") + n % 5)) for n in range(20)]
    return recommender.train(orders(baskets), blend=replace(Blend(), trees=(trees, Trees())))


SELDOM_SOLD = Trees(((place("orders"),),), ((6.0,),), ((5.0, -5.0),))
"""Puts what 6 orders or fewer hold before all else."""


def test_its_word_is_heard_told_and_kept(tmp_path: Path) -> None:
    plain, learned = with_trees(Trees()), with_trees(SELDOM_SOLD)
    often, seldom = set("bcdef"), set("ghijklmnopqrstu")
    assert {each.product_id for each in plain.recommend(["a"], limit=5)} == often
    assert {each.product_id for each in learned.recommend(["a"], limit=15)} == seldom
    told = learned.explain(["a"], limit=20).items
    for each in told:
        assert sum(each.contributions.values()) == pytest.approx(each.suggestion.score, rel=1e-5)
    more = {each.suggestion.product_id: each.contributions.get("learned_ranker", 0) for each in told}
    assert all(more[each] == pytest.approx(5) for each in seldom)
    assert all(more[each] <= 0 for each in often)
    learned.save(tmp_path / "model")
    read = recommender.load(tmp_path / "model")
    assert read.recommend(["a"], limit=20) == learned.recommend(["a"], limit=20)
    assert read.blend == learned.blend


def test_all_that_was_found_is_still_there_each_once_and_the_score_falls() -> None:
    plain, learned = with_trees(Trees()), with_trees(SELDOM_SOLD)
    before, after = plain.recommend(["a"], limit=50), learned.recommend(["a"], limit=50)
    assert sorted(each.product_id for each in before) == sorted(each.product_id for each in after)
    scores = [each.score for each in after if each.reason.kind == "bought_together"]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_what_it_never_looked_at_stays_behind() -> None:
    letters = [chr(ord("b") + n) for n in range(60)]
    baskets = [(f"{n} {k}", 5.0, "a" + each) for n, each in enumerate(letters) for k in range(63 - n)]
    falls = Trees(((place("place"),),), ((9.5,),), ((-1000.0, 0.0),))
    lines = orders(baskets)
    blend = replace(Blend(), trees=(falls, Trees()))
    ranked = [
        [each.product_id for each in recommender.train(lines, blend=each).recommend(["a"], limit=60)]
        for each in (Blend(), blend)
    ]
    last = SHORTLIST - 1
    assert ranked[1][: last - 10] == ranked[0][10:last]
    assert set(ranked[1][last - 10 : SHORTLIST]) == {*ranked[0][:10], ranked[0][last]}
    assert ranked[1][SHORTLIST:] == ranked[0][SHORTLIST:]


def test_one_history_one_ranker_whatever_the_order_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.reranking.LEAST_LISTS", 20)
    monkeypatch.setattr("recommender.reranking.is_sure", lambda more: True)
    known, products = _shop(0)
    first, second = (
        recommender.train(each, products, as_of=AS_OF, seed=1)
        for each in (known, known.sample(fraction=1.0, shuffle=True, seed=5))
    )
    assert all(each.leaves for each in first.blend.trees)
    assert first.blend == second.blend
    assert first.version == second.version


def at_random(seed: int) -> Trees:
    """Trees that no shop taught."""
    random = np.random.default_rng(seed)
    features = random.integers(0, N_ANONYMOUS, (10, 2))
    leaves = random.normal(0, 0.3, (10, 4))
    return Trees.of((features.tolist(), random.uniform(0, 8, (10, 2)).tolist(), leaves.tolist()))


@pytest.fixture(scope="module")
def varied() -> recommender.Model:
    """Sixty products in baskets of three, a newcomer like the first, and trees at random."""
    random = np.random.default_rng(7)
    letters = [chr(ord("A") + n) for n in range(60)]
    baskets = [
        (f"c{n % 60}", float(n % 50), "".join(random.choice(letters[n % 3 :: 3], 3, replace=False)))
        for n in range(600)
    ]
    products = pl.DataFrame(
        {
            "product_id": [*letters, "new"],
            "title": [*(f"Mug {each}" for each in letters), "Mug A"],
            "categories": [["mugs", f"mugs {n % 5}"] for n in range(60)] + [["mugs", "mugs 0"]],
            "complements": [["Z"] if each == "A" else [] for each in [*letters, "new"]],
        }
    )
    blend = replace(Blend(), trees=(at_random(1), at_random(2)))
    return recommender.train(orders(baskets), products, as_of=AS_OF, blend=blend)


QUESTIONS: list[dict[str, object]] = [
    {"cart": ["D"]},
    {"cart": ["A"]},
    {"cart": ["D", "G", "J"], "customer_id": "c3"},
    {"cart": ["A", "P"], "customer_id": "c1", "exclude": ["M", "S", "V"]},
    {"cart": ["nothing known"], "customer_id": "c2"},
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_list_begins_the_same_however_long_it_is(
    varied: recommender.Model, question: dict[str, Any]
) -> None:
    cart, more = question["cart"], {name: each for name, each in question.items() if name != "cart"}
    whole = varied.recommend(cart, limit=1000, **more)
    assert len(whole) > 30
    for limit in (0, 1, 5, 29, 30, 31, 40):
        assert varied.recommend(cart, limit=limit, **more) == whole[:limit]


@pytest.mark.parametrize("question", QUESTIONS)
def test_all_that_is_added_is_the_score(varied: recommender.Model, question: dict[str, Any]) -> None:
    cart, more = question["cart"], {name: each for name, each in question.items() if name != "cart"}
    told = varied.explain(cart, limit=60, **more).items
    for each in told:
        assert sum(each.contributions.values()) == pytest.approx(each.suggestion.score, rel=1e-4)
    if cart != ["nothing known"]:
        assert any("learned_ranker" in each.contributions for each in told)


def test_a_newcomer_is_where_the_corrected_ones_are_that_it_is_like(varied: recommender.Model) -> None:
    told = {each.suggestion.product_id: each for each in varied.explain(["D"], limit=100).items}
    found = told["new"]
    assert found.suggestion.reason.kind == "likeness"
    assert sum(found.contributions.values()) == pytest.approx(found.suggestion.score, rel=1e-4)


def test_the_pair_of_somebody_forgotten_does_not_speak_through_the_trees() -> None:
    """Ann alone buys a with b, twice; others buy a with c, and b with d."""
    baskets = [("ann", 3.0, "ab"), ("ann", 2.0, "ab")]
    baskets += [(f"c{n}", 3.0, "ac") for n in range(9)] + [(f"d{n}", 3.0, "bd") for n in range(9)]
    baskets += [(f"e{n}", 3.0, "cb") for n in range(9)]
    paired = Trees(((place("pairs"),),), ((1.5,),), ((0.0, 50.0),))
    heard = ((1.0, 1.0, 0.2),) * 2
    model = recommender.train(orders(baskets), blend=Blend(pairs=heard, trees=(paired, Trees())))

    def corrected(of: recommender.Model) -> bool:
        told = {each.suggestion.product_id: each.contributions for each in of.explain(["a", "c"]).items}
        return "learned_ranker" in told["b"]

    assert corrected(model)  # by a and by c
    assert not corrected(model.refreshed(forget=["ann"]))  # by c alone


def _shop(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:

    random = np.random.default_rng(seed)
    baskets = []
    for n in range(1500):
        kind = int(random.integers(0, 4))
        held = random.choice(12, size=3, replace=False, p=_shares()) + 12 * kind
        baskets.append((f"c{n % 200}", float(1500 - n) / 10, "".join(chr(ord("A") + each) for each in held)))
    products = pl.DataFrame({"product_id": [chr(ord("A") + n) for n in range(48)]})
    return orders(baskets), products


def _shares() -> np.ndarray:
    shares = 1.0 / np.arange(1, 13)
    return np.asarray(shares / shares.sum())
