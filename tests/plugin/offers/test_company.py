"""Several promises on one order: together they keep the floor, or the later one waits for another order."""

from typing import Any

import pytest

from plugin.store import acceptances
from plugin.store.acceptances import Acceptance
from tests.plugin.offers.shop import OfferShop, claim
from tests.plugin.offers.test_kinds import kind, put_variant
from tests.plugin.offers.test_redeeming import order, refused, send

STACKS = {"stacking": "with_others"}


def beside(accepted: dict[str, Any], *others: dict[str, Any]) -> dict[str, int]:
    """The sums of an order that has redeemed `others` before."""
    off_minor = sum(each["terms"]["discount_minor"] for each in others)
    total_minor = accepted["terms"]["price_minor"] - off_minor
    return {"other_discounts_minor": off_minor, "total_minor": total_minor}


def test_an_offer_that_nobody_can_be_said_to_have_accepted_twice_is_redeemed_once_an_order(
    cafe: OfferShop,
) -> None:
    cafe.put({"parameters": {"off_share": 0.4}, **STACKS})
    first, second = cafe.accepted(), cafe.accepted()
    assert cafe.redeem(first, "o1").status_code == 200
    assert refused(cafe.redeem(second, "o1", **beside(second, first))) == "not_with_others"
    assert cafe.redeem(second, "o2").status_code == 200


def test_what_no_proof_has_counted_does_not_go_on_the_same_order(cafe: OfferShop) -> None:
    """Nobody is known: half off twice would leave nothing of two bags that cost 10.00."""
    cafe.put({"offer_id": "a", "parameters": {"off_share": 0.5}, **STACKS})
    first = cafe.accepted()
    cafe.put({"offer_id": "b", "priority": 1, "parameters": {"off_share": 0.5}, **STACKS})
    second = cafe.accepted()
    assert (first["terms"]["offer_id"], second["terms"]["offer_id"]) == ("a", "b")
    assert cafe.redeem(first, "o1").status_code == 200
    assert refused(cafe.redeem(second, "o1", **beside(second, first))) == "not_with_others"
    assert cafe.row("a").loss_minor + cafe.row("b").loss_minor == 0


def test_two_accepted_right_after_each_other_are_proved_together(cafe: OfferShop) -> None:
    half = {"parameters": {"off_share": 0.5}, **STACKS}
    cafe.put({"offer_id": "a", **half}, {"offer_id": "b", "placements": ["cart"], **half})
    who = cafe.proof(customer_id="c1")
    slates = [cafe.ask(placement=each, **who).json or {} for each in ("checkout", "cart")]
    cafe.accepted(**who)
    assert cafe.wish("accept", slates[1], **who).status_code == 409
    cafe.shelves._doings[cafe.shop_id].clear()  # another process, which has not heard of it yet
    assert refused(cafe.wish("accept", slates[1], **who)) == "not_with_others"
    assert cafe.row("b").reserved_minor == 0


def test_what_is_redeemed_before_the_next_is_accepted_is_no_company_of_its_order(cafe: OfferShop) -> None:
    who = cafe.proof(customer_id="c1")
    cafe.put({"offer_id": "a", "parameters": {"off_share": 0.5}, **STACKS})
    first = cafe.accepted(**who)
    assert cafe.redeem(first, "o1").status_code == 200
    cafe.put({"offer_id": "b", "parameters": {"off_share": 0.5}, **STACKS})
    second = cafe.accepted(**who)
    assert refused(cafe.redeem(second, "o1", **beside(second, first))) == "not_with_others"
    assert cafe.redeem(second, "o2").status_code == 200


def test_a_voucher_is_not_for_the_order_that_it_came_with(cafe: OfferShop) -> None:
    cafe.put({**kind("next_order_voucher", value_minor=500), **STACKS})
    first = cafe.accepted()
    answer = cafe.redeem(first, "o1")
    assert answer.json is not None
    code = answer.json["voucher"]["code"]
    voucher = {"code": code, "token": None, "discount_minor": 500, "total_minor": 2000}
    assert refused(cafe.redeem(first, "o1", **voucher)) == "not_with_others"
    assert cafe.redeem(first, "o2", **voucher).status_code == 200


def test_a_gift_of_each_promise_is_a_piece_of_its_own(cafe: OfferShop) -> None:
    """Two gifts are two mugs: with one of them the second would be paid for with the beans."""
    who = cafe.proof(customer_id="c1")
    put_variant(cafe, "cup", price_minor=400, cost_minor=100)
    cafe.put({"offer_id": "a", **kind("gift", product_id="cup"), **STACKS})
    first = cafe.accepted(**who)
    cafe.put({"offer_id": "b", "priority": 1, **kind("gift", product_id="cup"), **STACKS})
    second = cafe.accepted(**who)
    assert cafe.redeem(first, "o1").status_code == 200
    one = beside(second, first)
    assert refused(cafe.redeem(second, "o1", **one)) == "terms_differ"
    lines = claim(second, "o1")["lines"]
    two = [each | {"quantity": 2} for each in lines]
    assert cafe.redeem(second, "o1", lines=two, **one | {"total_minor": 2500}).status_code == 200


def kept(cafe: OfferShop, codes: list[str]) -> list[Acceptance]:
    with cafe.runtime.database.read() as connection:
        return acceptances.of_codes(connection, cafe.shop_id, codes)


def test_codes_of_an_order_that_do_not_go_together_are_told_as_a_loss(
    cafe: OfferShop, caplog: pytest.LogCaptureFixture
) -> None:
    """The shop took half off twice: two bags that cost 10.00 were given away."""
    cafe.put({"parameters": {"off_share": 0.5}})
    codes = [cafe.accepted()["code"], cafe.accepted()["code"]]
    send(cafe, order("o1", None, coupon_codes=codes))
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (2500, 1000)
    assert "is not what" in caplog.text
    assert sorted(each.trouble or "" for each in kept(cafe, codes)) == ["", "not_with_others"]
