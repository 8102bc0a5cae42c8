"""Somebody asks to be forgotten: nothing is made from their history any more, and no model counts it."""

from collections.abc import Iterator

import pytest

import recommender
from plugin.store import models
from tests.acceptance.service import Service, orders_of, products_of, until, working

SECONDS = 5
"""Within so many every worker has forgotten."""


@pytest.fixture(scope="module")
def service(house: Service) -> Iterator[Service]:
    """Many buy a pair of ten; ann and bob come back for their tea every other day, as tea drinkers do."""
    pairs = [(f"a{number % 10}", f"b{number % 10}") for number in range(200)]
    drinkers = [("ann", "bob", "cid", "dan")[number % 4] for number in range(80)]
    baskets = [*pairs, *[["tea"] for _ in drinkers]]
    customers = [*(f"customer-{number}" for number in range(200)), *drinkers]
    found = house.with_another_shop()
    ids = [f"{letter}{number}" for letter in "ab" for number in range(10)]
    found.ask("PUT", "/v1/products", products_of([*ids, "tea"]))
    consents = [{"customer_id": each, "consent": {"personal": True}} for each in ("ann", "bob", "cid")]
    found.ask("PUT", "/v1/customers", consents)
    found.ask("PUT", "/v1/orders", orders_of(baskets, customers))
    with working(found):
        assert found.train()["status"] == "published"
        assert until(5, lambda: all(is_personal(each) for each in found.slates("ann", cart="a3:1")))
        yield found


def is_personal(slate: dict[str, object]) -> bool:
    """Whether the customer's own history speaks in it."""
    items: list[dict[str, dict[str, str]]] = slate["items"]  # type: ignore[assignment]
    return "own_purchases" in {item["reason"]["kind"] for item in items}


def in_use(service: Service) -> recommender.Model:
    with service.runtime.database.read() as connection:
        artefact = models.current(connection, service.shop_id)
    assert artefact is not None
    return recommender.load(service.runtime.config.artefacts / artefact.path)


def knows(model: recommender.Model, customer_id: str) -> bool:
    """Whether the artefact holds the customer's id."""
    return any(
        customer_id.encode() in array.tobytes()
        for name, array in model.arrays.items()
        if name.startswith("customers/")
    )


def test_in_seconds_nothing_is_suggested_from_their_history(service: Service) -> None:
    assert service.ask("DELETE", "/v1/customers/ann") is None
    assert until(SECONDS, lambda: not any(is_personal(each) for each in service.slates("ann", cart="a3:1")))
    assert all(is_personal(each) for each in service.slates("bob", cart="a3:1"))
    # an order that is sent again does not bring them back
    (late,) = orders_of([["tea"]], ["ann"])
    service.ask("PUT", "/v1/orders", [late | {"order_id": "late"}])
    assert not any(is_personal(each) for each in service.slates("ann", cart="a3:1"))


def test_on_demand_a_model_without_their_orders_comes_at_once(service: Service) -> None:
    """And without ann's: who was erased before is in no later model either."""
    before = in_use(service)
    assert knows(before, "bob")
    assert before.figures["n_orders"] == 280
    asked = service.ask("DELETE", "/v1/customers/bob?retrain=now")
    assert asked["cause"] == "erasure"
    assert service.ended(asked["training_id"])["status"] == "published"
    after = in_use(service)
    assert after.figures["n_orders"] == 240
    assert not knows(after, "ann")
    assert not knows(after, "bob")
    assert knows(after, "cid")
    assert until(SECONDS, lambda: {each["model_version"] for each in service.slates(cart="a3:1")} == {2})
    assert not any(is_personal(each) for each in service.slates("bob", cart="a3:1"))
    assert all(is_personal(each) for each in service.slates("cid", cart="a3:1"))
