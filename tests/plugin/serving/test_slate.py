"""What is in a slate: the model's candidates under the shop's live rules."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.serving import preview, proof
from plugin.store import customers, orders, products, shops
from tests.conftest import NOW
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, publish, put_product, shown


@pytest.fixture
def trained(coffee: CoffeeShop) -> CoffeeShop:
    """The coffee shop with a model in use."""
    publish(coffee.runtime, coffee.shop_id)
    return coffee


def carts_answer(shop: CoffeeShop, **query: Any) -> Any:
    shop.live.refresh()
    return ask(shop.client, shop.keys.public, **({"cart": "beans:1"} | query))


def settle(shop: CoffeeShop, **changes: Any) -> None:
    with shop.runtime.database.write() as connection:
        shops.change_settings(connection, shop.shop_id, changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"visible": False},
        {"deleted": True},
        {"variants": [{"variant_id": "v1", "price_minor": 1250, "stock": 0}]},
        {"variants": [{"variant_id": "v1", "price_minor": None, "stock": 3}]},
    ],
    ids=["hidden", "deleted", "out of stock", "no price"],
)
def test_what_cannot_be_bought_now_is_not_shown(trained: CoffeeShop, changes: dict[str, Any]) -> None:
    assert "grinder" in shown(carts_answer(trained))
    put_product(trained.runtime, trained.shop_id, "grinder", **changes)
    answer = shown(carts_answer(trained))
    assert "grinder" not in answer
    assert "filter" in answer


def test_a_product_is_in_stock_when_one_variant_is_and_costs_what_that_one_costs(trained: CoffeeShop) -> None:
    variants = [
        {"variant_id": "small", "price_minor": 900, "stock": 0},
        {"variant_id": "large", "price_minor": 1500, "stock": 2},
        {"variant_id": "huge", "price_minor": 2900, "stock": None},
    ]
    put_product(trained.runtime, trained.shop_id, "grinder", variants=variants)
    item = carts_answer(trained).json["items"][0]
    assert (item["product_id"], item["price_minor"], item["variant_id"]) == ("grinder", 1500, None)


def test_what_is_in_the_cart_in_any_variant_is_not_shown(trained: CoffeeShop) -> None:
    assert {"grinder", "beans"}.isdisjoint(shown(carts_answer(trained, cart="beans:1,grinder/v9:2")))


def test_what_the_merchant_excludes_is_not_shown(trained: CoffeeShop) -> None:
    settle(trained, excluded_product_ids=["grinder"])
    assert "grinder" not in shown(carts_answer(trained))


def test_where_the_rules_leave_little_more_candidates_are_looked_at(trained: CoffeeShop) -> None:
    """Forty better ones are hidden; the one left is found all the same."""
    many = [(f"best{n}", "mug") for n in range(40)] * 2 + [("last", "mug")]
    for product_id in ("mug", "last"):
        put_product(trained.runtime, trained.shop_id, product_id)
    publish(trained.runtime, trained.shop_id, many)
    assert shown(carts_answer(trained, cart="mug:1")) == ["last"]


def test_a_product_page_shows_what_goes_with_its_product(trained: CoffeeShop) -> None:
    answer = carts_answer(trained, placement="product", cart="tea:1", product="beans", limit=2)
    assert shown(answer) == ["grinder", "filter"]


def test_an_empty_cart_is_answered_with_what_is_popular(trained: CoffeeShop) -> None:
    answer = carts_answer(trained, cart="", limit=1)
    assert answer.json["strategy"] == "popular"
    assert answer.json["items"][0]["reason"]["text"] == "Popular in this shop"
    assert shown(answer) == ["beans"]


def test_unknown_products_are_ignored(trained: CoffeeShop) -> None:
    assert shown(carts_answer(trained, cart="nothing:1,beans:1", limit=1)) == ["grinder"]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("es-MX", "Se compra a menudo con Espresso Beans"),
        ("it", "Acquistato spesso con Espresso Beans"),
        ("zh-Hans", "常与“Espresso Beans”一起购买"),
        ("fr", "Often bought with Espresso Beans"),
    ],
)
def test_reasons_are_told_in_the_asked_language_or_the_shops(
    trained: CoffeeShop, lang: str, text: str
) -> None:
    assert carts_answer(trained, lang=lang).json["items"][0]["reason"]["text"] == text


def test_the_merchants_title_and_limit_are_the_placements_own(trained: CoffeeShop) -> None:
    assert carts_answer(trained).json["title"] is None
    settle(trained, placements={"cart": {"title": "Goes well with it", "limit": 1}})
    answer = carts_answer(trained)
    assert answer.json["title"] == "Goes well with it"
    assert len(shown(answer)) == 1


@pytest.mark.parametrize(
    "changes", [{"stopped": True}, {"placements": {"cart": {"on": False}}}, {"only_me": True}]
)
def test_a_silent_widget_gets_an_empty_answer_that_says_so(
    trained: CoffeeShop, changes: dict[str, Any]
) -> None:
    settle(trained, **changes)
    answer = carts_answer(trained)
    assert shown(answer) == []
    assert answer.json["strategy"] == "stopped"


def test_only_me_shows_to_the_holder_of_a_preview_link_alone(trained: CoffeeShop) -> None:
    settle(trained, only_me=True, holdout_share=0.5)
    runtime, shop_id = trained.runtime, trained.shop_id
    good = preview.make(runtime.vault, shop_id, int(time.time()) + 60)
    lapsed = preview.make(runtime.vault, shop_id, int(time.time()) - 1)
    others = preview.make(runtime.vault, "shop_other", int(time.time()) + 60)
    answer = carts_answer(trained, preview=good, consent="personal", visitor_id="anyone")
    assert shown(answer)
    assert answer.json["arm"] is None
    assert shown(carts_answer(trained, preview=lapsed)) == []
    assert shown(carts_answer(trained, preview=others)) == []


def test_a_tenth_of_consenting_visitors_is_holdout_for_good(trained: CoffeeShop) -> None:
    def arms() -> list[str]:
        visitors = (f"visitor-{n}" for n in range(400))
        return [carts_answer(trained, consent="personal", visitor_id=each).json["arm"] for each in visitors]

    first = arms()
    assert 20 < first.count("holdout") < 65
    assert first.count("holdout") + first.count("encore") == 400
    assert arms() == first


def test_a_holdout_slate_comes_with_its_items(trained: CoffeeShop) -> None:
    settle(trained, holdout_share=0.5)
    answers = [carts_answer(trained, consent="personal", visitor_id=f"v{n}") for n in range(20)]
    assert {answer.json["arm"] for answer in answers} == {"encore", "holdout"}
    assert all(shown(answer) for answer in answers)


def test_without_consent_there_is_no_arm_and_no_history(trained: CoffeeShop) -> None:
    asked = {"visitor_id": "v1", "customer_id": "c0-1", "customer_proof": proved(trained, "c0-1"), "cart": ""}
    answer = carts_answer(trained, **asked)
    assert answer.json["arm"] is None
    assert answer.json["strategy"] == "popular"


def proved(shop: CoffeeShop, customer_id: str, ahead_seconds: int = 3600) -> str:
    statement = proof.customer_statement(shop.shop_id, customer_id)
    return proof.signed(shop.keys.signing.encode(), statement, int(time.time()) + ahead_seconds)


def personal(shop: CoffeeShop, customer_id: str) -> Any:
    who = {"customer_id": customer_id, "customer_proof": proved(shop, customer_id)}
    return carts_answer(shop, cart="", consent="personal", **who)


def test_a_proved_customer_is_answered_from_their_history(trained: CoffeeShop) -> None:
    answer = personal(trained, "c4-1")
    assert answer.json["strategy"] == "personal"
    assert set(shown(answer)[:2]) == {"tea", "cup"}
    assert answer.json["items"][0]["reason"]["text"] == "You have bought this before"
    assert answer.json["items"][0]["reason"]["evidence"]["orders"] == 1


def test_who_withdraws_consent_or_is_erased_gets_no_answer_from_their_history(trained: CoffeeShop) -> None:
    assert personal(trained, "c4-1").json["strategy"] == "personal"
    runtime, shop_id, now = trained.runtime, trained.shop_id, datetime.now(UTC)
    withdrawn = {"customer_id": "c4-1", "consent": {"personal": False, "mail": False, "at": now}}
    with runtime.database.write() as connection:
        customers.put(connection, runtime.vault, shop_id, withdrawn, now)
        orders.put(connection, shop_id, order_of("c4-2"), now)
        customers.erase(connection, shop_id, "c4-2", now)
    trained.live.refresh_people()
    assert personal(trained, "c4-1").json["strategy"] == "popular"
    assert personal(trained, "c4-2").json["strategy"] == "popular"
    assert personal(trained, "c4-3").json["strategy"] == "personal"


def order_of(customer_id: str) -> dict[str, Any]:
    return {
        "order_id": f"new-{customer_id}",
        "ordered_at": NOW,
        "customer_id": customer_id,
        "lines": [{"product_id": "tea", "quantity": 1}],
    }


def test_text_of_the_shop_stays_the_text_it_is(trained: CoffeeShop) -> None:
    title = """<script>alert("1")</script> '); DROP TABLE shops; -- \\u2028"""
    row = {
        "product_id": "grinder",
        "title": title,
        "url": "javascript:alert(1)",
        "variants": [{"variant_id": "<b>'", "price_minor": 5, "stock": 1}],
    }
    with trained.runtime.database.write() as connection:
        products.put(connection, trained.shop_id, row, NOW)
    answer = carts_answer(trained, limit=1)
    item = answer.json["items"][0]
    assert (item["title"], item["variant_id"], item["url"]) == (title, "<b>'", None)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def mark_sensitive(shop: CoffeeShop, product_id: str) -> None:
    put_product(shop.runtime, shop.shop_id, product_id, categories=["Kitchen", "Health"])
    settle(shop, sensitive_categories=["Health"])


