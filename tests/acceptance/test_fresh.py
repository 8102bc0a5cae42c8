"""Between two trainings: what was bought just now and what is new in the shop moves suggestions by itself.

No worker runs here, so nothing is trained anew.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.acceptance.service import Service, orders_of, products_of, running, until, working

MINUTE = 60


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Ten pairs; and tea, which four drinkers bought again and again."""
    baskets = [[f"a{number % 10}", f"b{number % 10}"] for number in range(300)]
    drinkers = [f"drinker-{number % 4}" for number in range(80)]
    customers = [*(f"customer-{number}" for number in range(300)), *drinkers]
    with running(tmp_path_factory.mktemp("fresh") / "home") as found:
        found.ask("PUT", "/v1/products", products_of([f"a{n}" for n in range(10)], categories=["Coffee"]))
        found.ask("PUT", "/v1/products", products_of([f"b{n}" for n in range(10)], categories=["Filters"]))
        found.ask("PUT", "/v1/products", products_of(["tea", "hit"], categories=["Drinks"]))
        found.ask("PUT", "/v1/customers", [{"customer_id": "eve", "consent": {"personal": True}}])
        found.ask("PUT", "/v1/orders", orders_of([*baskets, *[["tea"] for _ in drinkers]], customers))
        with working(found):
            assert found.train()["status"] == "published"
        assert until(5, lambda: {each["model_version"] for each in found.slates(cart="a3:1")} == {1})
        yield found


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


def test_a_product_put_in_stands_where_its_kind_stands(service: Service) -> None:
    """Filters go with coffee, and nobody has bought this one yet."""
    new = products_of(["new"], categories=["Filters"])
    assert not any("new" in ids(slate) for slate in service.slates(cart="a3:1"))
    service.ask("PUT", "/v1/products", new)
    assert within_a_minute(service, lambda slate: "new" in ids(slate), cart="a3:1")
    assert {slate["model_version"] for slate in service.slates(cart="a3:1")} == {1}


def test_what_a_customer_bought_just_now_speaks_for_them_alone(service: Service) -> None:
    def is_own(slate: dict[str, Any]) -> bool:
        kinds = {item["product_id"]: item["reason"]["kind"] for item in slate["items"]}
        return kinds.get("tea") == "own_purchases"

    assert not any(is_own(slate) for slate in service.slates("eve", cart="a3:1"))
    buy(service, "eve-1", "tea", "eve")
    assert within_a_minute(service, is_own, "eve", cart="a3:1")
    assert not any(is_own(slate) for slate in service.slates(cart="a3:1"))


def test_what_many_buy_just_now_becomes_popular(service: Service) -> None:
    assert not any("hit" in ids(slate)[:3] for slate in service.slates(placement="home"))
    for number in range(60):
        buy(service, f"rush-{number}", "hit", f"rusher-{number}")
    assert within_a_minute(service, lambda slate: "hit" in ids(slate)[:3], placement="home")


def test_an_order_taken_back_leaves_no_trace(service: Service) -> None:
    buy(service, "mistake", "hit", "eve")
    own = {"hit"}

    def is_own(slate: dict[str, Any]) -> bool:
        return any(i["reason"]["kind"] == "own_purchases" and i["product_id"] in own for i in slate["items"])

    assert within_a_minute(service, is_own, "eve", cart="a3:1")
    service.ask("DELETE", "/v1/orders/mistake")
    assert within_a_minute(service, lambda slate: not is_own(slate), "eve", cart="a3:1")
