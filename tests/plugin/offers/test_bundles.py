"""Bundles over HTTP: what is found, what the merchant says of it, what it costs, and how it is accepted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

import recommender
from plugin.store import shops
from plugin.store import tables as t
from recommender.blend import Blend
from tests.conftest import NOW, ORIGIN
from tests.plugin.offers.shop import OfferShop
from tests.plugin.storefront import orders, put_in_use, put_product

KNOWN = {"variant_id": "v1", "price_minor": 1250, "cost_minor": 500, "stock": 50}
EASY = {"bundle_customers": 5, "bundle_lift": 0.5, "bundle_recent_customers": 3, "bundle_recent_lift": 0.5}
BOUGHT = [("beans", "filter"), ("beans", "filter"), ("beans", "grinder"), ("kettle", "scale"), ("tea", "cup")]


@pytest.fixture
def brewing(cafe: OfferShop) -> OfferShop:
    """Filters are bought with beans by twelve customers, grinders by six; all costs 12.50."""
    lines = orders([*BOUGHT, ("tea",), ("tea",), ("cup",), ("kettle",)])
    model = recommender.train(lines, as_of=NOW, settings=EASY, blend=Blend())
    put_in_use(cafe.runtime, cafe.shop_id, model)
    cafe.look()
    return cafe


def ask(shop: OfferShop, **query: Any) -> dict[str, Any]:
    headers = query.pop("headers", {"Origin": ORIGIN})
    whole = {"key": shop.keys.public, "product": "beans"} | query
    given = {name: value for name, value in whole.items() if value is not None}
    answer = shop.client.get(f"/v1/bundles?{urlencode(given)}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["bundle_id"] for each in answer["bundles"]]


def say(shop: OfferShop, **settings: Any) -> None:
    with shop.runtime.database.write() as connection:
        shops.change_settings(connection, shop.shop_id, settings)
    shop.look()


def put_price(shop: OfferShop, product_id: str, **changes: Any) -> None:
    put_product(shop.runtime, shop.shop_id, product_id, variants=[KNOWN | changes])
    shop.look()


def test_a_made_bundle_is_shown_at_its_full_price_where_its_offer_does_not_hold(cafe: OfferShop) -> None:
    say(cafe, bundles={"made": [{"products": ["tea", "cup"], "title": {"en": "Tea for one"}}]})
    for product_id in ("tea", "cup"):
        put_price(cafe, product_id)
    cafe.put(bundle_offer(parameters={"off_share": 0.1, "products": ["tea", "cup"]}))
    (shown,) = ask(cafe, product="tea")["bundles"]
    assert (shown["title"], shown["saving_minor"]) == ("Tea for one", 250)
    cafe.settle(floor_minor=5000)
    (shown,) = ask(cafe, product="tea")["bundles"]
    assert (shown["title"], shown["saving_minor"], shown["offer_id"]) == ("Tea for one", 0, None)
    say(cafe, bundles={"made": []})
    assert ask(cafe, product="tea")["bundles"] == []


def bundle_offer(**fields: Any) -> dict[str, Any]:
    plain = {"offer_id": "together", "kind": "bundle", "parameters": {"off_share": 0.1}}
    return plain | {"placements": ["product", "cart"]} | fields


def accept(shop: OfferShop, answer: dict[str, Any], **body: Any) -> Any:
    bundle = answer["bundles"][0]
    slate = {"slate_id": bundle["offer_slate_id"], "offer": {"offer_id": bundle["offer_id"]}}
    return shop.wish("accept", slate, **{"bundle_id": bundle["bundle_id"], "cart": []} | body)


def test_what_is_bought_together_is_shown_with_the_product_in_view_first(brewing: OfferShop) -> None:
    answer = ask(brewing)
    assert (answer["strategy"], answer["placement"]) == ("bundle", "product")
    assert ids(answer) == ["beans+filter", "beans+grinder"]
    first = answer["bundles"][0]
    assert [item["product_id"] for item in first["items"]] == ["beans", "filter"]
    assert (first["support"], first["total_minor"], first["price_minor"], first["saving_minor"]) == (
        12, 2500, 2500, 0,
    )  # fmt: skip
    assert (first["offer_id"], first["conditions"], first["reference_minor"]) == (None, [], None)
    assert ids(ask(brewing, limit=1)) == ["beans+filter"]
    assert ids(ask(brewing, product="nothing")) == []


def test_what_cannot_be_bought_now_or_is_in_the_cart_already_is_not_shown(brewing: OfferShop) -> None:
    put_price(brewing, "filter", stock=0)
    assert ids(ask(brewing)) == ["beans+grinder"]
    assert ids(ask(brewing, cart="grinder:1")) == []
    put_price(brewing, "beans", stock=0)
    assert ask(brewing)["strategy"] == "empty"


def test_the_cart_is_completed(brewing: OfferShop) -> None:
    answer = ask(brewing, product=None, cart="filter:1,tea:2")
    assert (answer["placement"], ids(answer)) == ("cart", ["beans+filter", "cup+tea"])
    assert [item["in_cart"] for item in answer["bundles"][0]["items"]] == [True, False]


def test_the_rest_costs_no_more_than_the_product_allows_but_for_one(brewing: OfferShop) -> None:
    put_price(brewing, "filter", price_minor=1251)
    put_price(brewing, "grinder", price_minor=1300)
    assert ids(ask(brewing)) == ["beans+filter"]
    say(brewing, bundles={"reach_share": 1.5})
    assert ids(ask(brewing)) == ["beans+filter", "beans+grinder"]
    say(brewing, bundles={"reach_share": 0.3})
    assert ids(ask(brewing)) == []


def test_the_merchant_makes_names_and_forbids(brewing: OfferShop) -> None:
    made = [
        {"products": ["beans", "tea", "kettle"], "title": {"en": "Breakfast"}},
        {"products": ["grinder", "beans"]},
    ]
    say(brewing, bundles={"made": made, "forbidden": [["filter", "beans"]]})
    answer = ask(brewing)
    assert ids(answer) == ["beans+kettle+tea", "beans+grinder"]
    assert [each["title"] for each in answer["bundles"]] == ["Breakfast", None]
    assert [each["support"] for each in answer["bundles"]] == [None, None]
    say(brewing, bundles={"forbidden": [["beans"]]})
    assert ids(ask(brewing)) == []


@pytest.mark.parametrize(
    "made",
    [
        {"products": ["beans"]},
        {"products": ["beans", "beans"]},
        {"products": ["a", "b", "c", "d", "e"]},
        {"products": ["beans", "tea"], "title": {"en": "Last chance set"}},
        {"products": ["beans", "tea"], "title": {"fr": "Ensemble"}},
    ],
)
def test_a_bundle_that_cannot_be_or_presses_is_not_kept(brewing: OfferShop, made: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {brewing.keys.secret}"}
    answer = brewing.client.patch("/v1/settings", json={"bundles": {"made": [made]}}, headers=headers)
    assert answer.status_code == 422, answer.text


def test_an_offer_lowers_the_price_and_is_accepted_and_redeemed(brewing: OfferShop) -> None:
    brewing.put(bundle_offer())
    answer = ask(brewing)
    first = answer["bundles"][0]
    assert (first["total_minor"], first["price_minor"], first["saving_minor"]) == (2500, 2250, 250)
    assert (first["offer_id"], first["reference_minor"]) == ("together", None)
    assert "Not together with other offers" in first["conditions"]
    accepted = accept(brewing, answer).json
    assert [(line["product_id"], line["added"]) for line in accepted["terms"]["lines"]] == [
        ("beans", True), ("filter", True),
    ]  # fmt: skip
    assert accepted["terms"]["price_minor"] == 2250
    assert brewing.redeem(accepted).status_code == 200


def test_what_the_cart_holds_already_is_not_added_again(brewing: OfferShop) -> None:
    brewing.put(bundle_offer())
    answer = ask(brewing, product=None, cart="filter:2")
    lines = accept(brewing, answer, cart=[{"product_id": "filter", "quantity": 2}]).json["terms"]["lines"]
    told = ("product_id", "quantity", "discount_minor", "added")
    assert [tuple(line[name] for name in told) for line in lines] == [
        ("filter", 2, 125, False), ("beans", 1, 125, True),
    ]  # fmt: skip


def test_what_was_not_shown_is_not_accepted(brewing: OfferShop) -> None:
    brewing.put(bundle_offer())
    answer = ask(brewing)
    for body in (
        {"bundle_id": "beans+cup"},
        {"cart": [{"product_id": "cup", "quantity": 1}]},
        {"bundle_id": None},
    ):
        refusal = accept(brewing, answer, **body)
        assert (refusal.status_code, refusal.json["reason"]) in [
            (409, "offer_changed"),
            (422, "invalid_request"),
        ]
    assert accept(brewing, answer, slate_id=answer["slate_id"]).json["reason"] == "not_offered"
    assert accept(brewing, answer, bundle_id="beans").status_code == 422


def test_no_bundle_goes_below_the_margin(brewing: OfferShop) -> None:
    brewing.put(bundle_offer())
    brewing.settle(floor_share=0.6)
    first = ask(brewing)["bundles"][0]
    assert (first["saving_minor"], first["offer_id"]) == (0, None)
    put_price(brewing, "filter", cost_minor=None)
    brewing.settle(floor_share=0.0)
    assert [each["saving_minor"] for each in ask(brewing)["bundles"]] == [0, 250]


def test_the_offer_of_one_bundle_is_shown_first_and_only_with_its_saving(brewing: OfferShop) -> None:
    named = {"off_share": 0.2, "products": ["beans", "cup", "kettle"]}
    brewing.put(bundle_offer(parameters=named, title={"en": "Desk set"}))
    answer = ask(brewing)
    assert ids(answer)[0] == "beans+cup+kettle"
    first = answer["bundles"][0]
    assert (first["title"], first["saving_minor"]) == ("Desk set", 750)
    assert answer["bundles"][1]["saving_minor"] == 0
    brewing.put(bundle_offer(parameters=named, paused=True))
    assert ids(ask(brewing)) == ["beans+filter", "beans+grinder"]


@pytest.mark.parametrize(("filters", "reference"), [(1250, 2500), (1010, 2260), (990, None)])
def test_only_what_both_cost_at_the_lowest_in_thirty_days_is_crossed_out(
    brewing: OfferShop, filters: int, reference: int | None
) -> None:
    """Filters cost so much until a day ago, and both are 22.50 together now."""
    brewing.put(bundle_offer())
    now = datetime.now(UTC)
    prices = [("beans", 40, 1250), ("filter", 40, filters), ("filter", 1, 1250)]
    with brewing.runtime.database.write() as connection:
        connection.execute(t.variant_history.delete())
        for product_id, days, price_minor in prices:
            key = {"shop_id": brewing.shop_id, "product_id": product_id, "variant_id": "v1"}
            row = {"from_at": now - timedelta(days=days), "price_minor": price_minor}
            connection.execute(insert(t.variant_history).values(key | row))
    brewing.shelves._of.clear()
    brewing.shelves._since = datetime(1970, 1, 1, tzinfo=UTC)
    brewing.look()
    assert ask(brewing)["bundles"][0]["reference_minor"] == reference


def test_a_stopped_shop_shows_none_and_a_stranger_gets_no_answer(brewing: OfferShop) -> None:
    say(brewing, stopped=True)
    assert ask(brewing)["strategy"] == "stopped"
    say(brewing, stopped=False, only_me=True)
    assert ask(brewing)["strategy"] == "stopped"
    answer = brewing.client.get(f"/v1/bundles?key={brewing.keys.public}&product=beans")
    assert (answer.status_code, (answer.json or {})["reason"]) == (403, "wrong_origin")


def test_a_shop_without_a_model_shows_what_the_merchant_made(cafe: OfferShop) -> None:
    assert ask(cafe)["strategy"] == "empty"
    say(cafe, bundles={"made": [{"products": ["beans", "tea"]}]})
    assert ids(ask(cafe)) == ["beans+tea"]
