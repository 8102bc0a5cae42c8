"""GET /v1/recommendations as a shop's page sees it."""

import pytest

from plugin.api import storefront
from plugin.api.storefront import kept_question
from plugin.serving.slate import Answer
from tests.conftest import ORIGIN
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, publish, shown


def test_without_a_model_the_answer_is_an_empty_list_that_says_so(coffee: CoffeeShop) -> None:
    answer = ask(coffee.client, coffee.keys.public, cart="beans:1")
    assert shown(answer) == []
    assert answer.json is not None
    assert answer.json["strategy"] == "empty"


def test_what_an_unknown_caller_asks_at_length_is_not_kept(coffee: CoffeeShop) -> None:
    before = kept_question.cache_info().currsize
    long = ",".join(f"{'p' * 190}{n}:1" for n in range(20))
    assert ask(coffee.client, "pk_nobodys", cart=long).status_code == 401
    assert kept_question.cache_info().currsize == before
    assert ask(coffee.client, coffee.keys.public, cart="x" * 190 + ":1").status_code == 200
    assert kept_question.cache_info().currsize == before + 1


def test_a_long_cart_is_answered_as_a_short_one(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    long = ",".join(["beans:1", *(f"{'p' * 100}{n}:1" for n in range(50))])
    assert shown(ask(coffee.client, coffee.keys.public, cart=long, limit=1)) == ["grinder"]


def test_half_a_character_in_an_answer_does_not_stop_it(
    coffee: CoffeeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storefront.slate, "serve", lambda *_: Answer("empty", '{"title":"\ud800"}'))
    answer = ask(coffee.client, coffee.keys.public, cart="beans:1")
    assert (answer.status_code, answer.json) == (200, {"title": "?"})


def test_the_cart_may_stand_anywhere_in_the_question_and_every_fault_is_told(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    path = f"/v1/recommendations?cart=beans%3A1&key={coffee.keys.public}&placement=cart&limit=1"
    for whole in (
        path,
        path.replace("cart=beans", "cart=&cart=beans"),
        path.replace("cart=beans", "c%61rt=beans"),
    ):
        assert shown(coffee.client.get(whole, headers={"Origin": ORIGIN})) == ["grinder"]
    wrong = path.replace("beans%3A1", "beans%3A-1").replace("limit=1", "limit=x")
    answer = coffee.client.get(wrong, headers={"Origin": ORIGIN})
    assert answer.json is not None
    assert (answer.status_code, set(answer.json["errors"])) == (422, {"cart", "limit"})


def test_the_cart_shows_what_goes_with_it_and_says_why(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    answer = ask(coffee.client, coffee.keys.public, cart="beans:1", limit=2)
    assert shown(answer) == ["grinder", "filter"]
    assert answer.json is not None
    assert answer.json["strategy"] == "bought_together"
    assert answer.json["items"][0] == {
        "product_id": "grinder",
        "variant_id": "v1",
        "title": "Hand Grinder",
        "url": "https://shop.example/p/grinder",
        "image_url": None,
        "price_minor": 1250,
        "currency": "EUR",
        "reason": {
            "kind": "bought_together",
            "text": "Often bought with Espresso Beans",
            "evidence": {
                "product_id": "beans",
                "orders_with_both": 12,
                "orders_with_cart_product": 18,
                "customers": 12,
                "text": "in 12 of the 18 orders with Espresso Beans",
            },
        },
    }
