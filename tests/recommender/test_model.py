"""The model's answers: what holds for every shop and cart, and the order in which the sources are asked."""

import math
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import recommender
from recommender.frames import read_orders
from recommender.history import purchases
from tests.recommender.tables import AS_OF, Line, orders, table, two_tastes

PRODUCTS = "abcdefgh"
CUSTOMERS = ["ann", "bob", "eve", "kim", None]
LINES = st.lists(
    st.tuples(
        st.sampled_from(CUSTOMERS),
        st.integers(0, 12).map("o{}".format),
        st.sampled_from([0.0, 1.0, 40.0, None]),
        st.sampled_from(PRODUCTS),
        st.sampled_from([1.0, 1.0, 1.0, 2.0, -1.0]),
    ),
    max_size=60,
)
CARTS = st.lists(st.sampled_from([*PRODUCTS, "stranger"]), max_size=5)
CATALOGUE = pl.DataFrame({"product_id": list(PRODUCTS), "category": ["tea", "coffee"] * 4})
few = settings(max_examples=35, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def model() -> recommender.Model:
    return recommender.train(*two_tastes())


def ids(suggestions: list[recommender.Suggestion]) -> list[str]:
    return [each.product_id for each in suggestions]


def kinds(suggestions: list[recommender.Suggestion]) -> list[str]:
    return [each.reason.kind for each in suggestions]


@few
@given(LINES, st.randoms(use_true_random=False))
def test_the_same_rows_in_another_order_give_the_same_model(lines: list[Line], chance: object) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (
        recommender.train(table(lines), CATALOGUE),
        recommender.train(table(shuffled), CATALOGUE[::-1]),
    )
    assert first.version == second.version
    assert {name: array.tobytes() for name, array in first.arrays.items()} == {
        name: array.tobytes() for name, array in second.arrays.items()
    }


@few
@given(LINES, CARTS, CARTS, st.sampled_from([*CUSTOMERS, "stranger"]), st.integers(0, 9))
def test_nothing_from_the_cart_excluded_or_twice_and_never_more_than_the_limit(
    lines: list[Line], cart: list[str], exclude: list[str], customer: str | None, limit: int
) -> None:
    found = recommender.train(table(lines), CATALOGUE).recommend(
        cart, customer_id=customer, limit=limit, exclude=exclude
    )
    assert len(found) <= limit
    assert len(set(ids(found))) == len(found)
    assert not set(ids(found)) & {*cart, *exclude}
    assert set(ids(found)) <= {product for _, _, _, product, quantity in lines if quantity > 0}
    assert all(each.score > 0 for each in found)


@few
@given(LINES, st.lists(st.tuples(CARTS, st.sampled_from(CUSTOMERS)), max_size=4), st.integers(0, 9))
def test_many_carts_at_once_get_the_answers_they_get_alone(
    lines: list[Line], asked: list[tuple[list[str], str | None]], limit: int
) -> None:
    model = recommender.train(table(lines), CATALOGUE)
    together = model.recommend_many(
        [cart for cart, _ in asked], customer_ids=[customer for _, customer in asked], limit=limit
    )
    alone = [ids(model.recommend(cart, customer_id=customer, limit=limit)) for cart, customer in asked]
    assert together == alone


@few
@given(LINES, CARTS, st.sampled_from(CUSTOMERS))
def test_a_saved_and_loaded_model_answers_alike(
    tmp_path: Path, lines: list[Line], cart: list[str], customer: str | None
) -> None:
    model = recommender.train(table(lines), CATALOGUE)
    model.save(tmp_path / "model.encore")
    loaded = recommender.load(tmp_path / "model.encore")
    assert loaded.recommend(cart, customer_id=customer) == model.recommend(cart, customer_id=customer)
    assert loaded.version == model.version


@few
@given(LINES, CARTS)
def test_bought_together_is_said_only_of_three_customers_or_more(lines: list[Line], cart: list[str]) -> None:
    for each in recommender.train(table(lines)).recommend(cart):
        if each.reason.kind == "bought_together":
            customers, both = each.reason.evidence["customers"], each.reason.evidence["orders_with_both"]
            assert isinstance(customers, int)
            assert isinstance(both, int)
            assert 3 <= customers <= both
            assert each.reason.product_id in cart


@few
@given(LINES, CARTS, st.sampled_from(CUSTOMERS))
def test_every_reason_is_true_and_of_the_source_that_ranks_the_product(
    lines: list[Line], cart: list[str], customer: str | None
) -> None:
    model = recommender.train(table(lines), CATALOGUE, settings={"listed": 2})
    popular, categories = ids(model.popular(2)), dict(CATALOGUE.iter_rows())
    for each in model.recommend(cart, customer_id=customer):
        speaks = {
            "bought_together": buyers(lines, {each.reason.product_id or "", each.product_id}) >= 3,
            "own_purchases": buyers(lines, {each.product_id}, customer) == 1,
            "category": categories[each.product_id] in {categories.get(product) for product in cart},
            "popular": each.product_id in popular,
        }
        assert speaks[each.reason.kind]


def buyers(lines: list[Line], wanted: set[str], *only: str | None) -> int:
    """How many customers (of `only`, where given) bought all of `wanted` in one order; a guest's order is
    one.
    """
    by_order = purchases(read_orders(table(lines))).group_by("order_id", "customer_id").agg("product_id")
    makers = {
        customer or f"guest {order}"
        for order, customer, products in by_order.iter_rows()
        if wanted <= set(products) and (not only or customer in only)
    }
    return len(makers)


def test_one_seed_and_settings_one_model_and_another_seed_another(model: recommender.Model) -> None:
    assert recommender.train(*two_tastes()).version == model.version
    assert recommender.train(*two_tastes(), seed=1).version != model.version


def test_the_order_of_the_cart_changes_nothing(model: recommender.Model) -> None:
    assert model.recommend(["a", "b"]) == model.recommend(["b", "a", "b"])


def test_ties_go_to_the_lower_id() -> None:
    baskets = [(f"c{n}", 1.0, "az") for n in range(3)] + [(f"d{n}", 1.0, "db") for n in range(3)]
    assert ids(recommender.train(orders(baskets)).recommend(["a", "d"])) == ["b", "z"]


def test_the_ladder_bought_together_then_category_then_popular(model: recommender.Model) -> None:
    found = model.recommend(["a"])
    assert [(each.product_id, each.reason.kind) for each in found] == [
        ("c", "bought_together"),
        ("b", "bought_together"),  # after c, which goes with a as often and is bought without it less often
        ("x", "category"),
        ("y", "category"),
        ("z", "category"),
    ]  # and not d, which one customer bought


def test_a_known_customers_own_purchases_come_with_the_cart(model: recommender.Model) -> None:
    found = model.recommend(["a"], customer_id="ann", limit=3)
    assert set(ids(found)) == {"b", "c", "d"}
    by_product = {each.product_id: each.reason for each in found}
    assert by_product["d"].kind == "own_purchases"
    assert by_product["d"].evidence["orders"] == 1


def test_without_cart_a_customer_gets_own_purchases_and_a_stranger_what_is_popular(
    model: recommender.Model,
) -> None:
    assert kinds(model.recommend([], customer_id="ann", limit=4)) == ["own_purchases"] * 4
    for customer in (None, "stranger"):
        found = model.recommend([], customer_id=customer, limit=3)
        assert (ids(found), set(kinds(found))) == (["b", "a", "c"], {"popular"})
    assert model.recommend([], limit=3) == model.popular(3)


def test_a_cart_of_strangers_is_an_empty_cart(model: recommender.Model) -> None:
    assert model.recommend(["stranger", "\ud800", ""]) == model.recommend([])


def test_a_pair_of_two_customers_brings_nothing_unless_the_product_is_popular_itself() -> None:
    """Soap and gloves go together for Ann and Bob alone; tea is what most orders hold."""
    baskets: list[tuple[str | None, float | None, str]] = [
        ("ann", 1, "sg"),
        ("ann", 1, "sg"),
        ("bob", 1, "sg"),
    ]
    baskets += [(f"c{n}", 1.0, "t") for n in range(5)] + [("zoe", 1.0, "g")]
    assert told(recommender.train(orders(baskets), settings={"listed": 1})) == [("t", "popular")]
    assert told(recommender.train(orders(baskets))) == [("t", "popular"), ("g", "popular")]
    baskets += [("eve", 1.0, "sg")]
    assert told(recommender.train(orders(baskets))) == [("g", "bought_together"), ("t", "popular")]


def told(model: recommender.Model, cart: str = "s", customer: str | None = None) -> list[tuple[str, str]]:
    found = model.recommend(list(cart), customer_id=customer)
    return [(each.product_id, each.reason.kind) for each in found]


def test_a_weak_pair_puts_nothing_before_what_is_more_popular_in_the_category() -> None:
    baskets: list[tuple[str | None, float | None, str]] = [
        ("ann", 1, "sg"),
        ("ann", 1, "sg"),
        ("bob", 1, "sg"),
    ]
    baskets += [(f"c{n}", 1.0, "t") for n in range(5)] + [("zoe", 1.0, "g")]
    catalogue = pl.DataFrame({"product_id": list("sgt"), "category": ["household"] * 3})
    assert told(recommender.train(orders(baskets), catalogue)) == [("t", "category"), ("g", "category")]


def test_of_two_sources_the_reason_is_of_the_one_that_added_more() -> None:
    """Ann buys b often and bought c once; with a, nine customers buy c and three b."""
    baskets: list[tuple[str | None, float | None, str]] = [(f"c{n}", 1.0, "ac") for n in range(9)]
    baskets += [(f"d{n}", 1.0, "ab") for n in range(3)] + [("ann", 1.0, "b")] * 20 + [("ann", 1.0, "c")]
    assert dict(told(recommender.train(orders(baskets)), "a", "ann")) == {
        "b": "own_purchases",
        "c": "bought_together",
    }


def test_what_a_customer_buys_and_only_a_weak_pair_speaks_for_is_the_customers_own() -> None:
    """b goes with a more often than c does, but for two customers only; Ann buys d far more often than b."""
    baskets: list[tuple[str | None, float | None, str]] = [("ann", 90.0, "ab")] + [("bob", 1.0, "ab")] * 9
    baskets += [(f"c{n}", 1.0, "ac") for n in range(3)] + [("ann", 1.0, "d")] * 9
    assert told(recommender.train(orders(baskets)), "a", "ann") == [
        ("c", "bought_together"),
        ("d", "own_purchases"),
        ("b", "own_purchases"),
    ]


def test_a_pair_of_too_few_customers_is_suggested_for_what_is_true_of_it() -> None:
    known = orders([("ann", 1, "ab"), ("ann", 1, "ab"), ("bob", 1, "ab"), ("eve", 1, "b")])
    catalogue = pl.DataFrame({"product_id": ["a", "b"], "category": ["tea", "tea"]})
    assert kinds(recommender.train(known, catalogue).recommend(["a"])) == ["category"]
    assert kinds(recommender.train(known).recommend(["a"])) == ["popular"]


def test_a_shop_whose_pairs_never_come_again_is_trained_and_says_what_is_popular() -> None:
    """There are carts enough to fit the blend on, and nothing to be found for any of them."""
    letters = [chr(ord("A") + n) for n in range(60)]
    pairs = ["".join(pair) for pair in combinations(letters, 2)]
    apart = orders([(f"c{n}", float(len(pairs) - n), pair) for n, pair in enumerate(pairs)])
    model = recommender.train(apart, settings={"habits": False})
    assert {each.reason.kind for each in model.recommend(["A"])} == {"popular"}


def test_scores_beyond_what_is_stored_are_the_greatest_that_is() -> None:
    """Half precision ends at 65,504: a till that rings up everybody as one customer goes beyond."""
    till = [("walk-in", 1.0, "ab")] * 70_000 + [("walk-out", 1.0, "a")] * 3
    others = [(f"c{n}", 1.0, "ab") for n in range(3)]
    model = recommender.train(orders([*till, *others]))
    found = model.recommend([], customer_id="walk-out")
    assert found
    assert all(math.isfinite(each.score) for each in found)


def test_fewer_come_back_when_the_orders_say_no_more() -> None:
    assert recommender.train(orders([("ann", 1, "ab")])).recommend(["a", "b"]) == []
    assert recommender.train(orders([])).recommend(["a"], customer_id="ann") == []


def test_a_returned_product_is_not_suggested() -> None:
    lines: list[Line] = [(f"c{n}", f"o{n}", 2.0, product, 1) for n in range(3) for product in "ab"]
    returns: list[Line] = [(f"c{n}", f"r{n}", 1.0, "b", -1) for n in range(3)]
    assert ids(recommender.train(table(lines)).recommend(["a"])) == ["b"]
    assert recommender.train(table([*lines, *returns])).recommend(["a"]) == []


def test_similar_are_those_bought_instead_and_not_those_bought_together() -> None:
    baskets = [(f"c{n}", 1.0, "am") for n in range(20)] + [(f"d{n}", 1.0, "bm") for n in range(20)]
    catalogue = pl.DataFrame(
        {
            "product_id": list("abm"),
            "title": ["Assam tea", "Assam tea bags", "Milk"],
            "category": ["tea"] * 2 + ["dairy"],
        }
    )
    found = recommender.train(orders(baskets), catalogue)
    assert told(found, "a") == [("m", "bought_together"), ("b", "category")]
    assert [(each.product_id, each.reason.kind) for each in found.similar("a")] == [("b", "likeness")]
    assert found.similar("stranger") == []


def test_what_the_shop_chose_goes_first_and_newcomers_beside_what_they_are_like() -> None:
    baskets = [(f"c{n}", 100.0 - n, "am") for n in range(90)]
    catalogue = pl.DataFrame(
        {
            "product_id": list("amnw"),
            "title": ["Assam", "Oat milk", "Oat milk light", "Whisk"],
            "complements": [["w"], [], [], []],
        }
    )
    found = told(recommender.train(orders(baskets), catalogue), "a")
    assert found == [("w", "complement"), ("m", "bought_together"), ("n", "likeness")]


def test_the_objective_weighs_a_chance_by_the_price_or_the_margin() -> None:
    """With a, b is bought oftener than c; c costs ten times as much, of which the shop keeps as little."""
    baskets = [(f"c{n}", 1.0, "ab") for n in range(12)] + [(f"d{n}", 1.0, "ac") for n in range(8)]
    price = pl.when(pl.col("product_id") == "c").then(15.0).otherwise(1.5)
    known = orders(baskets).with_columns(unit_price=price, unit_cost=price.sub(pl.lit(0.1)))
    for objective, first in (("hits", "b"), ("revenue", "c"), ("margin", "b")):
        assert ids(recommender.train(known, settings={"objective": objective}).recommend(["a"]))[0] == first


def test_diversity_mixes_categories_and_none_changes_nothing() -> None:
    baskets = [
        (f"{each}{n}", 1.0, "a" + each)
        for each, most in zip("bcd", (9, 8, 7), strict=True)
        for n in range(most)
    ]
    catalogue = pl.DataFrame({"product_id": list("abcd"), "category": ["x", "tea", "tea", "milk"]})
    plain, mixed = (
        recommender.train(orders(baskets), catalogue, settings={"diversity": share}).recommend(["a"])
        for share in (0.0, 0.9)
    )
    assert (ids(plain)[:3], ids(mixed)[:3]) == (["b", "c", "d"], ["b", "d", "c"])


def test_a_mixed_list_begins_the_same_however_long_it_is() -> None:
    products = {f"tea {n}": "tea" for n in range(30)} | {"milk": "dairy", "cup": "china"}
    lines = [
        (f"{product} {n}", f"{product} {n}", 1.0, each, 1.0)
        for product in products
        for n in range(6 if product.startswith("tea") else 5)
        for each in ("a", product)
    ]
    catalogue = pl.DataFrame({"product_id": [*products], "category": [*products.values()]})
    mixed = recommender.train(table(lines), catalogue, settings={"diversity": 0.5})
    longer = ids(mixed.recommend(["a"], limit=50))
    assert len(longer) == len(set(longer)) >= 30
    assert {"milk", "cup"} <= set(longer[:5])
    assert ids(mixed.recommend(["a"], limit=5)) == longer[:5]


def test_an_explanation_is_of_the_same_answer_with_what_speaks_for_it_and_what_was_dropped() -> None:
    baskets = [(f"c{n}", 1.0, "ab") for n in range(20)] + [
        ("ann", 1.0, "b"),
        ("ann", 1.0, "ax"),
        *((each, 1.0, "c") for each in ("eve", "bob", "zoe")),
    ]
    model = recommender.train(orders(baskets))
    told = model.explain(["a"], customer_id="ann", limit=1, exclude=["c"])
    [first] = told.items
    assert [first.suggestion] == model.recommend(["a"], customer_id="ann", limit=1, exclude=["c"])
    assert set(first.contributions) == {"bought_together", "own_purchases"}
    assert sum(first.contributions.values()) == pytest.approx(first.suggestion.score, rel=1e-5)
    assert first.evidence["lift"] == pytest.approx(20 * 25 / (21 * 21))
    low, high = first.evidence["lift_interval"]
    assert low < first.evidence["lift"] < high
    rules = {each.product_id: each.rule for each in told.dropped}
    assert rules == {"a": "in_cart", "c": "excluded", "x": "below"}


def test_grades_fall_with_the_evidence() -> None:
    def graded(customers: int, others: int) -> str:
        baskets = [(f"c{n}", 1.0, "ab") for n in range(customers)] + [
            (f"d{n}", 1.0, "z") for n in range(others)
        ]
        return recommender.train(orders(baskets)).recommend(["a"], limit=1)[0].grade

    assert [graded(25, 75), graded(10, 40), graded(4, 20), graded(3, 0)] == ["A", "B", "C", "D"]


def test_as_many_customers_as_carts(model: recommender.Model) -> None:
    with pytest.raises(ValueError, match="2 carts but 1 customer_ids"):
        model.recommend_many([["a"], ["b"]], customer_ids=["ann"])


def test_unknown_settings_are_named() -> None:
    with pytest.raises(ValueError, match="unknown settings neighbors: known are"):
        recommender.train(orders([]), settings={"neighbors": 3})


def test_the_figures_say_what_it_was_trained_on(model: recommender.Model) -> None:
    expected = {"n_products": 7, "n_orders": 12, "n_customers": 10, "n_lines": 33, "seed": 0}
    assert {name: model.figures[name] for name in expected} == expected
    assert model.figures["settings"]["neighbours"] == recommender.Settings().neighbours
    assert recommender.train(two_tastes()[0], as_of=AS_OF).figures["as_of"] == "2026-03-01T12:00:00+00:00"
