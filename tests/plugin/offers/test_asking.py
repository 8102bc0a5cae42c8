"""GET /v1/offers, accept and dismiss as a shop's page sees them: who may ask, and what is not offered."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from plugin.api import offers as page
from plugin.app import create_app
from plugin.serving import preview
from plugin.store import shops
from tests.conftest import ORIGIN
from tests.plugin.offers.shop import OfferShop
from tests.plugin.storefront import put_product


def refused(answer: TestResponse) -> str:
    assert answer.status_code >= 400, answer.text
    assert answer.json is not None
    reason: str = answer.json["reason"]
    return reason


@pytest.fixture
def shop_with_offer(cafe: OfferShop) -> OfferShop:
    cafe.put({})
    return cafe


def test_without_offers_none_is_made_and_strategy_says_so(cafe: OfferShop) -> None:
    answer = cafe.ask()
    assert answer.json is not None
    assert (answer.status_code, answer.json["offer"], answer.json["strategy"]) == (200, None, "empty")


def test_who_may_not_ask(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer
    assert refused(cafe.ask(key="pk_nobodys")) == "unknown_key"
    assert refused(cafe.ask(headers={"Origin": "https://elsewhere.example"})) == "wrong_origin"
    assert refused(cafe.ask(cart="beans:0")) == "invalid_request"
    assert refused(cafe.ask(placement="email")) == "invalid_request"
    assert refused(cafe.ask(**{f"p{n}": "x" for n in range(70)})) == "invalid_request"
    forged = {"cart_id": "k1", "cart_proof": "1.00"}
    assert refused(cafe.ask(**forged)) == "proof_invalid"
    slate = cafe.ask().json
    assert slate is not None
    assert refused(cafe.wish("accept", slate, key="pk_nobodys")) == "unknown_key"
    assert refused(cafe.wish("accept", slate, **forged)) == "proof_invalid"
    assert refused(cafe.wish("dismiss", slate, **forged)) == "proof_invalid"
    answer = cafe.ask(cart="beans:0")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_preflight_is_answered(shop_with_offer: OfferShop) -> None:
    answer = shop_with_offer.client.options("/v1/offers/welcome/accept", headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)


@pytest.mark.parametrize(
    "query",
    [
        {"cart": ""},
        {"cart": "nothing:1"},
        {"cart": "beans:1,mug:1"},
        {"cart": "beans:1,tea:1"},
        {"currency": "USD"},
        {"placement": "cart"},
    ],
    ids=["empty", "unknown", "which variant", "unknown cost", "other currency", "elsewhere"],
)
def test_a_cart_that_cannot_be_priced_without_doubt_gets_no_offer(
    shop_with_offer: OfferShop, query: dict[str, str]
) -> None:
    cafe = shop_with_offer
    red = {"variant_id": "red", "price_minor": 900, "cost_minor": 300, "stock": None}
    blue = red | {"variant_id": "blue", "price_minor": 800}
    put_product(cafe.runtime, cafe.shop_id, "mug", variants=[red, blue])
    put_product(cafe.runtime, cafe.shop_id, "tea", variants=[{"variant_id": "v", "price_minor": 500}])
    cafe.look()
    assert cafe.shown(**query) is None
    assert cafe.shown(cart="mug/red:1") is not None
    cafe.settle(assumed_margin_shares={"Tea": 0.5})
    assert cafe.shown(cart="tea:1") is None
    put_product(
        cafe.runtime,
        cafe.shop_id,
        "tea",
        variants=[{"variant_id": "v", "price_minor": 500}],
        categories=["Tea"],
    )
    cafe.look()
    assert cafe.shown(cart="tea:1") is not None


def test_a_cart_worth_more_than_can_be_kept_gets_no_offer(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer
    dear = {"variant_id": "v", "price_minor": 10**15, "cost_minor": 1, "stock": None}
    put_product(cafe.runtime, cafe.shop_id, "tea", variants=[dear])
    cafe.look()
    assert cafe.shown(cart="tea:1") is not None
    slate = cafe.ask().json
    assert slate is not None
    assert cafe.shown(cart="tea:999999") is None
    many = [{"product_id": "tea", "quantity": 999_999}]
    assert refused(cafe.wish("accept", slate, cart=many)) == "offer_changed"


def test_no_offer_goes_below_the_floor(shop_with_offer: OfferShop) -> None:
    """Two bags leave 15.00 of 25.00; with a tenth off 12.50."""
    cafe = shop_with_offer
    cafe.settle(floor_minor=1250)
    assert cafe.shown() is not None
    cafe.settle(floor_minor=1251)
    assert cafe.shown() is None
    cafe.settle(floor_minor=0, fee_minor=1251)
    assert cafe.shown() is None


def test_what_the_page_says_of_prices_changes_nothing(shop_with_offer: OfferShop) -> None:
    shown = shop_with_offer.shown(total_minor=1, price_minor=1, cost_minor=0)
    assert shown is not None
    assert shown["total_minor"] == 2500


def test_a_stopped_shop_offers_nothing_and_only_me_shows_to_its_merchant(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer

    def settle(**settings: Any) -> None:
        with cafe.runtime.database.write() as connection:
            shops.change_settings(connection, cafe.shop_id, settings)
        cafe.look()

    settle(only_me=True)
    assert cafe.shown() is None
    token = preview.make(cafe.runtime.vault, cafe.shop_id, int(time.time()) + 60)
    slate = cafe.ask(preview=token).json
    assert slate is not None
    assert slate["offer"]["offer_id"] == "welcome"
    assert refused(cafe.wish("accept", slate)) == "not_offered"  # a merchant who looks buys nothing
    settle(only_me=False, stopped=True)
    answer = cafe.ask().json
    assert answer is not None
    assert (answer["offer"], answer["strategy"]) == (None, "stopped")


@pytest.mark.parametrize("setting", ["stopped", "only_me"])
def test_what_a_page_still_shows_cannot_be_accepted_once_the_shop_is_stopped(
    shop_with_offer: OfferShop, setting: str
) -> None:
    cafe = shop_with_offer
    slate = cafe.ask().json
    assert slate is not None
    with cafe.runtime.database.write() as connection:
        shops.change_settings(connection, cafe.shop_id, {setting: True})
    cafe.look()
    assert refused(cafe.wish("accept", slate)) == "offer_paused"
    assert cafe.row().reserved_minor == 0


@pytest.mark.parametrize("cart", ["beans:51", "beans:26,beans/v1:25", "tea/s:6", "tea:9"])
def test_a_cart_of_more_than_there_is_gets_no_offer_and_reserves_nothing(
    shop_with_offer: OfferShop, cart: str
) -> None:
    cafe = shop_with_offer
    small = {"variant_id": "s", "price_minor": 900, "cost_minor": 300, "stock": 5}
    put_product(cafe.runtime, cafe.shop_id, "tea", variants=[small, small | {"variant_id": "l", "stock": 3}])
    cafe.look()
    for all_there_is in ("beans:50", "tea/s:5", "tea:8"):
        assert cafe.shown(cart=all_there_is) is not None
    assert cafe.shown(cart=cart) is None
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    asked = f"/v1/explain?placement=checkout&cart={cart}"
    told = cafe.client.get(asked, headers=headers).json
    assert told is not None
    assert told["offers"][0]["reason"] == "more_than_stock"
    slate = cafe.ask().json
    assert slate is not None
    many = [{"product_id": "beans", "quantity": 400}]
    assert refused(cafe.wish("accept", slate, cart=many)) == "offer_changed"
    assert cafe.row().reserved_minor == 0


def test_one_address_accepts_so_often_a_minute_as_the_operator_allows(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer
    strict = replace(cafe.runtime, config=replace(cafe.runtime.config, accepts_per_minute=3))
    few = replace(cafe, client=Client(create_app(strict, cafe.live, cafe.shelves)))
    slates = [few.ask().json for _ in range(5)]
    answers = [few.wish("accept", slate) for slate in slates if slate]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
    assert refused(answers[-1]) == "too_many_requests"
    assert "wait 20 seconds" in answers[-1].text
    assert answers[-1].headers["Access-Control-Allow-Origin"] == ORIGIN
    assert slates[4] is not None
    assert few.wish("dismiss", slates[4]).status_code == 204
    assert few.wish("accept", slates[4], address="192.0.2.7").status_code == 200


def test_the_held_out_see_nothing_and_can_accept_nothing(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer
    with cafe.runtime.database.write() as connection:
        shops.change_settings(connection, cafe.shop_id, {"holdout_share": 0.5})
    cafe.look()
    slates = [cafe.ask(consent="personal", visitor_id=f"v{n}").json for n in range(20)]
    arms = {slate["arm"]: slate for slate in slates if slate}
    assert set(arms) == {"encore", "holdout"}
    assert refused(cafe.wish("accept", arms["holdout"])) == "not_offered"
    assert cafe.wish("accept", arms["encore"]).status_code == 200


def test_accepting_twice_gives_the_same_code(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer
    slate = cafe.ask().json
    assert slate is not None
    first, second = cafe.wish("accept", slate), cafe.wish("accept", slate)
    assert first.json == second.json
    assert cafe.row().accepted == 1


Change = Callable[[OfferShop], dict[str, Any]]


def _dearer(cafe: OfferShop) -> dict[str, Any]:
    dearer = {"variant_id": "v1", "price_minor": 1300, "cost_minor": 500, "stock": 50}
    put_product(cafe.runtime, cafe.shop_id, "beans", variants=[dearer])
    cafe.look()
    return {}


def _redefined(cafe: OfferShop) -> dict[str, Any]:
    cafe.put({"priority": 1})
    return {}


def _redefined_unseen(cafe: OfferShop) -> dict[str, Any]:
    from tests.plugin.offers.shop import offer, put

    put(cafe, offer(priority=1))
    return {}


def _another_cart(_cafe: OfferShop) -> dict[str, Any]:
    return {"cart": [{"product_id": "beans", "quantity": 3}]}


@pytest.mark.parametrize("change", [_dearer, _redefined, _redefined_unseen, _another_cart])
def test_what_is_accepted_is_what_was_shown(shop_with_offer: OfferShop, change: Change) -> None:
    slate = shop_with_offer.ask().json
    assert slate is not None
    body = change(shop_with_offer)
    assert refused(shop_with_offer.wish("accept", slate, **body)) == "offer_changed"


def test_a_slate_that_was_not_served_or_showed_nothing_cannot_be_accepted(shop_with_offer: OfferShop) -> None:
    cafe = shop_with_offer
    slate = cafe.ask().json
    assert slate is not None
    forged = slate | {"slate_id": slate["slate_id"][:-2] + "AA"}
    assert refused(cafe.wish("accept", forged)) == "unknown_slate"
    assert refused(cafe.wish("dismiss", forged)) == "unknown_slate"
    nothing = cafe.ask(cart="nothing:1").json
    assert nothing is not None
    assert refused(cafe.wish("accept", nothing, offer_id="welcome")) == "not_offered"
    assert refused(cafe.wish("accept", slate, offer_id="other")) == "offer_ended"


def test_what_goes_wrong_inside_is_no_offer_and_no_error(
    shop_with_offer: OfferShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.serving, "serve", lambda *_: 1 / 0)
    answer = shop_with_offer.ask()
    assert answer.json is not None
    assert (answer.status_code, answer.json["offer"]) == (200, None)


def test_without_codes_nothing_is_shown(shop_with_offer: OfferShop) -> None:
    from sqlalchemy import update

    from plugin.store.offer_tables import offers

    with shop_with_offer.runtime.database.write() as connection:
        connection.execute(update(offers).values(codes_left=0, touched_at=shop_with_offer.row().touched_at))
    shop_with_offer.look()
    assert shop_with_offer.shown() is None


def test_nobody_sees_an_offer_before_or_after_its_time(cafe: OfferShop) -> None:
    cafe.put({"starts_at": "2100-01-01"}, {"offer_id": "past", "ends_at": "2020-01-01"})
    assert cafe.shown() is None
    cafe.put({"ends_at": "2100-01-01T00:00:00+01:00"})
    shown = cafe.shown()
    assert shown is not None
    assert shown["ends_at"] == "2099-12-31T23:00:00+00:00"
    assert "Until January 1, 2100, 00:00, shop time" in shown["conditions"]


def test_one_offer_that_cannot_be_read_does_not_stop_the_others(
    shop_with_offer: OfferShop, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy import insert

    from plugin.store.offer_tables import offers

    row = vars(shop_with_offer.row())
    with shop_with_offer.runtime.database.write() as connection:
        broken = {**row, "offer_id": "broken", "definition": {"kind": "of tomorrow"}}
        connection.execute(insert(offers).values(broken))
    shop_with_offer.put({"priority": 1})
    assert shop_with_offer.shown() is not None
    assert "broken" in caplog.text
