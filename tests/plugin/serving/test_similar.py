"""What is bought instead of a product, as its page is told: under the same rules, the same for everybody."""

import time
from typing import Any

import polars as pl
import pytest

from plugin.serving import proof
from plugin.store import shops
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, publish, put_product, shown

TEAS = {"tea": "Green tea", "sencha": "Green tea Sencha", "bancha": "Green tea Bancha", "cup": "Cup"}


@pytest.fixture
def teas(coffee: CoffeeShop) -> CoffeeShop:
    """The coffee shop with three green teas, each bought with a cup, and a model in use."""
    for product_id, title in TEAS.items():
        put_product(coffee.runtime, coffee.shop_id, product_id, title=title)
    catalogue = pl.DataFrame({"product_id": [*TEAS], "title": [*TEAS.values()]})
    pairs = [(each, "cup") for each in TEAS if each != "cup"]
    publish(coffee.runtime, coffee.shop_id, pairs, times=20, products=catalogue)
    return coffee


def similar(shop: CoffeeShop, **query: Any) -> Any:
    shop.live.refresh()
    whole = {"placement": "product", "product": "tea", "kind": "similar"} | query
    return ask(shop.client, shop.keys.public, **whole)


def settle(shop: CoffeeShop, **changes: Any) -> None:
    with shop.runtime.database.write() as connection:
        shops.change_settings(connection, shop.shop_id, changes)


def test_a_product_page_shows_what_is_bought_instead_and_says_why(teas: CoffeeShop) -> None:
    answer = similar(teas)
    assert set(shown(answer)) == {"sencha", "bancha"}
    assert (answer.json["strategy"], answer.json["placement"]) == ("similar", "product")
    reasons = [each["reason"] for each in answer.json["items"]]
    assert {(each["kind"], each["text"]) for each in reasons} == {("likeness", "Similar to Green tea")}
    assert {each["evidence"]["product_id"] for each in reasons} == {"tea"}


@pytest.mark.parametrize("given", [{}, {"kind": "complement"}])
def test_else_it_shows_what_goes_with_the_product(teas: CoffeeShop, given: dict[str, str]) -> None:
    similar(teas)
    teas.live.refresh()
    answer = ask(teas.client, teas.keys.public, placement="product", product="tea", limit=1, **given)
    assert shown(answer) == ["cup"]
    assert answer.json is not None
    assert (answer.json["strategy"], answer.json["title"]) == ("bought_together", None)


def test_the_shops_rules_hold_for_it_as_they_are_now(teas: CoffeeShop) -> None:
    assert set(shown(similar(teas))) == {"sencha", "bancha"}
    assert shown(similar(teas, cart="sencha:1")) == ["bancha"]
    settle(teas, excluded_product_ids=["bancha"])
    assert shown(similar(teas)) == ["sencha"]
    put_product(teas.runtime, teas.shop_id, "sencha", visible=False)
    answer = similar(teas)
    assert (shown(answer), answer.json["strategy"]) == ([], "empty")


def test_its_limit_is_the_placements_and_its_title_its_own(teas: CoffeeShop) -> None:
    settle(teas, placements={"product": {"title": "Goes well with it", "limit": 1}})
    assert len(shown(similar(teas))) == 1
    titles = [similar(teas, lang=lang).json["title"] for lang in ("en", "es-MX", "it", "zh-Hans")]
    assert titles == ["Similar products", "Productos parecidos", "Prodotti simili", "类似商品"]
    settle(teas, stopped=True)
    assert similar(teas).json["strategy"] == "stopped"


def test_the_merchant_is_told_the_same_list_and_why(teas: CoffeeShop) -> None:
    settle(teas, excluded_product_ids=["bancha"])
    listed = similar(teas).json["items"]
    told = teas.client.get(
        "/v1/explain?placement=product&product=tea&kind=similar&customer_id=c1",
        headers={"Authorization": f"Bearer {teas.keys.secret}"},
    ).json
    assert told is not None
    assert [each["reason"] for each in told["items"]] == [each["reason"] for each in listed]
    assert [each["contributions"][0]["source"] for each in told["items"]] == ["likeness"]
    assert {"bancha": "excluded"}.items() <= {
        each["product_id"]: each["rule"] for each in told["dropped"]
    }.items()
    assert told["customer"] is None


@pytest.mark.parametrize("product", ["cup", "beans", "nobody-sells-this"])
def test_where_nothing_is_similar_the_list_is_empty_and_says_so(teas: CoffeeShop, product: str) -> None:
    answer = similar(teas, product=product)
    assert (shown(answer), answer.json["strategy"]) == ([], "empty")


def test_without_a_model_it_is_empty(coffee: CoffeeShop) -> None:
    assert similar(coffee).json["strategy"] == "empty"


def test_it_needs_a_product_and_a_known_kind(teas: CoffeeShop) -> None:
    query = {"placement": "cart", "cart": "tea:1"}
    for given in ({"kind": "similar"}, {"kind": "alike", "product": "tea"}):
        answer = ask(teas.client, teas.keys.public, **query, **given)
        assert answer.status_code == 422
        assert answer.json is not None
        assert set(answer.json["errors"]) == {"kind"}


def test_it_is_the_same_for_a_known_customer(teas: CoffeeShop) -> None:
    statement = proof.customer_statement(teas.shop_id, "c1-1")
    proved = proof.signed(teas.keys.signing.encode(), statement, int(time.time()) + 600)
    known = {"consent": "personal", "customer_id": "c1-1", "customer_proof": proved}
    with_history = similar(teas, kind="complement", **known).json
    assert with_history["personal"] is not None
    answer = similar(teas, **known).json
    assert answer["items"] == similar(teas).json["items"]
    assert (answer["strategy"], answer["personal"]) == ("similar", None)
