"""Many at once: a budget is never passed, a code never redeemed twice; on SQLite and on PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.plugin.offers.shop import OfferShop

THREADS = 16
SIZES = [
    pytest.param(60, 12, id="short"),
    pytest.param(2000, 100, id="long", marks=[pytest.mark.long, pytest.mark.timeout(900)]),
]


def at_once(work: Callable[[int], TestResponse], times: int) -> list[TestResponse]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(times)))


def ends(answers: list[TestResponse]) -> Counter[Any]:
    return Counter(
        each.json["reason"] if each.status_code != 200 else "done" for each in answers if each.json
    )


@pytest.mark.parametrize(("times", "budget"), SIZES)
@pytest.mark.parametrize("bound", ["count", "money"])
def test_a_budget_is_spent_to_the_last_and_never_passed(
    cafe_anywhere: OfferShop, times: int, budget: int, bound: str
) -> None:
    cafe = cafe_anywhere
    cafe.put({"budget": {"count": budget} if bound == "count" else {"total_minor": 250 * budget + 249}})
    slates = [cafe.ask().json for _ in range(times)]

    def accept(number: int) -> TestResponse:
        return cafe.wish("accept", slates[number] or {}, address=f"10.0.{number % 250}.{number // 250}")

    answers = at_once(accept, times)
    assert ends(answers) == {"done": budget, "budget_spent": times - budget}
    row = cafe.row()
    assert (row.accepted, row.reserved_minor) == (budget, 250 * budget)
    codes = {each.json["code"] for each in answers if each.status_code == 200 and each.json}
    assert len(codes) == budget
    cafe.look()
    assert cafe.shown() is None


@pytest.mark.parametrize("times", [40, pytest.param(500, marks=pytest.mark.long)])
def test_one_code_is_redeemed_with_one_order_and_the_others_learn_with_which(
    cafe_anywhere: OfferShop, times: int
) -> None:
    cafe_anywhere.put({})
    accepted = cafe_anywhere.accepted()
    answers = at_once(lambda number: cafe_anywhere.redeem(accepted, f"o{number}"), times)
    assert ends(answers) == {"done": 1, "redeemed_by_other_order": times - 1}
    (winner,) = (each.json["order_id"] for each in answers if each.status_code == 200 and each.json)
    told = {each.json["errors"]["order_id"][0] for each in answers if each.status_code != 200 and each.json}
    assert told == {winner}
    assert (cafe_anywhere.row().redeemed, cafe_anywhere.row().spent_minor) == (1, 250)


@pytest.mark.parametrize("times", [40, pytest.param(500, marks=pytest.mark.long)])
def test_one_order_redeems_as_often_as_it_likes_with_the_same_success(
    cafe_anywhere: OfferShop, times: int
) -> None:
    cafe_anywhere.put({})
    accepted = cafe_anywhere.accepted()
    answers = at_once(lambda _: cafe_anywhere.redeem(accepted, "o1"), times)
    assert {each.text for each in answers if each.status_code == 200} == {answers[0].text}
    assert ends(answers) == {"done": times}
    assert (cafe_anywhere.row().redeemed, cafe_anywhere.row().spent_minor) == (1, 250)


def test_one_slate_gives_one_code_however_often_it_is_accepted(cafe_anywhere: OfferShop) -> None:
    cafe_anywhere.put({})
    slate = cafe_anywhere.ask().json or {}
    answers = at_once(lambda _: cafe_anywhere.wish("accept", slate), 20)
    assert ends(answers) == {"done": 20}
    assert len({each.json["code"] for each in answers if each.json}) == 1
    assert cafe_anywhere.row().accepted == 1


def test_one_person_accepts_once_however_many_windows_are_open(cafe_anywhere: OfferShop) -> None:
    cafe_anywhere.put({})
    who = cafe_anywhere.proof(customer_id="c1")
    slates = [cafe_anywhere.ask(**who).json or {} for _ in range(20)]
    answers = at_once(lambda number: cafe_anywhere.wish("accept", slates[number], **who), 20)
    assert ends(answers) == {"done": 1, "cap_reached": 19}


def test_one_person_accepts_one_of_many_offers_where_a_pause_is_set(cafe_anywhere: OfferShop) -> None:
    cafe, places = cafe_anywhere, ("product", "cart", "checkout", "thank_you")
    cafe.settle(pause_hours=24)
    cafe.put(*({"offer_id": place, "placements": [place]} for place in places))
    for round_ in range(4):
        who = cafe.proof(customer_id=f"c{round_}")
        slates = [cafe.ask(placement=place, **who).json or {} for place in places]
        answers = at_once(lambda number: cafe.wish("accept", slates[number], **who), len(places))  # noqa: B023
        assert ends(answers) == {"done": 1, "pause": len(places) - 1}
