"""The time machine: past orders through a draft, worked out by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from plugin.offers import replay
from plugin.store import offers, orders
from tests.plugin.offers.shop import OfferShop, offer

NOW = datetime.now(UTC).replace(microsecond=0)


def bought(cafe: OfferShop, *carts: tuple[str | None, int, int], product_id: str = "beans") -> None:
    """Orders of (customer, how many at 12.50, how many days ago)."""
    given = [
        {
            "order_id": f"{customer}-{pieces}-{days}",
            "customer_id": customer,
            "ordered_at": NOW - timedelta(days=days),
            "lines": [{"product_id": product_id, "quantity": pieces, "unit_price_minor": 1250}],
        }
        for customer, pieces, days in carts
    ]
    with cafe.runtime.database.write() as connection:
        orders.put_many(connection, cafe.shop_id, given, NOW)


def asked(cafe: OfferShop, weeks: int = 8, **fields: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    draft = {"offer": offer(offer_id="draft", **fields), "weeks": weeks}
    return cafe.client.post("/v1/offers/replay", json=draft, headers=headers)


def replayed(cafe: OfferShop, **fields: Any) -> dict[str, Any]:
    answer = asked(cafe, **fields)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return answer.json


def why(told: dict[str, Any]) -> dict[str, int]:
    return {each["reason"]: each["carts"] for each in told["reasons"]}


def test_who_sees_it_what_it_costs_and_what_is_left(cafe_anywhere: OfferShop) -> None:
    """A tenth off from 25.00 on: of 12.50, 25.00 and 37.50, two see it, for 2.50 and 3.75."""
    cafe = cafe_anywhere
    bought(cafe, ("ann", 1, 3), ("bob", 2, 2), (None, 3, 1), ("old", 9, 100))
    told = replayed(cafe, conditions=[{"kind": "cart_total", "from_minor": 2500}])
    assert (told["orders"], told["sampled"], told["shown"], told["customers"]) == (3, 3, 2, 1)
    assert (told["cost_minor"], told["cost_per_cart_minor"], told["accepted"]) == (625, 312, 2)
    assert told["example"]["title"] == "10% off your cart: you save €2.50"
    assert "From a cart of €25.00" in told["example"]["conditions"]
    assert told["margin_share_before"] == pytest.approx((6250 - 2500) / 6250)
    assert told["margin_share_after"] == pytest.approx((5625 - 2500) / 5625)
    assert told["reasons"] == [
        {
            "reason": "condition_cart_total",
            "message": "A condition is not met: From a cart of €25.00",
            "carts": 1,
        }
    ]
    with cafe.runtime.database.read() as connection:
        assert offers.all_of(connection, cafe.shop_id) == []


def test_the_floor_refuses_in_the_past_too(cafe: OfferShop) -> None:
    cafe.settle(floor_minor=1000)
    bought(cafe, ("ann", 1, 3), ("bob", 2, 2))
    told = replayed(cafe)
    assert (told["shown"], told["refused_by_floor"]) == (1, 1)
    assert told["margin_share_lowest"] == pytest.approx(1250 / 2250)


def test_caps_budget_and_first_orders_count_as_they_would_have(cafe: OfferShop) -> None:
    bought(cafe, ("ann", 2, 40), ("ann", 2, 20), ("ann", 2, 5), ("bob", 2, 3), ("old", 1, 100), ("old", 2, 1))
    once = replayed(cafe, caps={"per_person": 1, "period_days": 30})
    assert (once["shown"], why(once)) == (4, {"cap_reached": 1})
    spent = replayed(cafe, caps={"per_person": 9}, budget={"total_minor": 600})
    assert (spent["shown"], spent["cost_minor"], why(spent)) == (2, 500, {"budget_spent": 3})
    first = replayed(cafe, conditions=[{"kind": "first_order"}])
    assert (first["shown"], why(first)) == (2, {"condition_first_order": 3})
    soon = replayed(cafe, conditions=[{"kind": "since_last_order", "days": 16}])
    assert (soon["shown"], why(soon)) == (1, {"condition_since_last_order": 4})
    later = replayed(cafe, conditions=[{"kind": "since_last_order", "days": 100}])
    assert (later["shown"], why(later)) == (2, {"condition_since_last_order": 2, "cap_reached": 1})


def test_offers_that_are_live_compete_for_the_same_carts(cafe: OfferShop) -> None:
    cafe.put(
        {
            "offer_id": "better",
            "parameters": {"off_share": 0.2},
            "conditions": [{"kind": "cart_has", "quantity": 2}],
        },
        {"offer_id": "worse", "parameters": {"off_share": 0.05}},
        {"offer_id": "asleep", "parameters": {"off_share": 0.3}, "paused": True},
    )
    bought(cafe, ("ann", 1, 3), ("bob", 2, 2))
    told = replayed(cafe)
    assert told["rivals"] == [
        {"offer_id": "worse", "carts": 2, "instead": 0, "behind": 1},
        {"offer_id": "better", "carts": 1, "instead": 1, "behind": 0},
    ]
    assert (told["shown"], why(told)) == (1, {"not_the_first": 1})


def test_a_threshold_that_is_not_reached_costs_nothing(cafe: OfferShop) -> None:
    bought(cafe, ("ann", 1, 3), ("bob", 2, 2))
    told = replayed(cafe, kind="spend_more", parameters={"from_minor": 2000, "off_minor": 300})
    assert (told["shown"], told["not_reached"], told["cost_minor"]) == (2, 1, 300)


def test_a_sample_stands_for_all(cafe: OfferShop, monkeypatch: pytest.MonkeyPatch) -> None:
    bought(cafe, *((f"c{number}", 2, number % 50) for number in range(60)))
    monkeypatch.setattr(replay, "MOST_ORDERS", 20)
    told = replayed(cafe)
    assert (told["orders"], told["sampled"], told["shown"], told["cost_minor"]) == (60, 20, 20, 60 * 250)
    assert told == replayed(cafe)


def test_a_shop_without_orders_or_with_a_wrong_offer_is_told_so(cafe: OfferShop) -> None:
    told = replayed(cafe)
    assert told["example"] is None
    assert (told["sampled"], told["shown_share"], told["margin_share_after"]) == (0, None, None)
    refused = asked(cafe, parameters={})
    assert refused.status_code == 422
    assert refused.json is not None
    assert refused.json["errors"] == {"offer.parameters.off_share": ["Missing data for required field."]}
    assert asked(cafe, weeks=99).status_code == 422
