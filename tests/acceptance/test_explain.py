"""Why a slate is as it is, told to the merchant: the same list, the facts behind it, and what is left out."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

import recommender
from plugin.runtime import Runtime
from plugin.store.shops import ShopKeys
from recommender.blend import Blend
from recommender.features import FEATURES
from recommender.trees import Trees
from tests.acceptance.coffee import Coffee, ids, opened
from tests.conftest import add_shop
from tests.plugin.storefront import (
    COFFEE,
    TITLES,
    keep_orders,
    orders,
    publish,
    put_in_use,
    put_product,
    sell_out,
)

KEPT_OUT = {
    "hidden": {"visible": False},
    "unknown": {"deleted": True},
    "no_price": {"variants": [{"variant_id": "v1", "price_minor": None, "stock": 3}]},
}


@pytest.fixture
def coffee(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[Coffee]:
    with opened(runtime, shop) as one:
        yield one


def explain(coffee: Coffee, **query: Any) -> Any:
    return coffee.server("GET", "/v1/explain", query_string=query)


def dropped(told: Any) -> dict[str, str]:
    return {each["product_id"]: each["rule"] for each in told["dropped"]}


@pytest.mark.parametrize(
    "query",
    [
        {"cart": "beans:1"},
        {"cart": ""},
        {"cart": "beans:1,tea:2", "limit": 3},
        {"placement": "product", "product": "beans", "cart": "grinder:1"},
        {"cart": "beans:1", "customer_id": "c4-1"},
        {"placement": "home", "customer_id": "c4-1", "limit": 1},
        {"cart": "nothing:1", "customer_id": "nobody"},
    ],
)
def test_the_merchant_sees_the_list_that_the_shopper_sees(coffee: Coffee, query: dict[str, Any]) -> None:
    sell_out(coffee.runtime, coffee.shop_id, "filter")
    coffee.server("PATCH", "/v1/settings", json={"excluded_product_ids": ["kettle"]})
    coffee.live.refresh_news()  # else it may happen between the two
    told, shown = explain(coffee, **query), coffee.slate(**query)
    assert ids(told) == ids(shown)
    assert [each["reason"] for each in told["items"]] == [each["reason"] for each in shown["items"]]
    assert {"filter", "kettle"}.isdisjoint(ids(told))


def test_the_facts_behind_a_pair_are_told(coffee: Coffee) -> None:
    first = explain(coffee, cart="beans:1")["items"][0]
    assert first["product_id"] == "grinder"
    pair = first["pair"]
    assert (pair["product_id"], pair["title"]) == ("beans", "Espresso Beans")
    assert (pair["orders_with_both"], pair["orders_with_cart_product"], pair["customers"]) == (12, 18, 12)
    assert (pair["orders_with_suggested"], pair["n_orders"]) == (12, 30)
    assert pair["lift"] == pytest.approx(12 * 30 / (18 * 12))
    low, high = pair["lift_interval"]
    assert low < pair["lift"] < high
    assert pair["last_together_at"] == "2026-03-02T12:00:00+00:00"
    assert first["merchant"] == [
        "In 12 of the 18 orders with Espresso Beans, by 12 customers.",
        "1.67 times as often together as by chance (95 % interval: 0.96 to 2.88).",
        "Last bought together on Mar 2, 2026.",
    ]
    assert sum(each["share"] for each in first["contributions"]) == pytest.approx(1)


def test_what_each_source_added_and_how_sure_it_is(coffee: Coffee) -> None:
    known = explain(coffee, cart="beans:1", customer_id="c1-1")["items"]
    grinder = next(each for each in known if each["product_id"] == "grinder")
    shares = {each["source"]: each["share"] for each in grinder["contributions"]}
    assert {"bought_together", "own_purchases"} <= set(shares)
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert [each["grade"] for each in explain(coffee, cart="beans:1")["items"]][:2] == ["C", "D"]
    keep_orders(coffee.runtime, coffee.shop_id, [*COFFEE, *[("tea", "cup")] * 3], times=9)
    publish(coffee.runtime, coffee.shop_id, [*COFFEE, *[("tea", "cup")] * 3], times=9)
    coffee.live.refresh()
    assert explain(coffee, cart="cup:1")["items"][0]["grade"] == "B"


def test_what_the_learned_ranker_added_or_took_is_told_in_every_language(coffee: Coffee) -> None:
    seconds = Trees(((FEATURES.index("place"),),), ((0.5,),), ((-0.05, 0.01),))
    publish(coffee.runtime, coffee.shop_id, settings={"blend": Blend(trees=(seconds, Trees()))})
    coffee.live.refresh()
    told = {each["product_id"]: each["contributions"] for each in explain(coffee, cart="beans:1")["items"]}
    share = {name: {each["source"]: each["share"] for each in given} for name, given in told.items()}
    assert share["grinder"]["learned_ranker"] < 0 < share["grinder"]["bought_together"]
    assert share["filter"]["learned_ranker"] > 0
    assert sum(map(abs, share["grinder"].values())) == pytest.approx(1)
    names = []
    for lang in ("en", "es", "it", "zh"):
        given = explain(coffee, cart="beans:1", lang=lang)["items"][0]["contributions"]
        names += [each["name"] for each in given if each["source"] == "learned_ranker"]
    assert names == ["learned order", "orden aprendido", "ordine appreso", "学到的排序"]


@pytest.mark.parametrize("objective", ["revenue", "margin"])
def test_the_rules_that_order_the_list_are_told(coffee: Coffee, objective: str) -> None:
    assert explain(coffee, cart="beans:1")["items"][0]["rules"] == []
    publish(coffee.runtime, coffee.shop_id, settings={"objective": objective, "diversity": 0.5})
    coffee.live.refresh()
    words = []
    for lang in ("en", "es", "it", "zh"):
        rules = explain(coffee, cart="beans:1", lang=lang)["items"][0]["rules"]
        assert [each["rule"] for each in rules] == [objective, "diversity"]
        words += [each["text"] for each in rules]
    assert len(set(words)) == 8
    assert not {objective, "diversity"} & set(words)


def test_a_mixed_list_is_the_shoppers_too(coffee: Coffee) -> None:
    many = [f"x{n:02}" for n in range(40)]
    pairs = [("beans", each) for each in many * 2] + [("beans", "other")]
    for each in (*many, "other"):
        put_product(coffee.runtime, coffee.shop_id, each)
    categories = [["X"]] * len(many) + [["Y"]]
    products = pl.DataFrame({"product_id": [*many, "other"], "categories": categories})
    settings = {"diversity": 1.0}
    publish(coffee.runtime, coffee.shop_id, pairs, times=4, products=products, settings=settings)
    coffee.live.refresh()
    for limit in (1, 2, 3, 12):
        query: dict[str, Any] = {"cart": "beans:1", "limit": limit}
        assert ids(explain(coffee, **query)) == ids(coffee.slate(**query))


@pytest.mark.parametrize("lang", ["en", "es", "it", "zh"])
def test_what_the_model_itself_left_out_is_told_once_each(coffee: Coffee, lang: str) -> None:
    categories = [["Kettles"] if each == "kettle" else ["Other"] for each in TITLES]
    products = pl.DataFrame({"product_id": [*TITLES], "categories": categories})
    once = {"bought_once_categories": ["Kettles"]}
    publish(coffee.runtime, coffee.shop_id, products=products, settings=once)
    coffee.live.refresh()
    bought = explain(coffee, cart="scale:1", customer_id="c3-1", limit=2, lang=lang)
    often = orders([*COFFEE, ("tea", "cup"), ("tea", "cup")])
    seldom = orders([("scale", "filter")], times=2).with_columns(order_id="seldom-" + pl.col("order_id"))
    put_in_use(coffee.runtime, coffee.shop_id, recommender.train(pl.concat([often, seldom])))
    coffee.live.refresh()
    weak = explain(coffee, cart="scale:1", limit=1, lang=lang)
    assert {"kettle": "bought_once", "scale": "in_cart"}.items() <= dropped(bought).items()
    assert dropped(weak)["filter"] == "weak_pair"
    for told in (bought, weak):
        assert len(told["dropped"]) == len(dropped(told))
        assert dropped(told).keys().isdisjoint(ids(told))
        assert all(each["text"] != each["rule"] and each["title"] for each in told["dropped"])


def test_no_rule_crowds_the_others_out(coffee: Coffee) -> None:
    many = [f"x{n:02}" for n in range(60)]
    publish(coffee.runtime, coffee.shop_id, [("beans", each) for each in [*many, "filter"]], times=3)
    sell_out(coffee.runtime, coffee.shop_id, "filter")
    coffee.live.refresh()
    told = dropped(explain(coffee, cart="beans:1"))
    assert list(told.values()).count("unknown") == 20
    assert (told["filter"], told["beans"]) == ("out_of_stock", "in_cart")


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("es", "En 12 de los 18 pedidos con Espresso Beans, de 12 clientes."),
        ("it", "In 12 dei 18 ordini con Espresso Beans, di 12 clienti."),
        ("zh", "在含“Espresso Beans”的 18 笔订单中有 12 笔，来自 12 位顾客。"),
    ],
)
def test_it_is_told_in_four_languages(coffee: Coffee, lang: str, sentence: str) -> None:
    sell_out(coffee.runtime, coffee.shop_id, "filter")
    told = explain(coffee, cart="beans:1", lang=lang)
    assert told["items"][0]["merchant"][0] == sentence
    english = explain(coffee, cart="beans:1")
    for own, other in zip(told["dropped"], english["dropped"], strict=True):
        assert (own["rule"], own["product_id"]) == (other["rule"], other["product_id"])
        assert own["text"] != other["text"]


@pytest.mark.parametrize("rule", KEPT_OUT)
def test_what_cannot_be_bought_is_dropped_with_its_reason(coffee: Coffee, rule: str) -> None:
    put_product(coffee.runtime, coffee.shop_id, "grinder", **KEPT_OUT[rule])
    assert dropped(explain(coffee, cart="beans:1"))["grinder"] == rule


def test_every_live_rule_says_what_it_dropped(coffee: Coffee) -> None:
    sell_out(coffee.runtime, coffee.shop_id, "filter")
    coffee.server("PATCH", "/v1/settings", json={"excluded_product_ids": ["grinder"]})
    found = dropped(explain(coffee, cart="beans:1", limit=1))
    assert (found["filter"], found["grinder"]) == ("out_of_stock", "excluded")
    assert "below" in found.values()
    on_page = explain(coffee, placement="product", product="beans", cart="filter:1")
    assert dropped(on_page)["filter"] == "in_cart"


def test_sensitive_products_are_dropped_for_a_customer_alone(coffee: Coffee) -> None:
    put_product(coffee.runtime, coffee.shop_id, "tea", categories=["Health"])
    coffee.server("PATCH", "/v1/settings", json={"sensitive_categories": ["Health"]})
    assert dropped(explain(coffee, customer_id="c4-1"))["tea"] == "sensitive"
    assert "tea" in ids(explain(coffee, cart="cup:1"))


def test_who_withdrew_is_explained_as_anybody(coffee: Coffee) -> None:
    assert explain(coffee, customer_id="c4-1")["customer"]["rule"] == "history_used"
    withdrawn = {"customer_id": "c4-1", "consent": {"personal": False, "at": "2026-03-03T00:00:00Z"}}
    coffee.server("PUT", "/v1/customers", json=[withdrawn])
    told = explain(coffee, customer_id="c4-1")
    assert told["customer"]["rule"] == "history_withdrawn"
    assert ids(told) == ids(explain(coffee))
    assert explain(coffee, customer_id="c4-2", consent="none")["customer"]["rule"] == "history_unasked"
    assert explain(coffee)["customer"] is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"stopped": True}, "stopped"),
        ({"only_me": True}, "only_me"),
        ({"placements": {"cart": {"on": False}}}, "placement_off"),
    ],
)
def test_what_silences_the_widget_is_said_and_the_list_told_all_the_same(
    coffee: Coffee, changes: dict[str, Any], rule: str
) -> None:
    assert explain(coffee, cart="beans:1")["silent"] is None
    coffee.server("PATCH", "/v1/settings", json=changes)
    told = explain(coffee, cart="beans:1")
    assert told["silent"]["rule"] == rule
    assert ids(told)[0] == "grinder"


@pytest.mark.parametrize(("customers", "told"), [(2, False), (3, True)])
def test_a_pair_of_fewer_than_three_customers_is_no_reason(
    coffee: Coffee, customers: int, told: bool
) -> None:
    keep_orders(coffee.runtime, coffee.shop_id, [("scale", "tea")], times=customers)
    publish(coffee.runtime, coffee.shop_id, [("scale", "tea")], times=customers)
    coffee.live.refresh()
    items = explain(coffee, cart="scale:1", customer_id="c0-0")["items"]
    assert any(each["pair"] for each in items) is told
    for reasons in (items, coffee.slate(cart="scale:1")["items"], coffee.slate(cart="tea:1")["items"]):
        assert any(each["reason"]["kind"] == "bought_together" for each in reasons) is told


def test_nobody_else_is_told(coffee: Coffee, runtime: Runtime) -> None:
    for headers in ({}, {"Authorization": f"Bearer {coffee.keys.public}"}):
        assert coffee.client.get("/v1/explain?cart=beans:1", headers=headers).status_code == 401
    _, others = add_shop(runtime)
    headers = {"Authorization": f"Bearer {others.secret}"}
    told = coffee.client.get("/v1/explain?cart=beans:1&customer_id=c4-1", headers=headers).json
    assert told is not None
    assert (told["items"], told["dropped"], told["silent"]["rule"]) == ([], [], "no_model")


@pytest.mark.parametrize("query", ["placement=cellar", "cart=x", "limit=0", "consent=yes", "customer_id="])
def test_a_wrong_question_is_refused(coffee: Coffee, query: str) -> None:
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}
    refused = coffee.client.get(f"/v1/explain?{query}", headers=headers)
    assert refused.status_code == 422
    assert refused.json is not None
    assert query.split("=")[0] in refused.json["errors"]
