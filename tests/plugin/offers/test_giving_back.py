"""What a cancelled order gives back, and what it cannot: a spent voucher, what the shop has done already."""

from datetime import UTC, datetime, timedelta
from typing import Any

from plugin.jobs.offers import look_after
from plugin.store.offer_tables import handovers
from tests.plugin.offers.shop import OfferShop
from tests.plugin.offers.test_handovers import ShopServer, shop_server  # noqa: F401
from tests.plugin.offers.test_kinds import kind
from tests.plugin.offers.test_redeeming import order, refused, send, sums


def spent(cafe: OfferShop) -> dict[str, Any]:
    """A promise whose voucher is spent with another order; that of the promise is cancelled then."""
    cafe.put(kind("next_order_voucher", value_minor=500))
    accepted = cafe.accepted()
    voucher = (cafe.redeem(accepted, "o1").json or {})["voucher"]
    used = {"code": voucher["code"], "token": None, "discount_minor": 500, "total_minor": 2000}
    assert cafe.redeem(accepted, "o2", **used).status_code == 200
    send(cafe, order("o1", None, status="cancelled"))
    return accepted


def test_who_spent_the_voucher_cannot_have_it_again(cafe: OfferShop) -> None:
    accepted = spent(cafe)
    assert sums(cafe) == (0, 500, 0, 0)
    assert refused(cafe.redeem(accepted, "o3")) == "token_expired"


def test_an_order_with_a_closed_code_stops_no_others(cafe: OfferShop) -> None:
    accepted = spent(cafe)
    send(cafe, order("o3", accepted["code"]), order("o4", None))
    assert sums(cafe) == (0, 500, 1, 1)
    assert (cafe.redeem(accepted, "o3").json or {})["voucher"]["value_minor"] == 500


def test_a_voucher_that_lapsed_comes_anew_with_another_order(cafe: OfferShop) -> None:
    cafe.put({**kind("next_order_voucher", value_minor=500, valid_days=1), "hold_hours": 100})
    accepted = cafe.accepted()
    assert cafe.redeem(accepted, "o1").status_code == 200
    look_after(cafe.runtime, cafe.shop_id, datetime.now(UTC) + timedelta(days=2))
    send(cafe, order("o1", None, status="cancelled"))
    assert sums(cafe) == (500, 0, 1, 0)
    assert cafe.redeem(accepted, "o2").status_code == 200


def test_what_the_shop_was_told_to_do_is_done_once(cafe: OfferShop, shop_server: ShopServer) -> None:  # noqa: F811
    cafe.put(kind("gift_card", value_minor=1000, costs_minor=1000))
    accepted = cafe.accepted()
    assert cafe.redeem(accepted, "o1").status_code == 200
    send(cafe, order("o1", None, status="cancelled"))
    assert cafe.redeem(accepted, "o2").status_code == 200  # nobody has heard of the first
    with cafe.runtime.database.read() as connection:
        assert [each.told["data"]["order_id"] for each in connection.execute(handovers.select())] == ["o2"]
    cafe.settle(webhook_url=shop_server.address)
    look_after(cafe.runtime, cafe.shop_id, datetime.now(UTC))
    send(cafe, order("o2", None, status="cancelled"))
    assert refused(cafe.redeem(accepted, "o3")) == "redeemed_by_other_order"
    assert sums(cafe) == (0, 1000, 1, 1)


def test_a_code_goes_from_a_cancelled_order_to_the_one_in_its_place(cafe: OfferShop) -> None:
    cafe.put({})
    accepted = cafe.accepted()
    send(cafe, order("o1", accepted["code"]))
    send(cafe, order("o1", accepted["code"], status="cancelled"), order("o2", accepted["code"]))
    assert sums(cafe) == (0, 250, 1, 1)
    assert cafe.redeem(accepted, "o2").status_code == 200


def test_of_two_orders_with_one_code_the_earlier_has_it(cafe: OfferShop) -> None:
    cafe.put({})
    accepted = cafe.accepted()
    early, late = (order(f"o{day}", accepted["code"], ordered_at=f"2026-01-0{day}") for day in (1, 2))
    send(cafe, order("o0", accepted["code"], ordered_at="2025-12-31", status="cancelled"), early, late)
    assert cafe.redeem(accepted, "o1").status_code == 200
