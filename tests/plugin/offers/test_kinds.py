"""Each kind of offer: when it is shown, what it says and costs, and that it is redeemed as promised."""

from typing import Any

import pytest

from plugin.offers.kinds import KINDS
from tests.plugin.offers.shop import OfferShop, claim
from tests.plugin.offers.test_redeeming import refused
from tests.plugin.storefront import put_product

IN_STOCK = {"variant_id": "v1", "price_minor": 1250, "cost_minor": 500, "stock": 50}


def kind(name: str, **fields: Any) -> dict[str, Any]:
    """An offer of this kind; parameters by name, what is no parameter with a capital: `Priority=1`."""
    whole = {key.lower(): fields.pop(key) for key in list(fields) if key[0].isupper()}
    return {"kind": name, "parameters": fields, "confirmed": True, **whole}


def put_variant(cafe: OfferShop, product_id: str, **changes: Any) -> None:
    put_product(cafe.runtime, cafe.shop_id, product_id, variants=[IN_STOCK | changes])
    cafe.look()


WORDS = {
    "percent_off": ({"off_share": 0.125}, "12.5% off your cart: you save €3.13", (2500, 2187)),
    "amount_off": ({"off_minor": 300}, "€3.00 off your cart", (2500, 2200)),
    "free_shipping": ({}, "Free shipping for this order: you save €4.90", (2990, 2500)),
    "spend_more": (
        {"from_minor": 2000, "off_minor": 250},
        "€2.50 off, because your cart is above €20.00",
        (2500, 2250),
    ),
    "gift": ({"product_id": "tea"}, "Green Tea as a gift, worth €12.50", (3750, 2500)),
    "bundle": (
        {"products": ["beans", "filter"], "off_share": 0.1},
        "Espresso Beans, Paper Filters together: you save €2.50",
        (3750, 3500),
    ),
    "buy_one_get_one": (
        {"product_id": "beans", "off_share": 0.5},
        "Buy one Espresso Beans, get 50% off a second one",
        (2500, 1875),
    ),
    "order_bump": ({"product_id": "tea", "off_share": 0.2}, "Add Green Tea for €10.00", (3750, 3500)),
    "next_order_voucher": (
        {"value_minor": 500},
        "Order now and get €5.00 off your next order within 90 days",
        (2500, 2500),
    ),
    "down_sell": (
        {"product_id": "beans", "instead_product_id": "cup"},
        "Tea Cup instead of Espresso Beans: your cart costs €22.50",
        (2250, 2250),
    ),
    "free_returns": ({}, "Free returns within 30 days", (2500, 2500)),
    "faster_shipping": (
        {"days": 2, "costs_minor": 300},
        "Faster shipping at no extra cost: with you within 2 days",
        (2500, 2500),
    ),
    "gift_card": ({"value_minor": 1000}, "With this order you get a gift card worth €10.00", (2500, 2500)),
    "pay_later": ({"days": 30}, "Pay within 30 days, without interest", (2500, 2500)),
    "invitation": (
        {"event": "our tasting in May"},
        "With this order you are invited: our tasting in May",
        (2500, 2500),
    ),
    "referral": (
        {"value_minor": 500},
        "With this order you get a code worth €5.00 for a friend",
        (2500, 2500),
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_promises_and_is_redeemed_so(cafe: OfferShop, name: str) -> None:
    parameters, words, (total_minor, price_minor) = WORDS[name]
    cafe.settle(shipping_price_minor=490)
    put_variant(cafe, "cup", price_minor=1000)
    cafe.put(kind(name, **parameters))
    shown = cafe.shown()
    assert shown is not None
    assert (shown["title"], shown["total_minor"], shown["price_minor"]) == (words, total_minor, price_minor)
    for lang in ("es", "it", "zh"):
        told = cafe.shown(lang=lang)
        assert told is not None
        assert told["title"] not in (words, "")
    accepted = cafe.accepted()
    assert cafe.row().reserved_minor >= total_minor - price_minor
    answer = cafe.redeem(accepted)
    assert answer.status_code == 200, answer.text
    row = cafe.row()
    assert (row.redeemed, row.spent_minor >= total_minor - price_minor) == (1, True)


def test_off_goes_by_product_and_category_where_they_are_named(cafe: OfferShop) -> None:
    put_product(cafe.runtime, cafe.shop_id, "tea", variants=[IN_STOCK], categories=["Drinks", "Tea"])
    cafe.put(kind("percent_off", off_share=0.1, of_categories=["Tea"], of_products=["cup"]))
    assert cafe.shown() is None
    shown = cafe.shown(cart="beans:1,tea:1,cup:1")
    assert shown is not None
    assert (shown["saving_minor"], shown["title"]) == (250, "10% off Tea Cup, Tea: you save €2.50")


def test_an_amount_is_never_more_than_the_cart(cafe: OfferShop) -> None:
    put_variant(cafe, "cup", price_minor=100, cost_minor=0)
    cafe.put(kind("amount_off", off_minor=300))
    shown = cafe.shown(cart="cup:1")
    assert shown is not None
    assert (shown["price_minor"], shown["saving_minor"]) == (0, 100)


def test_free_shipping_needs_a_price_and_is_no_offer_where_it_is_free_anyway(cafe: OfferShop) -> None:
    cafe.put(kind("free_shipping"))
    assert cafe.shown() is None
    cafe.settle(shipping_price_minor=490, shipping_cost_minor=450)
    assert cafe.shown() is not None
    cafe.settle(free_shipping_from_minor=2500)
    assert cafe.shown() is None
    assert cafe.shown(cart="beans:1") is not None
    cafe.settle(floor_minor=301, free_shipping_from_minor=None)  # 7.50 less 4.50
    assert cafe.shown(cart="beans:1") is None


def test_what_an_offer_adds_may_make_shipping_free_and_the_floor_counts_that(cafe: OfferShop) -> None:
    """Beans for 25.00 and tea for 3.20 leave 15.20 less what sending costs: at 33.00 nobody pays for it."""
    put_variant(cafe, "tea", price_minor=800, cost_minor=300)
    cafe.settle(shipping_cost_minor=600, shipping_price_minor=600, free_shipping_from_minor=3000)
    cafe.put(kind("order_bump", product_id="tea", off_share=0.6))
    cafe.settle(floor_minor=921)  # 25.00 + 3.20 - 13.00 - 6.00
    assert cafe.shown() is None
    cafe.settle(floor_minor=920)
    assert cafe.shown() is not None


def test_free_shipping_is_refused_to_an_order_that_is_charged_for_it(cafe: OfferShop) -> None:
    cafe.settle(shipping_price_minor=490)
    cafe.put(kind("free_shipping"))
    accepted = cafe.accepted()
    assert refused(cafe.redeem(accepted, shipping_minor=490, total_minor=2990)) == "totals_differ"
    assert refused(cafe.redeem(accepted, free_shipping=False)) == "totals_differ"
    assert cafe.redeem(accepted, free_shipping=True).status_code == 200
    assert cafe.row().spent_minor == 490


def test_terms_that_were_altered_on_the_page_to_have_free_shipping_are_refused(cafe: OfferShop) -> None:
    cafe.settle(shipping_price_minor=490)
    cafe.put({})
    accepted = cafe.accepted()
    answer = cafe.redeem(accepted, free_shipping=True)
    assert refused(answer) == "totals_differ"
    assert answer.json is not None
    assert answer.json["errors"] == {"free_shipping": ["Promised: no."]}
    assert cafe.redeem(accepted, free_shipping=False).status_code == 200


@pytest.mark.parametrize(("off_minor", "by"), [(None, "shipping"), (300, "discount")])
def test_a_threshold_says_how_it_is_redeemed(cafe: OfferShop, off_minor: int | None, by: str) -> None:
    cafe.settle(shipping_price_minor=490)
    cafe.put(kind("spend_more", from_minor=2000, off_minor=off_minor))
    assert cafe.accepted()["terms"]["redeemed_by"] == by


def test_before_a_threshold_it_says_what_is_missing_and_cannot_be_accepted(cafe: OfferShop) -> None:
    cafe.settle(shipping_price_minor=490)
    cafe.put(kind("spend_more", from_minor=3340))
    slate = cafe.ask().json
    assert slate is not None
    shown = slate["offer"]
    assert (shown["title"], shown["missing_minor"]) == ("€8.40 more and shipping is free", 840)
    assert (shown["total_minor"], shown["price_minor"], shown["saving_minor"]) == (2990, 2990, 0)
    assert refused(cafe.wish("accept", slate)) == "threshold_not_reached"
    reached = cafe.shown(cart="beans:3")
    assert reached is not None
    assert (reached["missing_minor"], reached["saving_minor"]) == (0, 490)


def test_a_threshold_is_promised_only_if_it_can_be_kept_without_any_more_margin(cafe: OfferShop) -> None:
    cafe.put(kind("spend_more", from_minor=5000, off_minor=500))
    cafe.settle(floor_minor=1000)  # 15.00 less 5.00
    assert cafe.shown() is not None
    cafe.settle(floor_minor=1001)
    assert cafe.shown() is None


@pytest.mark.parametrize("name", ["gift", "order_bump"])
def test_what_is_out_of_stock_or_not_for_sale_is_not_given(cafe: OfferShop, name: str) -> None:
    cafe.put(kind(name, product_id="tea"))
    assert cafe.shown() is not None
    put_variant(cafe, "tea", stock=0)
    assert cafe.shown() is None
    put_variant(cafe, "tea", stock=1)
    assert cafe.shown() is not None
    assert cafe.shown(cart="tea:1") is None  # the last one is in the cart
    put_variant(cafe, "tea", cost_minor=None)
    assert cafe.shown() is None


def test_a_gift_that_is_out_of_stock_by_then_becomes_a_voucher(cafe: OfferShop) -> None:
    cafe.put(kind("gift", product_id="tea"))
    accepted = cafe.accepted()
    without = [line for line in claim(accepted, "o1")["lines"] if line["product_id"] == "beans"]
    order = {"lines": without, "discount_minor": 0}
    assert refused(cafe.redeem(accepted, **order)) == "terms_differ"  # there is one: it must be given
    put_variant(cafe, "tea", stock=0)
    answer = cafe.redeem(accepted, **order)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    assert answer.json["voucher"]["value_minor"] == 1250
    assert cafe.redeem(accepted, **order).json == answer.json
    assert (cafe.row().reserved_minor, cafe.row().spent_minor) == (1250, 0)
    used = {"code": answer.json["voucher"]["code"], "token": None, "order_id": "o2", "discount_minor": 1250}
    assert cafe.redeem(accepted, **used, lines=without, total_minor=1250).status_code == 200
    assert (cafe.row().reserved_minor, cafe.row().spent_minor) == (0, 1250)
    assert (cafe.row().accepted, cafe.row().redeemed) == (1, 1)


def test_a_voucher_comes_with_the_order_and_goes_with_it(cafe: OfferShop) -> None:
    cafe.put(kind("next_order_voucher", value_minor=500, valid_days=30))
    accepted = cafe.accepted()
    answer = cafe.redeem(accepted).json
    assert answer is not None
    voucher = answer["voucher"]
    assert (voucher["value_minor"], voucher["currency"]) == (500, "EUR")
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    order = {"order_id": "o1", "ordered_at": "2026-01-01", "status": "cancelled", "lines": []}
    cafe.client.put("/v1/orders", json=[order], headers=headers)
    small = {"product_id": "tea", "variant_id": None, "quantity": 1, "unit_price_minor": 300}
    used = {"code": voucher["code"], "token": None, "order_id": "o2", "lines": [small]}
    assert refused(cafe.redeem(accepted, **used, discount_minor=300, total_minor=0)) == "unknown_code"
    voucher = (cafe.redeem(accepted, "o3").json or {})["voucher"]
    used["code"] = voucher["code"]
    assert refused(cafe.redeem(accepted, **used, discount_minor=500, total_minor=0)) == "totals_differ"
    assert cafe.redeem(accepted, **used, discount_minor=300, total_minor=0).status_code == 200


@pytest.mark.parametrize(
    ("lang", "said", "often"),
    [
        ("en", "Pay within 1 day, without interest", "At most 1 per person in 1 day"),
        ("es", "Paga en 1 día, sin intereses", "Como máximo 1 por persona en 1 día"),
        ("it", "Paga entro 1 giorno, senza interessi", "Al massimo 1 a persona in 1 giorno"),
        ("zh", "1 天内付款，免利息", "每人 1 天内最多 1 次"),
    ],
)
def test_one_day_is_not_told_as_many(cafe: OfferShop, lang: str, said: str, often: str) -> None:
    cafe.put(kind("pay_later", days=1, Caps={"per_person": 1, "period_days": 1}))
    shown = cafe.shown(lang=lang)
    assert shown is not None
    assert shown["title"] == said
    assert often in shown["conditions"]


@pytest.mark.parametrize("stacking", ["alone", "with_others", "best_one"])
def test_who_holds_a_voucher_is_offered_what_everybody_is(cafe: OfferShop, stacking: str) -> None:
    cafe.settle(floor_minor=1000)  # a tenth off leaves 12.50
    who = cafe.proof(customer_id="c1")
    others = {"stacking": "with_others"}
    thanks = others | kind("next_order_voucher", value_minor=500, valid_days=30)
    cafe.put(thanks | {"caps": {"per_person": 2}, "priority": 1})
    assert cafe.redeem(cafe.accepted(**who)).status_code == 200
    cafe.look()
    assert (cafe.shown(**who) or {})[
        "kind"
    ] == "next_order_voucher"  # once of twice: a voucher is no acceptance
    cafe.put({"offer_id": "plain", "stacking": stacking, "priority": 2})
    assert (cafe.shown(**who) or {})["offer_id"] == "plain"
    assert cafe.accepted(**who)["terms"]["offer_id"] == "plain"


def test_a_bundle_needs_one_in_the_cart_and_the_others_in_stock(cafe: OfferShop) -> None:
    cafe.put(kind("bundle", products=["beans", "filter", "tea"], off_share=0.1))
    assert cafe.shown(cart="cup:1") is None
    shown = cafe.shown(cart="filter:2")
    assert shown is not None
    assert [line["product_id"] for line in shown["lines"]] == ["beans", "tea"]
    assert shown["saving_minor"] == 375  # one of each
    put_variant(cafe, "tea", stock=0)
    assert cafe.shown(cart="filter:2") is None


def test_the_second_piece_is_put_into_the_cart_where_there_is_only_one(cafe: OfferShop) -> None:
    cafe.put(kind("buy_one_get_one", product_id="beans"))
    shown = cafe.shown(cart="beans:1")
    assert shown is not None
    assert (shown["title"], shown["price_minor"]) == ("Buy one Espresso Beans, get a second one free", 1250)
    assert [line["quantity"] for line in shown["lines"]] == [1]
    slate = cafe.ask(cart="beans:1").json
    assert slate is not None
    accepted = cafe.wish("accept", slate, cart=[{"product_id": "beans", "quantity": 1}]).json
    assert accepted is not None
    one = [claim(accepted, "o1")["lines"][0]]
    assert refused(cafe.redeem(accepted, lines=one)) == "terms_differ"
    assert cafe.redeem(accepted).status_code == 200
    assert cafe.shown(cart="tea:1") is None


def test_what_is_in_the_cart_is_not_bumped_and_a_dearer_one_is_no_down_sell(cafe: OfferShop) -> None:
    cafe.put(kind("order_bump", product_id="beans"))
    assert cafe.shown() is None
    cafe.put(kind("down_sell", product_id="beans", instead_product_id="cup"))
    assert cafe.shown() is None
    put_variant(cafe, "cup", price_minor=1249)
    assert cafe.shown() is not None
    assert cafe.shown(cart="tea:1") is None


def test_what_the_shop_must_do_itself_is_published_only_when_confirmed(cafe: OfferShop) -> None:
    from tests.plugin.offers.shop import offer, put, verdict

    waiting = offer(kind="pay_later", parameters={"days": 30})
    told = verdict(put(cafe, waiting))
    assert list(told["errors"]) == ["confirmed"]
    assert "Let this order be paid later." in told["message"]
    assert verdict(put(cafe, waiting | {"paused": True}))["verdict"] == "created"
    cafe.look()
    assert cafe.shown() is None
    assert verdict(put(cafe, waiting | {"confirmed": True}))["verdict"] == "replaced"


def test_what_costs_nothing_needs_no_cost(cafe: OfferShop) -> None:
    put_variant(cafe, "tea", cost_minor=None)
    cafe.put(kind("pay_later", days=30))
    assert cafe.shown(cart="tea:1") is not None
    cafe.put(kind("pay_later", days=30, costs_minor=100))
    assert cafe.shown(cart="tea:1") is None
    assert cafe.shown() is not None


def test_every_kind_is_tried_here() -> None:
    assert set(WORDS) == set(KINDS)
