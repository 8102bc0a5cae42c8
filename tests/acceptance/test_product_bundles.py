"""A bundle in the demo: added whole from the product's page, the total lower, and redeemed with the order."""

import re

import polars as pl
from playwright.sync_api import Page, expect

from plugin.demo.cart import SHIPPING_MINOR
from plugin.store import offers, shops
from tests.acceptance.conftest import Demo

BUNDLE = "encore-bundle"


def test_a_bundle_on_a_product_page_is_bought_whole_for_what_was_quoted(demo: Demo, page: Page) -> None:
    first, second = _two_dear_ones(demo)
    before = _redeemed(demo)
    _make(demo, [[first, second]])
    page.wait_for_timeout(1_000)  # every worker looks five times a second
    with page.expect_response(re.compile("/accept$")) as told:
        page.goto(f"/products/{first}")
        page.mouse.wheel(0, 800)  # nothing is asked before it comes near
        page.locator(BUNDLE).get_by_role("button", name=re.compile("^Add all to cart")).click()
    expect(page.locator(BUNDLE).get_by_role("status")).to_contain_text("Accepted. Your code")
    terms = told.value.json()["terms"]
    expect(page.locator("[data-cart-count]").first).to_have_text("2")

    page.goto("/checkout")
    price = f"${(terms['price_minor'] + SHIPPING_MINOR) / 100:.2f}"
    expect(page.locator("#sum .total .price")).to_have_text(price)
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator(".thanks")).to_contain_text(f"for {price} is placed")
    _make(demo, [])
    assert terms["saving_minor"] > 0
    assert _redeemed(demo) == before + 1


def _two_dear_ones(demo: Demo) -> list[str]:
    products = pl.read_parquet(demo.installation.home / "demo" / "catalogue.parquet")
    sold = products.filter(pl.col("department").is_not_null(), pl.col("stock").is_null())
    return sold.sort("price_minor", "product_id", descending=True)["product_id"].head(2).to_list()


def _make(demo: Demo, made: list[list[str]]) -> None:
    """The merchant puts bundles together."""
    settings = {"bundles": {"made": [{"products": each} for each in made]}}
    with demo.runtime.database.write() as connection:
        shops.change_settings(connection, demo.keys.shop_id, settings)


def _redeemed(demo: Demo) -> int:
    with demo.runtime.database.read() as connection:
        found = offers.find(connection, demo.keys.shop_id, "together")
    assert found
    return found.redeemed
