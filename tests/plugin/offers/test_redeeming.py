"""A promise is kept exactly once, to whom it was made, on the terms that were accepted."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from plugin.jobs.offers import look_after
from plugin.store import acceptances, orders
from plugin.store.acceptances import Acceptance
from tests.conftest import add_shop
from tests.plugin.offers.shop import OfferShop, claim
from tests.plugin.storefront import put_product


def refused(answer: TestResponse) -> str:
    assert answer.status_code >= 400, answer.text
    assert answer.json is not None
    reason: str = answer.json["reason"]
    return reason


def order(order_id: str, code: str | None, **fields: Any) -> dict[str, Any]:
    lines = [{"product_id": "beans", "quantity": 2, "unit_price_minor": 1250, "discount_minor": 250}]
    codes = [] if code is None else [code]
    plain = {"order_id": order_id, "ordered_at": "2026-01-01", "lines": lines, "coupon_codes": codes}
    return plain | fields


def send(cafe: OfferShop, *orders: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    answer = cafe.client.put("/v1/orders", json=list(orders), headers=headers)
    assert answer.json is not None
    assert all(each["verdict"] != "rejected" for each in answer.json["verdicts"]), answer.text


def sums(cafe: OfferShop) -> tuple[int, int, int, int]:
    row = cafe.row()
    return row.reserved_minor, row.spent_minor, row.accepted, row.redeemed


@pytest.fixture
def accepted(cafe: OfferShop) -> dict[str, Any]:
    cafe.put({})
    return cafe.accepted()


def promise(cafe: OfferShop, accepted: dict[str, Any]) -> Acceptance:
    with cafe.runtime.database.read() as connection:
        kept = acceptances.find(connection, cafe.shop_id, accepted["code"])
    assert kept
    return kept


def letters(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def test_a_token_that_is_not_the_one_given_is_refused_with_its_own_reason(
    cafe: OfferShop, accepted: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    said, _, signature = accepted["token"].partition(".")
    inside = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    altered = f"{letters(inside | {'until': '2099-01-01T00:00:00+00:00'})}.{signature}"
    forged = f"{letters(inside | {'code': 'NOBODYSCODE2'})}.{signature}"
    assert refused(cafe.redeem(accepted, token=altered)) == "token_altered"
    assert refused(cafe.redeem(accepted, token=said + "." + "A" * 43)) == "token_altered"
    assert refused(cafe.redeem(accepted, code="NOBODYSCODE2", token=forged)) == "token_forged"
    for nonsense in ("x", "a.b", "é.é", "....", said, "W10.W10"):
        assert refused(cafe.redeem(accepted, token=nonsense)) == "token_forged"
    nested = base64.urlsafe_b64encode(b"[" * 1400).decode()
    assert refused(cafe.redeem(accepted, token=f"{nested}.{signature}")) == "token_forged"
    assert refused(cafe.redeem(accepted, code="NOBODYSCODE2", token=None)) == "unknown_code"
    assert "token_altered" in caplog.text
    assert accepted["token"] not in caplog.text
    assert b'encore_redemptions_total{end="token_altered"}' in cafe.client.get("/metrics").data
    assert sums(cafe) == (250, 0, 1, 0)


def test_every_refused_token_is_logged_and_counted_by_its_own_reason(
    cafe: OfferShop, accepted: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    _, other_keys = add_shop(cafe.runtime, "https://other.example")
    said = accepted["token"].partition(".")[0]
    lines = [claim(accepted, "o1")["lines"][0] | {"quantity": 1}]
    asked: dict[str, dict[str, Any]] = {
        "token_forged": {"token": "x"},
        "token_altered": {"token": f"{said}.{'A' * 43}"},
        "token_of_other_shop": {"secret": other_keys.secret},
        "terms_differ": {"lines": lines},
        "token_expired": {},
    }
    for reason, changes in asked.items():
        if reason == "token_expired":
            with cafe.runtime.database.write() as connection:
                kept = promise(cafe, accepted)
                acceptances.move(connection, kept, {"expires_at": kept.accepted_at}, kept.accepted_at)
                changes = {"token": None}
        before = counted(cafe, reason)
        caplog.clear()
        assert refused(cafe.redeem(accepted, **changes)) == reason
        assert counted(cafe, reason) == before + 1
        assert f"is refused: {reason}." in caplog.text


def counted(cafe: OfferShop, reason: str) -> float:
    """How many redemptions ended so."""
    name = f'encore_redemptions_total{{end="{reason}"}} '
    lines = cafe.client.get("/metrics").text.splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def test_another_shops_token_and_code_are_worth_nothing_here(
    cafe: OfferShop, accepted: dict[str, Any]
) -> None:
    _, other_keys = add_shop(cafe.runtime, "https://other.example")
    assert refused(cafe.redeem(accepted, secret=other_keys.secret)) == "token_of_other_shop"
    assert refused(cafe.redeem(accepted, secret=other_keys.secret, token=None)) == "unknown_code"
    assert refused(cafe.redeem(accepted, secret=cafe.keys.public)) == "unknown_key"


def test_other_cart_terms_are_refused(cafe: OfferShop, accepted: dict[str, Any]) -> None:
    lines = claim(accepted, "o1")["lines"]
    assert refused(cafe.redeem(accepted, lines=[lines[0] | {"quantity": 1}])) == "terms_differ"
    assert refused(cafe.redeem(accepted, lines=[lines[0] | {"product_id": "tea"}])) == "terms_differ"
    assert refused(cafe.redeem(accepted, currency="USD")) == "terms_differ"
    with cafe.runtime.database.write() as connection:  # the token of one promise with the code of another
        kept = acceptances.find(connection, cafe.shop_id, accepted["code"])
        assert kept
        acceptances.add(connection, type(kept)(**{**vars(kept), "code": "ANOTHERCODE2", "slate_id": "s"}))
    assert refused(cafe.redeem(accepted, code="ANOTHERCODE2")) == "terms_differ"


def test_the_shops_own_sums_must_be_those_that_were_promised(
    cafe: OfferShop, accepted: dict[str, Any]
) -> None:
    for wrong in (
        {"discount_minor": 251},
        {"discount_minor": 0},
        {"total_minor": 2249},
        {"shipping_minor": 1},
    ):
        assert refused(cafe.redeem(accepted, **wrong)) == "totals_differ"
    more = [*claim(accepted, "o1")["lines"], {"product_id": "tea", "quantity": 1, "unit_price_minor": 1250}]
    answer = cafe.redeem(
        accepted,
        lines=more,
        total_minor=3750 - 250 - 100 + 400,
        shipping_minor=400,
        other_discounts_minor=100,
    )
    assert answer.status_code == 200, answer.text


def test_a_lapsed_code_is_refused_and_its_money_given_back(cafe: OfferShop) -> None:
    cafe.put({"hold_hours": 24})
    accepted = cafe.accepted()
    with cafe.runtime.database.write() as connection:
        kept = acceptances.find(connection, cafe.shop_id, accepted["code"])
        assert kept
        acceptances.move(connection, kept, {"expires_at": kept.accepted_at}, kept.accepted_at)
        accepted_at = kept.accepted_at
    assert refused(cafe.redeem(accepted, token=None)) == "token_expired"
    look_after(cafe.runtime, cafe.shop_id, accepted_at + timedelta(hours=2))
    assert sums(cafe) == (0, 0, 0, 0)
    assert refused(cafe.redeem(accepted, token=None)) == "token_expired"


def test_codes_may_come_in_small_letters(cafe: OfferShop, accepted: dict[str, Any]) -> None:
    assert cafe.redeem(accepted, code=f" {accepted['code'].lower()} ").status_code == 200


def test_an_order_with_the_code_redeems_it_and_both_ways_count_once(
    cafe: OfferShop, accepted: dict[str, Any]
) -> None:
    send(cafe, order("o1", accepted["code"].lower()))
    assert sums(cafe) == (0, 250, 1, 1)
    assert cafe.redeem(accepted, "o1").status_code == 200
    assert refused(cafe.redeem(accepted, "o2")) == "redeemed_by_other_order"
    send(cafe, order("o1", accepted["code"]), order("o2", accepted["code"]))
    assert sums(cafe) == (0, 250, 1, 1)


def test_an_order_from_a_file_redeems_it_with_the_next_sweep(cafe_anywhere: OfferShop) -> None:
    cafe_anywhere.put({})
    now, code = datetime.now(UTC), cafe_anywhere.accepted()["code"]
    with cafe_anywhere.runtime.database.write() as connection:
        given = [order("o1", code, ordered_at=now), order("o2", None, ordered_at=now)]
        orders.put_many(connection, cafe_anywhere.shop_id, given, now)
    for _ in range(2):
        look_after(cafe_anywhere.runtime, cafe_anywhere.shop_id, now)
        assert sums(cafe_anywhere) == (0, 250, 1, 1)


def test_a_cancelled_order_gives_it_back(cafe: OfferShop, accepted: dict[str, Any]) -> None:
    assert cafe.redeem(accepted, "o1").status_code == 200
    send(cafe, order("o1", accepted["code"]))
    send(cafe, order("o1", accepted["code"], status="cancelled"))
    assert sums(cafe) == (250, 0, 1, 0)
    assert cafe.redeem(accepted, "o2").status_code == 200
    send(cafe, order("o1", accepted["code"], status="cancelled"))
    assert sums(cafe) == (0, 250, 1, 1)


def test_an_order_that_is_cancelled_already_redeems_nothing(
    cafe: OfferShop, accepted: dict[str, Any]
) -> None:
    send(cafe, order("o1", None), order("o1", None, status="cancelled"))
    assert refused(cafe.redeem(accepted, "o1")) == "order_cancelled"
    assert sums(cafe) == (250, 0, 1, 0)
    assert cafe.redeem(accepted, "o2").status_code == 200


@pytest.mark.parametrize("together", [True, False])
def test_a_second_order_with_the_code_counts_nothing_and_is_told_of(
    cafe: OfferShop, accepted: dict[str, Any], caplog: pytest.LogCaptureFixture, together: bool
) -> None:
    first, second = order("o1", accepted["code"]), order("o2", accepted["code"], ordered_at="2026-01-02")
    for batch in [[second, first]] if together else [[first], [second], [second]]:
        send(cafe, *batch)
    kept = promise(cafe, accepted)
    assert (kept.order_id, kept.trouble) == ("o1", "redeemed_by_other_order")
    assert sums(cafe) == (0, 250, 1, 1)
    assert "['o2']" in caplog.text
    send(cafe, first | {"status": "cancelled"})
    assert promise(cafe, accepted).trouble is None


def test_an_order_in_another_currency_is_told_of_and_its_prices_are_not_taken_for_ours(
    cafe: OfferShop, accepted: dict[str, Any]
) -> None:
    line = {"product_id": "beans", "quantity": 2, "unit_price_minor": 1}
    send(cafe, order("o1", accepted["code"], currency="JPY", lines=[line]))
    assert promise(cafe, accepted).trouble == "terms_differ"
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (250, 0)


def test_a_deleted_order_gives_it_back(cafe: OfferShop, accepted: dict[str, Any]) -> None:
    send(cafe, order("o1", accepted["code"]))
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    assert cafe.client.delete("/v1/orders/o1", headers=headers).status_code == 204
    assert sums(cafe) == (250, 0, 1, 0)


def test_an_accepted_offer_is_kept_whatever_happens_to_it(cafe: OfferShop, accepted: dict[str, Any]) -> None:
    cafe.put({"paused": True, "budget": {"total_minor": 0, "count": 0}})
    assert cafe.shown() is None
    headers = {"Authorization": f"Bearer {cafe.keys.secret}"}
    assert cafe.client.delete("/v1/offers/welcome", headers=headers).status_code == 204
    assert cafe.redeem(accepted).status_code == 200
    assert cafe.row().loss_minor == 250  # the budget was taken away meanwhile


def test_what_a_kept_promise_costs_below_the_floor_is_booked_as_a_loss(
    cafe: OfferShop, accepted: dict[str, Any]
) -> None:
    """Two bags at 12.50 with 2.50 off leave 12.50; then each costs 11.50 instead of 5.00: 0.50 are lost."""
    dearer = {"variant_id": "v1", "price_minor": 1400, "cost_minor": 1150, "stock": 5}
    put_product(cafe.runtime, cafe.shop_id, "beans", variants=[dearer])
    assert cafe.redeem(accepted).status_code == 200
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (250, 50)
    send(cafe, order("o1", None, status="refunded"))
    assert (cafe.row().spent_minor, cafe.row().loss_minor) == (0, 0)
