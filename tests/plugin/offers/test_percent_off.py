"""One offer from the first question to the order, as page, shopper and shop's server see it."""

from tests.plugin.offers.shop import OfferShop


def test_a_tenth_off_is_shown_accepted_and_redeemed(cafe: OfferShop) -> None:
    cafe.put({})
    answer = cafe.ask()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    shown = answer.json["offer"]
    assert shown["title"] == "10% off your cart: you save €2.50"
    assert (shown["total_minor"], shown["price_minor"], shown["saving_minor"]) == (2500, 2250, 250)
    assert shown["ends_at"] is None
    assert "Not together with other offers" in shown["conditions"]
    accepted = cafe.wish("accept", answer.json).json
    assert accepted is not None
    assert accepted["terms"]["price_minor"] == 2250
    assert (cafe.row().reserved_minor, cafe.row().accepted) == (250, 1)
    redeemed = cafe.redeem(accepted)
    assert redeemed.status_code == 200, redeemed.text
    assert redeemed.json is not None
    assert (redeemed.json["order_id"], redeemed.json["discount_minor"]) == ("o1", 250)
    assert cafe.redeem(accepted).json == redeemed.json
    other = cafe.redeem(accepted, "o2")
    assert other.json is not None
    assert (other.status_code, other.json["reason"]) == (409, "redeemed_by_other_order")
    assert other.json["errors"]["order_id"] == ["o1"]
    row = cafe.row()
    assert (row.reserved_minor, row.spent_minor, row.accepted, row.redeemed) == (0, 250, 1, 1)
