"""A model refreshed: what came since moves what is popular, own purchases and newcomers, and nothing else."""

from pathlib import Path

import polars as pl
import pytest

import recommender
from recommender.blend import Blend
from tests.recommender.tables import orders, two_tastes


@pytest.fixture(scope="module")
def model() -> recommender.Model:
    known, products = two_tastes()
    titles = pl.DataFrame({"product_id": list("abcdxyz"), "title": [f"Word{each}" for each in "abcdxyz"]})
    return recommender.train(known, products.join(titles, on="product_id"))


def ids(found: list[recommender.Suggestion]) -> list[str]:
    return [each.product_id for each in found]


def test_without_news_the_answers_are_the_same(model: recommender.Model) -> None:
    same = model.refreshed()
    for cart, customer in (([], None), (["a"], "ann"), (["x"], "tea 1"), ([], "coffee 2")):
        assert same.recommend(cart, customer_id=customer) == model.recommend(cart, customer_id=customer)


def test_new_orders_move_what_is_popular(model: recommender.Model) -> None:
    news = orders([(f"new {n}", -1.0, "z") for n in range(9)])
    assert ids(model.popular(1)) == ["b"]
    fresh = model.refreshed(news)
    assert ids(fresh.popular(1)) == ["z"]
    assert fresh.popular(1)[0].reason.evidence["orders"] == 13
    assert fresh.version != model.version
    assert fresh.version == model.refreshed(news.reverse()).version


def test_a_model_that_knows_no_times_takes_new_orders_too() -> None:
    undated = recommender.train(orders([(f"tea {n}", None, "xy") for n in range(4)]))
    news = orders([(f"new {n}", -1.0, "y") for n in range(3)])
    assert ids(undated.popular(1)) == ["x"]
    assert ids(undated.refreshed(news).popular()) == ["y", "x"]


def test_what_few_bought_since_is_not_popular(model: recommender.Model) -> None:
    def popular(*customers: str | None) -> list[str]:
        news = orders([(each, -1.0, "n") for each in customers])
        return ids(model.refreshed(news, pl.DataFrame({"product_id": ["n"]})).popular())

    assert "n" not in popular("ann", "ann", "eve")
    assert "n" in popular("ann", "eve", "bob")
    assert "n" in popular("ann", None, None)


def test_what_a_customer_bought_just_now_is_their_own_known_or_not(model: recommender.Model) -> None:
    fresh = model.refreshed(orders([("tea 1", -1.0, "d"), ("newcomer", -1.0, "d"), ("newcomer", -2.0, "dx")]))
    assert set(ids(fresh.recommend([], customer_id="tea 1", limit=4))) == set("dxyz")
    first = fresh.recommend([], customer_id="newcomer", limit=1)[0]
    assert (first.product_id, first.reason.kind, first.reason.evidence["orders"]) == ("d", "own_purchases", 2)
    others = ids(model.recommend([], customer_id="tea 2", limit=3))
    assert ids(fresh.recommend([], customer_id="tea 2", limit=3)) == others


def test_a_new_product_comes_beside_what_it_is_like_and_can_be_bought(model: recommender.Model) -> None:
    new = pl.DataFrame({"product_id": ["n"], "title": ["Wordb"], "categories": [["drinks", "coffee"]]})
    fresh = model.refreshed(orders([("ann", -1.0, "n")]), new)
    assert fresh.knows("n")
    found = {each.product_id: each.reason.kind for each in fresh.recommend(["a"])}
    assert (found["b"], found["n"]) == ("bought_together", "likeness")
    assert "n" in ids(fresh.recommend([], customer_id="ann"))


def test_alone_in_the_cart_a_new_product_brings_what_is_popular_in_its_category(
    model: recommender.Model,
) -> None:
    coffee = {"product_id": "n", "title": "Unheard", "categories": ["drinks", "coffee", "unheard of"]}
    fresh = model.refreshed(products=pl.DataFrame([coffee, {**coffee, "product_id": "m", "categories": []}]))
    first = fresh.recommend(["n"], limit=1)[0]
    assert (first.product_id, first.reason.kind) == ("b", "category")
    assert first.reason.evidence == {"category": "coffee"}
    assert ids(fresh.recommend(["m"], limit=3)) == ids(fresh.popular(3))


