"""The demo's last-minute offer: accepted, the total is lower by what was quoted; dismissed, it is quiet."""

import re
from collections.abc import Callable
from typing import Any

import polars as pl
from playwright.sync_api import Locator, Page, Response, expect

from plugin.demo.cart import SHIPPING_MINOR
from plugin.store import offers
from plugin.store.offers import StoredOffer
from tests.acceptance.conftest import Demo

_OFFER = "encore-offer"
_QUANTITY = "12"


def test_accepting_lowers_the_total_by_what_was_quoted_and_the_order_redeems_it(
    demo: Demo, page: Page
) -> None:
    before = _row(demo)
    _to_the_checkout(demo, page)
    total = page.locator("#sum .total .price")
    full_minor = _minor(total.inner_text())
    _see(page).click()
    quoted = page.locator(_OFFER).get_by_role("heading").inner_text()
    saving_minor = _minor(quoted.split("you save")[1])
    page.get_by_role("button", name="Accept the offer").click()

    lower = f"${(full_minor - saving_minor) / 100:.2f}"
    expect(total).to_have_text(lower)
    expect(page.get_by_role("button", name=f"Place the order for {lower}")).to_be_visible()
    page.reload()
    expect(total).to_have_text(lower)
    expect(page.locator(_OFFER)).to_have_count(0)
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator(".thanks")).to_contain_text(f"for {lower} is placed")

    after = _row(demo)
    assert saving_minor > 0
    assert after.redeemed == before.redeemed + 1
    assert after.spent_minor == before.spent_minor + saving_minor


def test_free_shipping_is_promised_in_the_cart_and_costs_nothing_in_the_order(demo: Demo, page: Page) -> None:
    before = _row(demo, "free-shipping-30")
    with page.expect_response(_asks_in("cart")) as asked:
        _fill_the_cart(demo, page, "5")
    missing = asked.value.json()["offer"]
    expect(page.locator(_OFFER).get_by_role("heading", name="more and shipping is free")).to_be_visible()
    assert (missing["kind"], missing["saving_minor"]) == ("spend_more", 0)

    for _ in range(2):
        _fill_the_cart(demo, page, "45")
    full_minor = _minor(page.locator("#sum .total .price").inner_text())
    _see(page).click()
    page.get_by_role("button", name="Accept the offer").click()
    lower = f"${(full_minor - SHIPPING_MINOR) / 100:.2f}"
    expect(page.locator("#sum .total .price")).to_have_text(lower)
    page.get_by_role("link", name="To the checkout").click()
    page.get_by_role("button", name=f"Place the order for {lower}").click()
    expect(page.locator(".thanks")).to_contain_text("Your offer took $2.90 off")

    after = _row(demo, "free-shipping-30")
    assert (after.redeemed - before.redeemed, after.spent_minor - before.spent_minor) == (1, SHIPPING_MINOR)


def test_a_dismissed_offer_keeps_quiet_on_reload_in_a_new_tab_and_for_a_known_customer_without_storage(
    demo: Demo, page: Page
) -> None:
    _sign_in(page, 0)
    _to_the_checkout(demo, page)
    _see(page).click()
    with page.expect_response(re.compile("/dismiss$")) as told:
        page.get_by_role("button", name="No, thank you").click()
    assert told.value.status == 204

    _is_quiet(page)
    tab = page.context.new_page()
    _is_quiet(tab)
    tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    tab.context.clear_cookies()
    _sign_in(tab, 0)
    _to_the_checkout(demo, tab)
    assert _is_quiet(tab) is None  # the service knows the customer, and no browser does

    tab.context.clear_cookies()
    _sign_in(tab, 1)
    _to_the_checkout(demo, tab)
    expect(_see(tab)).to_be_visible()


def _see(page: Page) -> Locator:
    return page.locator(_OFFER).get_by_role("button", name="See your offer")


def _is_quiet(page: Page) -> Any:
    """The checkout, opened anew, asks for an offer and shows none; what it was answered."""
    with page.expect_response(_asks_in("checkout")) as asked:
        page.goto("/checkout")
    answer = asked.value.json()
    page.wait_for_timeout(300)
    assert _see(page).count() == 0
    return answer["offer"]


def _asks_in(placement: str) -> Callable[[Response], bool]:
    return lambda answer: "/v1/offers?" in answer.url and f"placement={placement}" in answer.url


def _sign_in(page: Page, place: int) -> None:
    page.goto("/sign-in")
    page.locator("button.household").nth(place).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Welcome back"))


def _to_the_checkout(demo: Demo, page: Page) -> None:
    """With a dozen of what is bought most of all."""
    _fill_the_cart(demo, page, _QUANTITY)
    with page.expect_response(_asks_in("checkout")):  # or its answer could be taken for that of the next page
        page.get_by_role("link", name="To the checkout").click()


def _fill_the_cart(demo: Demo, page: Page, quantity: str) -> None:
    """Some of what is bought most of all."""
    products = pl.read_parquet(demo.installation.home / "demo" / "catalogue.parquet")
    sold = products.filter(pl.col("department").is_not_null(), pl.col("stock").is_null())["product_id"]
    page.goto(f"/products/{sold[0]}")
    page.locator(".product input.quantity").fill(quantity)
    page.get_by_role("button", name="Add to cart", exact=True).click()
    expect(page.get_by_role("heading", name="Your cart")).to_be_visible()


def _row(demo: Demo, offer_id: str = "last-minute") -> StoredOffer:
    with demo.runtime.database.read() as connection:
        found = offers.find(connection, demo.keys.shop_id, offer_id)
    assert found
    return found


def _minor(amount: str) -> int:
    return round(float(amount.strip().removeprefix("$")) * 100)
