"""Between two trainings: what was bought just now and what is new in the shop moves suggestions by itself.

No worker runs here, so nothing is trained anew.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.acceptance.service import Service, orders_of, products_of, until, working

MINUTE = 60


@pytest.fixture(scope="module")
def service(house: Service) -> Service:
    """Ten pairs; and tea, which four drinkers bought again and again."""
    baskets = [[f"a{number % 10}", f"b{number % 10}"] for number in range(300)]
    drinkers = [f"drinker-{number % 4}" for number in range(80)]
    customers = [*(f"customer-{number}" for number in range(300)), *drinkers]
    found = house.with_another_shop()
    found.ask("PUT", "/v1/products", products_of([f"a{n}" for n in range(10)], categories=["Coffee"]))
    found.ask("PUT", "/v1/products", products_of([f"b{n}" for n in range(10)], categories=["Filters"]))
    found.ask("PUT", "/v1/products", products_of(["tea", "hit"], categories=["Drinks"]))
    found.ask("PUT", "/v1/customers", [{"customer_id": "eve", "consent": {"personal": True}}])
    found.ask("PUT", "/v1/orders", orders_of([*baskets, *[["tea"] for _ in drinkers]], customers))
    with working(found):
        assert found.train()["status"] == "published"
    assert until(5, lambda: {each["model_version"] for each in found.slates(cart="a3:1")} == {1})
    return found


def buy(service: Service, order_id: str, product_id: str, customer_id: str) -> None:
    """An order of this moment, as the shop's server tells it."""
    line = {"product_id": product_id, "quantity": 1}
    order = {"order_id": order_id, "ordered_at": datetime.now(UTC).isoformat(), "customer_id": customer_id}
    service.ask("PUT", "/v1/orders", [order | {"lines": [line]}])


def ids(slate: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in slate["items"]]


def within_a_minute(
    service: Service, true: Callable[[dict[str, Any]], bool], *who: str, **asked: str
) -> bool:
    """Whether `true` holds of whatever any worker answers, before a minute has passed, and from then on."""
    began = time.monotonic()
    done = until(MINUTE, lambda: all(true(slate) for slate in service.slates(*who, **asked)))
    assert time.monotonic() - began < MINUTE + 5
    return done and all(true(slate) for slate in service.slates(*who, **asked))


def is_own(product_id: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a slate holds the product as one that the customer bought."""
    wanted = (product_id, "own_purchases")
    return lambda slate: any(
        (each["product_id"], each["reason"]["kind"]) == wanted for each in slate["items"]
    )


@pytest.fixture(scope="module")
def news(service: Service) -> Service:
    """The service after all that comes in at once, none of which any answer held before."""
    assert not any("new" in ids(slate) for slate in service.slates(cart="a3:1"))
    assert not any("hit" in ids(slate)[:3] for slate in service.slates(placement="home"))
    bought = [is_own("tea"), is_own("hit")]
    assert not any(its(slate) for slate in service.slates("eve", cart="a3:1") for its in bought)
    service.ask("PUT", "/v1/products", products_of(["new"], categories=["Filters"]))
    buy(service, "eve-1", "tea", "eve")
    buy(service, "mistake", "hit", "eve")
    for number in range(60):
        buy(service, f"rush-{number}", "hit", f"rusher-{number}")
    return service


def test_a_product_put_in_stands_where_its_kind_stands(news: Service) -> None:
    """Filters go with coffee, and nobody has bought this one yet."""
    assert within_a_minute(news, lambda slate: "new" in ids(slate), cart="a3:1")
    assert {slate["model_version"] for slate in news.slates(cart="a3:1")} == {1}


def test_what_a_customer_bought_just_now_speaks_for_them_alone(news: Service) -> None:
    assert within_a_minute(news, is_own("tea"), "eve", cart="a3:1")
    assert not any(is_own("tea")(slate) for slate in news.slates(cart="a3:1"))


def test_what_many_buy_just_now_becomes_popular(news: Service) -> None:
    assert within_a_minute(news, lambda slate: "hit" in ids(slate)[:3], placement="home")


def test_an_order_taken_back_leaves_no_trace(news: Service) -> None:
    assert within_a_minute(news, is_own("hit"), "eve", cart="a3:1")
    news.ask("DELETE", "/v1/orders/mistake")
    assert within_a_minute(news, lambda slate: not is_own("hit")(slate), "eve", cart="a3:1")
