"""A merchant whose orders went wrong: the good model stays, the page says why, and one click goes back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.store import merchants
from tests.acceptance.service import Service, orders_of, pairs, products_of, until, working

PASSWORD = "a word of the tests"


@pytest.fixture
def service(house: Service) -> Iterator[Service]:
    """Forty pairs are bought, always together; nothing is trained but by request."""
    found = house.with_another_shop()
    found.ask("PUT", "/v1/products", products_of([f"{letter}{n}" for letter in "ab" for n in range(40)]))
    found.ask("PATCH", "/v1/settings", {"retrain_after_orders": 1_000_000})
    found.ask("PUT", "/v1/orders", orders_of(pairs(2_600)))
    with working(found):
        yield found


@pytest.fixture
def merchant(service: Service, browser: Browser) -> Iterator[Page]:
    """The merchant's browser, signed in."""
    with service.runtime.database.write() as connection:
        token = merchants.add_link(connection, service.shop_id, datetime.now(UTC))
    page = browser.new_page(base_url=service.address)
    page.goto(f"/admin/sign-in/{token}")
    for label in ("New password", "The same once more"):
        page.get_by_label(label).fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    yield page
    page.close()


def served(service: Service) -> set[tuple[int, str]]:
    """The model's number and the first suggestion for a3, of whichever worker."""
    slates = service.slates(cart="a3:1")
    return {(each["model_version"], item["product_id"]) for each in slates for item in each["items"][:1]}


def test_a_worse_model_is_never_served_and_an_older_one_is_back_by_a_click(
    service: Service, merchant: Page
) -> None:
    first = service.train()
    assert (first["status"], first["reason"], first["model_version"]) == ("published", "better", 1)
    assert until(5, lambda: served(service) == {(1, "b3")})

    # an import goes wrong: what goes with what is lost
    service.ask("PUT", "/v1/orders", orders_of(pairs(2_600, spoilt=2_340)))
    second = service.train()
    assert (second["status"], second["reason"]) == ("rejected", "worse_than_live"), second["message"]
    assert served(service) == {(1, "b3")}
    for path in ("/admin/", "/admin/models"):
        merchant.goto(f"{path}?language=es")
        found = merchant.get_by_text("Es peor que el modelo en uso").first
        expect(found).to_contain_text("intervalo del 95 %")

    # mended, the next model comes in; the merchant would rather have the one before
    service.ask("PUT", "/v1/orders", orders_of(pairs(2_600)))
    assert service.train()["model_version"] == 2
    assert until(5, lambda: served(service) == {(2, "b3")})
    merchant.goto("/admin/models?language=en")
    merchant.get_by_role("button", name="Use this one (1)").click()
    expect(merchant.get_by_role("status").first).to_contain_text("Number 1 is in use")
    assert until(3, lambda: {version for version, _ in served(service)} == {1})
    expect(merchant.get_by_text("The schedule trains no other")).to_be_visible()
    assert service.ask("GET", "/v1/models")["held"] is True

    # and by a program to the newest one again
    assert service.ask("POST", "/v1/models/rollback", {"model_version": 2})["in_use"] is True
    assert until(3, lambda: {version for version, _ in served(service)} == {2})
    card = service.ask("GET", "/v1/models/2")["card"]
    assert card["verdict"]["reason"] == "better"
    assert card["evaluation"]["hit_rate"] > card["evaluation"]["bestsellers_hit_rate"]
    assert card["changes"]["model_version"] == 1
