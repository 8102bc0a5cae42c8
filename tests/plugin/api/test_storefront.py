"""GET /v1/recommendations as a shop's page sees it."""

from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, publish, shown


def test_without_a_model_the_answer_is_an_empty_list_that_says_so(coffee: CoffeeShop) -> None:
    answer = ask(coffee.client, coffee.keys.public, cart="beans:1")
    assert shown(answer) == []
    assert answer.json is not None
    assert answer.json["strategy"] == "empty"


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
