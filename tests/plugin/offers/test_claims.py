"""What an order must hold and take off for a promise: no piece twice, the price to pay as promised."""

from typing import Any

from tests.plugin.offers.shop import OfferShop
from tests.plugin.offers.test_kinds import IN_STOCK, kind, put_variant
from tests.plugin.offers.test_redeeming import order, refused, send
from tests.plugin.storefront import put_product


def accepted(cafe: OfferShop, cart: str, **who: str) -> dict[str, Any]:
    """What accepting the offer that `cart` is shown gives."""
    lines = []
    for each in cart.split(","):
        name, quantity = each.split(":")
        product_id, _, variant_id = name.partition("/")
        lines.append({"product_id": product_id, "variant_id": variant_id or None, "quantity": int(quantity)})
    answer = cafe.wish("accept", cafe.ask(cart=cart).json or {}, cart=lines)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found


def line(
    product_id: str, price_minor: int, quantity: int = 1, variant_id: str | None = "v1"
) -> dict[str, Any]:
    named = {"product_id": product_id, "variant_id": variant_id}
    return {**named, "quantity": quantity, "unit_price_minor": price_minor}


def test_no_piece_of_an_order_counts_twice(cafe: OfferShop) -> None:
    sizes = [IN_STOCK | {"variant_id": each, "price_minor": 2000, "cost_minor": 1000} for each in "SM"]
    put_product(cafe.runtime, cafe.shop_id, "cup", variants=sizes)
    cafe.put({"parameters": {"off_share": 0.5}})
    promise = accepted(cafe, "cup:1,cup/S:1")
    one = {"lines": [line("cup", 2000, variant_id="S")], "total_minor": 0}
    assert refused(cafe.redeem(promise, **one)) == "terms_differ"
    both = [line("cup", 2000, variant_id="M"), line("cup", 2000, variant_id="S")]
    assert cafe.redeem(promise, lines=both).status_code == 200


def test_who_has_one_variant_need_not_name_it(cafe: OfferShop) -> None:
    cafe.put({})
    promise = cafe.accepted()
    unnamed = [line("beans", 1250, 2, variant_id=None)]
    put_product(cafe.runtime, cafe.shop_id, "beans", variants=[IN_STOCK, IN_STOCK | {"variant_id": "v2"}])
    assert refused(cafe.redeem(promise, lines=unnamed)) == "terms_differ"
    put_variant(cafe, "beans")
    assert cafe.redeem(promise, lines=unnamed).status_code == 200


def test_a_gift_stays_free_whatever_it_costs_by_then(cafe: OfferShop) -> None:
    cafe.put(kind("gift", product_id="tea"))
    for price_minor in (2000, 500):
        put_variant(cafe, "tea")
        promise = cafe.accepted()
        put_variant(cafe, "tea", price_minor=price_minor)
        lines = [line("beans", 1250, 2), line("tea", price_minor)]
        short = {"lines": lines, "discount_minor": 1250, "total_minor": 2500 + price_minor - 1250}
        assert refused(cafe.redeem(promise, str(price_minor), **short)) == "totals_differ"
        answer = cafe.redeem(promise, str(price_minor), lines=lines, discount_minor=price_minor)
        assert answer.json is not None
        assert answer.json["discount_minor"] == price_minor
    assert (cafe.row().reserved_minor, cafe.row().spent_minor) == (0, 2500)


def test_what_was_added_costs_what_was_promised_or_less(cafe: OfferShop) -> None:
    cafe.put(kind("order_bump", product_id="tea", off_share=0.2))
    promise = cafe.accepted()
    put_variant(cafe, "tea", price_minor=900)  # 10.00 were promised: nothing is to be taken off
    lines = [line("beans", 1250, 2), line("tea", 900)]
    assert cafe.redeem(promise, lines=lines, discount_minor=0, total_minor=3400).status_code == 200
    assert cafe.row().spent_minor == 0


def test_prices_that_fell_are_told_as_a_loss(cafe: OfferShop) -> None:
    """Two bags cost the shop 10.00; at 6.25 each, the 12.50 that were promised leave nothing to pay."""
    cafe.put({"parameters": {"off_share": 0.5}})
    first, second = cafe.accepted(), cafe.accepted()
    put_variant(cafe, "beans", price_minor=625)
    assert cafe.redeem(first, lines=[line("beans", 625, 2)], total_minor=0).status_code == 200
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (1250, 1000)
    cheap = {"lines": [line("beans", 300, 2)], "discount_minor": 600, "total_minor": 0}
    assert cafe.redeem(second, "o2", **cheap).status_code == 200  # there is no more to take off
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (1850, 1600)


def test_only_a_gift_is_replaced_and_only_if_the_rest_is_bought(cafe: OfferShop) -> None:
    cafe.put(kind("buy_one_get_one", product_id="beans"))
    promise = accepted(cafe, "beans:1,tea:1")
    put_variant(cafe, "beans", stock=0)
    nothing = {"lines": [line("tea", 1250)], "discount_minor": 0, "total_minor": 1250}
    assert refused(cafe.redeem(promise, **nothing)) == "terms_differ"
    put_variant(cafe, "beans")
    cafe.put(kind("gift", product_id="beans"))
    promise = accepted(cafe, "beans:1,tea:1")
    put_variant(cafe, "beans", stock=0)
    assert refused(cafe.redeem(promise, **nothing)) == "terms_differ"
    rest = {"lines": [line("tea", 1250), line("beans", 1250)], "discount_minor": 0, "total_minor": 2500}
    answer = cafe.redeem(promise, **rest)
    assert answer.json is not None
    assert answer.json["voucher"]["value_minor"] == 1250


def test_an_order_that_holds_less_than_its_codes_promise_is_told_as_a_loss(cafe: OfferShop) -> None:
    cafe.put({"parameters": {"off_share": 0.4}})
    promise = accepted(cafe, "beans:20")
    send(cafe, order("o1", promise["code"], lines=[line("cup", 1250)]))
    assert promise["terms"]["discount_minor"] == 10000
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (1250, 1250)  # no more was to be taken off
