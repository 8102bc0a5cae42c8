"""An upsell in the demo: real orders, a real browser; taken, or refused for a cheaper one and then quiet."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.conftest import Demo

LOOKED_AT = 700


class Upsell:
    """A product of the demo, and what is shown beside it."""

    def __init__(self, product: dict[str, Any], item: dict[str, Any]) -> None:
        self.product, self.item = product, item
        self.page = f"/products/{product['product_id']}"


@pytest.fixture(scope="module")
def upsell(demo: Demo) -> Upsell:
    """The best known product with a better version."""
    return next(_upsells(demo))


def test_a_product_page_shows_a_better_version_with_its_price_its_reason_and_two_ways_out(
    upsell: Upsell, page: Page
) -> None:
    page.goto(upsell.page)
    widget, item = _widget(page), upsell.item
    expect(widget.get_by_role("heading", name="Worth considering")).to_be_visible()
    expect(widget.locator("[part=title]")).to_have_text(item["title"])
    price, more = (f"${each / 100:.2f}" for each in (item["price_minor"], item["more_minor"]))
    expect(widget.locator("[part=price]")).to_have_text(f"{price} ({more} more)")
    customers = item["reason"]["evidence"]["customers"]
    told = f"Chosen by {customers} customers who had bought {upsell.product['title']} before"
    expect(widget.locator("[part=reason]")).to_have_text(told)
    expect(widget.get_by_role("button")).to_have_count(2)

    widget.get_by_role("button", name=re.compile("^Add ")).click()
    expect(page.locator("[data-cart-count]").first).to_have_text("1")
    page.goto("/cart")
    expect(page.locator("#basket")).to_contain_text(item["title"])


def test_refused_twice_it_is_quiet(demo: Demo, upsell: Upsell, page: Page) -> None:
    page.goto(upsell.page)
    widget = _widget(page)
    titles = [widget.locator("[part=title]").inner_text()]
    for _ in range(2):
        if not widget.locator("[part=decline]").count():
            break
        with page.expect_response(re.compile("kind=upsell")) as answer:
            widget.get_by_role("button", name="No, thank you").click()
        titles += [each["title"] for each in answer.value.json()["items"]]
        assert all(each["price_minor"] < upsell.item["price_minor"] for each in answer.value.json()["items"])
        expect(widget.locator("[part=title]")).to_have_text(
            titles[-1:] if answer.value.json()["items"] else []
        )
    expect(widget.locator("[part=item]")).to_have_count(0)
    assert len(set(titles)) == len(titles) <= 2


def test_what_the_model_holds_beside_every_product_keeps_to_the_bounds(demo: Demo) -> None:
    found = list(_upsells(demo))
    assert found
    for each in found:
        share = each.item["price_minor"] / each.product["price_minor"]
        assert 1.1 <= share <= 1.6
        assert each.item["reason"]["evidence"]["customers"] >= 3


def _upsells(demo: Demo) -> Iterator[Upsell]:
    products = pl.read_parquet(demo.installation.home / "demo" / "catalogue.parquet")
    sold = products.filter(pl.col("department").is_not_null(), pl.col("stock").is_null())
    for product in sold.head(LOOKED_AT).iter_rows(named=True):
        address = f"{demo.address}/v1/recommendations?key={demo.keys.public_key}&placement=product"
        asked = urllib.request.Request(
            f"{address}&kind=upsell&product={product['product_id']}",
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        with urllib.request.urlopen(asked) as answer:
            items = json.load(answer)["items"]
        if items and items[0]["more_minor"] is not None:
            yield Upsell(product, items[0])


def _widget(page: Page) -> Locator:
    return page.locator('encore-recommendations[kind="upsell"]')