def test_a_sensitive_product_leaves_personal_answers_at_once_and_only_these(trained: CoffeeShop) -> None:
    assert "tea" in shown(personal(trained, "c4-1"))
    mark_sensitive(trained, "tea")
    answer = personal(trained, "c4-1")
    assert "cup" in shown(answer)
    assert "tea" not in shown(answer)
    assert shown(carts_answer(trained, cart="cup:1"))[0] == "tea"  # nobody's history, and in plain sight


def test_no_reason_of_a_personal_answer_names_a_sensitive_product(trained: CoffeeShop) -> None:
    mark_sensitive(trained, "beans")
    who = {"customer_id": "c4-1", "customer_proof": proved(trained, "c4-1"), "consent": "personal"}
    answer = carts_answer(trained, cart="beans:1,tea:1", **who)
    assert shown(answer)[0] == "cup"
    assert "Espresso Beans" not in answer.text


@pytest.mark.parametrize(
    ("lang", "why"), [("en", "Why this?"), ("es", "¿Por qué esto?"), ("it", "Perché questo?")]
)
def test_a_personal_answer_brings_the_words_that_explain_and_end_it(
    trained: CoffeeShop, lang: str, why: str
) -> None:
    who = {"customer_id": "c4-1", "customer_proof": proved(trained, "c4-1"), "lang": lang}
    assert carts_answer(trained, consent="personal", **who).json["personal"]["why"] == why
    assert carts_answer(trained, consent="none", **who).json["personal"] is None
    assert carts_answer(trained).json["personal"] is None
