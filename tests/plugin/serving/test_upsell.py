"""The upsell of a product page: a better version or an add-on, by the merchant's bounds and live prices."""

import time
from typing import Any

import pytest

import recommender
from plugin.serving import proof
from plugin.store import shops
from recommender.blend import Blend
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, put_in_use, put_product, shown
from tests.recommender.tables import orders
from tests.recommender.test_upsells import BESIDE, TITLES, catalogue, moved

PRICES = {"s": 1000, "b": 1500, "c": 1200, "k": 200}


@pytest.fixture
def soaps(coffee: CoffeeShop) -> CoffeeShop:
    """Soap at 10.00, from which 7 customers moved to the big one at 15.00 and 5 to the loose one at 12.00;
    what costs 2.00 is bought with it.
    """
    for product_id in PRICES:
        price(coffee, product_id, PRICES[product_id])
    beside = [(f"dish {who}", 5.0, "sk") for who in range(8)]
    lines = orders([*moved(7, "s", "b"), *moved(5, "s", "c"), *beside, *BESIDE])
    put_in_use(coffee.runtime, coffee.shop_id, recommender.train(lines, catalogue(), blend=Blend()))
    return coffee


def price(shop: CoffeeShop, product_id: str, price_minor: int, stock: int | None = 5) -> None:
    variants = [{"variant_id": "v1", "price_minor": price_minor, "stock": stock}]
    categories = ["bath", "soap"] if product_id in "sbc" else ["kitchen"]
    put_product(
        shop.runtime,
        shop.shop_id,
        product_id,
        title=TITLES[product_id],
        variants=variants,
        categories=categories,
    )


def upsell(shop: CoffeeShop, **query: Any) -> Any:
    shop.live.refresh()
    whole = {"placement": "product", "product": "s", "kind": "upsell"} | query
    return ask(shop.client, shop.keys.public, **whole)


def settle(shop: CoffeeShop, **changes: Any) -> None:
    with shop.runtime.database.write() as connection:
        shops.change_settings(connection, shop.shop_id, changes)


def test_a_better_version_comes_with_its_price_and_its_reason(soaps: CoffeeShop) -> None:
    answer = upsell(soaps).json
    (item,) = answer["items"]
    assert (answer["strategy"], answer["title"]) == ("upsell", "Worth considering")
    assert (item["product_id"], item["price_minor"], item["more_minor"]) == ("b", 1500, 500)
    assert item["silence_days"] == 7
    assert item["reason"]["text"] == f"Chosen by 7 customers who had bought {TITLES['s']} before"
    assert item["reason"]["evidence"] == {"customers": 7, "kept_percent": 100, "product_id": "s"}


def test_it_says_so_in_four_languages(soaps: CoffeeShop) -> None:
    texts = [upsell(soaps, lang=lang).json["items"][0]["reason"]["text"] for lang in ("en", "es", "it", "zh")]
    assert len(set(texts)) == 4
    assert all("7" in text and TITLES["s"] in text for text in texts)


def test_prices_and_stock_are_of_now_and_a_cheaper_one_is_no_better_one(soaps: CoffeeShop) -> None:
    price(soaps, "b", 1700)
    assert shown(upsell(soaps)) == ["c"]
    price(soaps, "b", 900)
    assert shown(upsell(soaps)) == ["c"]
    price(soaps, "c", 1200, stock=0)
    assert shown(upsell(soaps)) == ["k"]


def test_the_merchant_sets_the_step_and_where_there_is_none(soaps: CoffeeShop) -> None:
    settle(soaps, upsells={"greatest_share": 1.3})
    assert shown(upsell(soaps)) == ["c"]
    settle(soaps, upsells={"least_share": 1.25})
    assert shown(upsell(soaps)) == ["k"]
    settle(soaps, upsells={"add_on_share": 0.0})
    assert upsell(soaps).json["strategy"] == "empty"
    settle(soaps, upsells={"least_share": 1.1, "greatest_share": 1.6, "add_on_share": 0.25})
    settle(soaps, no_upsell_categories=["soap"])
    assert shown(upsell(soaps)) == []


def test_bounds_that_leave_no_room_are_refused(soaps: CoffeeShop) -> None:
    headers = {"Authorization": f"Bearer {soaps.keys.secret}"}
    wrong = {"upsells": {"least_share": 1.7}}
    answer = soaps.client.patch("/v1/settings", json=wrong, headers=headers)
    assert answer.json is not None
    assert answer.json["reason"] == "invalid_settings"
    assert set(answer.json["errors"]) == {"upsells.greatest_share"}


def test_an_add_on_tells_what_it_is_bought_with(soaps: CoffeeShop) -> None:
    settle(soaps, upsells={"greatest_share": 1.1})
    (item,) = upsell(soaps).json["items"]
    assert item["product_id"] == "k"
    assert item["reason"]["kind"] == "bought_together"
    assert item["more_minor"] is None


def test_after_a_refusal_a_cheaper_one_and_then_silence(soaps: CoffeeShop) -> None:
    assert shown(upsell(soaps, refused="b")) == ["c"]
    assert shown(upsell(soaps, refused="c")) == ["k"]
    assert upsell(soaps, refused="b,c").json["strategy"] == "empty"


def test_what_has_several_prices_has_no_step(soaps: CoffeeShop) -> None:
    variants = [
        {"variant_id": "v1", "price_minor": 1000, "stock": 5},
        {"variant_id": "v2", "price_minor": 900, "stock": 5},
    ]
    put_product(soaps.runtime, soaps.shop_id, "s", title=TITLES["s"], variants=variants)
    assert shown(upsell(soaps)) == []


def test_what_is_in_the_cart_already_or_excluded_is_not_shown(soaps: CoffeeShop) -> None:
    assert shown(upsell(soaps, cart="b:1")) == ["c"]
    settle(soaps, excluded_product_ids=["c"])
    assert shown(upsell(soaps, cart="b:1")) == ["k"]


def test_where_nothing_is_known_it_is_silent(soaps: CoffeeShop) -> None:
    for product in ("b", "nobody-sells-this"):
        assert upsell(soaps, product=product).json["strategy"] == "empty"
    of_a_cart = ask(soaps.client, soaps.keys.public, kind="upsell", cart="s:1")
    assert of_a_cart.status_code == 422


def test_it_is_the_same_for_a_known_customer(soaps: CoffeeShop) -> None:
    statement = proof.customer_statement(soaps.shop_id, "sb 1")
    proved = proof.signed(soaps.keys.signing.encode(), statement, int(time.time()) + 600)
    known = upsell(soaps, consent="personal", customer_id="sb 1", customer_proof=proved).json
    assert known["items"] == upsell(soaps).json["items"]
    assert known["personal"] is None


def test_the_merchant_is_told_why_and_what_was_left_out(soaps: CoffeeShop) -> None:
    settle(soaps, upsells={"greatest_share": 1.3})
    told = soaps.client.get(
        "/v1/explain?placement=product&product=s&kind=upsell",
        headers={"Authorization": f"Bearer {soaps.keys.secret}"},
    )
    soaps.live.refresh()
    assert told.json is not None
    (item,) = told.json["items"]
    assert item["product_id"] == "c"
    assert item["merchant"][0].startswith("5 customers who had bought")
    assert item["merchant"][1] == "Of its buyers 100 % returned none of it."
    assert {each["product_id"]: each["rule"] for each in told.json["dropped"]} == {
        "b": "price_step",
        "k": "below",
    }