def test_another_row_of_a_new_product_is_another_version(model: recommender.Model) -> None:
    new = pl.DataFrame({"product_id": ["n"], "title": ["Wordb"]})
    version = model.refreshed(products=new).version
    assert model.refreshed(products=new).version == version
    assert model.refreshed(products=new.with_columns(title=pl.lit("Wordx"))).version != version


def test_of_an_erased_customer_nothing_own_stays(model: recommender.Model) -> None:
    fresh = model.refreshed(orders([("ann", -1.0, "x")]), forget=["ann"])
    for cart in ([], ["a"]):
        assert ids(fresh.recommend(cart, customer_id="ann")) == ids(model.recommend(cart))
    assert fresh.recommend([], customer_id="tea 1") == model.recommend([], customer_id="tea 1")


def test_what_only_an_erased_customer_bought_together_comes_to_nobody() -> None:
    baskets = [("h", 3.0, "ap") for _ in range(4)]
    baskets += [(f"{product} {n}", 2.0, product + more) for n in range(4) for product, more in ("ax", "py")]
    heard = Blend(pairs=((0.0, 0.0, 1.0), (0.0, 0.0, 0.0)))
    known = recommender.train(orders(baskets), blend=heard)
    for forgotten, left in ([], {"p"}), (["h"], set()), (["a 1"], {"p"}):
        assert by_kind(known.refreshed(forget=forgotten), "habit", ["a"]) == left


def test_what_is_sensitive_neither_comes_nor_steers_where_the_customer_is_known() -> None:
    baskets = [(f"c{n}", 3.0, "abp") for n in range(4)] + [("ann", 2.0, "c")]
    shop = pl.DataFrame({"product_id": list("abcp"), "categories": [[], [], [], ["health"]]})
    known = recommender.train(orders(baskets), shop, settings={"sensitive_categories": ["health"]})
    new = pl.DataFrame({"product_id": ["n"], "categories": [["health"]]})
    fresh = known.refreshed(orders([("ann", -1.0, "pn"), ("stranger", -1.0, "p")]), new)
    for model in (known, fresh):
        assert set(ids(model.recommend(["a"]))) >= {"b", "p"}
        assert by_kind(model, "bought_together", ["p"]) == {"a", "b"}
        for customer in ("ann", "c1"):
            assert set(ids(model.recommend(["a"], customer_id=customer))) <= {"b", "c"}
            assert set(ids(model.recommend([], customer_id=customer))) <= {"a", "b", "c"}
            steered = model.recommend(["p"], customer_id=customer)
            assert steered == [each for each in steered if each.reason.product_id != "p"]
            assert "p" not in ids(steered)
            told = model.explain(["a"], customer_id=customer)
            assert not {"p", "n"} & {each.suggestion.product_id for each in told.items}
    assert not {"p", "n"} & set(ids(fresh.recommend([], customer_id="stranger")))


def by_kind(model: recommender.Model, kind: str, cart: list[str]) -> set[str]:
    return {each.product_id for each in model.recommend(cart) if each.reason.kind == kind}


def test_an_order_of_a_product_that_nobody_knows_tells_nothing(model: recommender.Model) -> None:
    fresh = model.refreshed(orders([("somebody new", -1.0, "?")]))
    assert fresh.recommend(["a"], customer_id="somebody new") == model.recommend(["a"])


def test_what_was_refreshed_is_neither_refreshed_again_nor_saved(
    model: recommender.Model, tmp_path: Path
) -> None:
    fresh = model.refreshed(forget=["ann"])
    with pytest.raises(ValueError, match="refreshed already"):
        fresh.refreshed()
    with pytest.raises(ValueError, match="save the one that was trained"):
        fresh.save(tmp_path / "model")
