"""The merchant's pages of bundles: what the orders show, pin, name, forbid, make; what may be taken off."""

from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

import recommender
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import offers, shops
from plugin.store.shops import ShopKeys
from recommender.blend import Blend
from tests.conftest import NOW
from tests.plugin.admin.conftest import PASSWORD, Visitor, new_link
from tests.plugin.admin.test_browser import accessible, page
from tests.plugin.admin.test_pages import NASTY
from tests.plugin.storefront import TITLES, orders, put_in_use, put_product

Shop = tuple[str, ShopKeys]
__all__ = ["page"]
EASY = {"bundle_customers": 5, "bundle_lift": 0.5, "bundle_recent_customers": 3, "bundle_recent_lift": 0.5}
BOUGHT = [("beans", "filter"), ("beans", "filter"), ("kettle", "scale"), ("tea",), ("cup",)]


@pytest.fixture(autouse=True)
def sold(runtime: Runtime, shop: Shop) -> None:
    """Everything costs 12.50, and the shop itself 5.00, and every cart must leave 10.00; twelve customers
    bought filters with beans, six a kettle with a scale.
    """
    known = {"variant_id": "v1", "price_minor": 1250, "cost_minor": 500, "stock": 50}
    for product_id in TITLES:
        put_product(runtime, shop[0], product_id, variants=[known], categories=["Coffee"])
    model = recommender.train(orders(BOUGHT), as_of=NOW, settings=EASY, blend=Blend())
    put_in_use(runtime, shop[0], model)
    with runtime.database.write() as connection:
        shops.change_settings(connection, shop[0], {"offers": {"floor_minor": 1000}})


def kept(runtime: Runtime, shop: Shop) -> dict[str, Any]:
    with runtime.database.read() as connection:
        found: dict[str, Any] = shops.stored_settings(connection, shop[0])["bundles"]
    return found


def text_of(answer: TestResponse) -> str:
    return " ".join(unescape(answer.text).split())


def change(merchant: Visitor, what: str, *products: str) -> TestResponse:
    return merchant.post("/offers/bundles", {"do": what, "of": list(products), "from": "list"})


def test_what_the_orders_show_stands_with_customers_lift_and_price(merchant: Visitor) -> None:
    page = text_of(merchant.get("/offers/bundles"))
    assert "Espresso Beans + Paper Filters" in page
    assert "<dt>Customers who bought all of it at once</dt><dd>12</dd>" in page
    assert "<dt>More often than by chance (lift)</dt><dd>2.5 times</dd>" in page
    assert "<dt>At least (95 % sure)</dt><dd>1.4 times</dd>" in page
    assert "<strong>€25.00</strong>" in page
    assert "Gooseneck Kettle + Coffee Scale" in page
    only = text_of(merchant.get("/offers/bundles?product=kettle"))
    assert "Espresso Beans" not in only
    assert "Gooseneck Kettle + Coffee Scale" in only


def test_a_bundle_is_pinned_put_first_let_go_and_forbidden(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    change(merchant, "pin", "beans", "filter")
    change(merchant, "pin", "tea", "cup")
    change(merchant, "pin", "cup", "tea")
    assert [each["products"] for each in kept(runtime, shop)["made"]] == [["beans", "filter"], ["tea", "cup"]]
    page = text_of(change(merchant, "first", "tea", "cup"))
    assert page.index("Green Tea + Tea Cup") < page.index("Espresso Beans + Paper Filters")
    change(merchant, "let_go", "filter", "beans")
    change(merchant, "forbid", "cup", "tea")
    assert kept(runtime, shop) | {"reach_share": 1.0} == {
        "reach_share": 1.0,
        "made": [],
        "forbidden": [["cup", "tea"]],
    }
    change(merchant, "allow", "tea", "cup")
    assert kept(runtime, shop)["forbidden"] == []
    change(merchant, "pin", "beans")
    change(merchant, "pin", "a", "b", "c", "d", "e")
    assert [each["products"] for each in kept(runtime, shop)["made"]] == [["a", "b", "c", "d"]]


def test_a_name_is_kept_by_language_and_must_not_press(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    name = {"of": ["beans", "filter"], "title.en": "Breakfast", "title.es": NASTY}
    page = merchant.post("/offers/bundles/one", name)
    assert "Saved" in page.text
    assert "<script>alert" not in page.text
    assert kept(runtime, shop)["made"][0]["title"] == {"en": "Breakfast", "es": NASTY}
    assert "Breakfast</a></h3>" in text_of(merchant.get("/offers/bundles"))
    refused = merchant.post("/offers/bundles/one", {**name, "title.it": "Ultima occasione"})
    assert refused.status_code == 422
    assert 'id="title.it-error">“ultima occasione” presses for time' in text_of(refused)
    assert "it" not in kept(runtime, shop)["made"][0]["title"]


def test_a_discount_is_tried_with_the_sum_and_never_below_the_floor(
    runtime: Runtime, shop: Shop, merchant: Visitor, live: Live, shelves: Shelves
) -> None:
    page = text_of(merchant.get("/offers/bundles/one?of=tea&of=cup&off=10"))
    assert "Your margin floor allows at most 20 % on this bundle by itself." in page  # 25 - 10 - 5 = 10
    assert "<strong>€22.50</strong>" in page
    assert '<th scope="row">What is left</th><td>€12.50</td>' in page
    below = text_of(merchant.get("/offers/bundles/one?of=tea&of=cup&off=21"))
    assert "less than the margin floor" in below
    assert '<th scope="row">What is left</th><td>€9.75</td>' in below
    assert "Make it an offer" not in below
    assert "Give a percentage above 0" in merchant.get("/offers/bundles/one?of=tea&of=cup&off=all").text
    form = merchant.get("/offers/edit?kind=bundle&parameters.products=tea%0Acup&parameters.off_share=10").text
    assert ">tea\ncup</textarea>" in form
    made = {
        "kind": "bundle",
        "offer_id": "tea-time",
        "parameters.products": "tea\ncup",
        "placements": "product",
    }
    limits = {"caps.per_person": "1", "caps.period_days": "30", "priority": "0", "hold_hours": "24"}
    whole = {**made, **limits, "stacking": "alone", "parameters.off_share": "10", "do": "save"}
    merchant.post("/offers/edit", whole)
    with runtime.database.read() as connection:
        assert offers.find(connection, shop[0], "tea-time")
    live.refresh()
    shelves.refresh()
    assert "by the offer tea-time" in text_of(merchant.get("/offers/bundles/one?of=tea&of=cup"))
    with runtime.database.write() as connection:
        shops.change_settings(connection, shop[0], {"offers": {"floor_minor": 2000}})
    live.refresh()
    shelves.refresh()
    page = text_of(merchant.get("/offers/bundles/one?of=tea&of=cup"))
    assert "The offer tea-time does not hold for it by itself. The cart would leave less" in page


def test_an_unknown_cost_says_why_there_is_no_discount(
    runtime: Runtime, shop: Shop, merchant: Visitor
) -> None:
    put_product(runtime, shop[0], "tea", variants=[{"variant_id": "v1", "price_minor": 1250, "stock": 5}])
    page = text_of(merchant.get("/offers/bundles/one?of=tea&of=cup"))
    assert "There is no discount to give." in page
    assert merchant.get("/offers/bundles/one").status_code == 200
    assert merchant.get("/offers/bundles", query_string={"search": NASTY, "page": "9"}).status_code == 200


def test_a_bundle_is_made_in_a_browser(runtime: Runtime, shop: Shop, page: Page, address: str) -> None:
    page.goto(address + new_link(runtime, shop[0]))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your password is set")
    page.goto(f"{address}/offers/bundles")
    page.get_by_label("Title or id").fill("tea")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Begin a bundle: Green Tea tea").click()
    page.get_by_label("Put in a product: title or id").fill("cup")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Add: Tea Cup cup").click()
    page.get_by_label("Percentage off").fill("10")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("region", name="Discount")).to_contain_text("€22.50")
    page.get_by_role("button", name="Make this bundle").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page.get_by_label("English").fill("Tea for one")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page.get_by_role("link", name="All bundles").click()
    expect(page.get_by_role("region", name="Yours")).to_contain_text("Tea for one")
    page.get_by_role("button", name="Forbid: Espresso Beans + Paper Filters").press("Enter")
    expect(page.get_by_role("region", name="Forbidden")).to_contain_text("Espresso Beans")
    accessible(page)
    assert kept(runtime, shop)["made"] == [{"products": ["tea", "cup"], "title": {"en": "Tea for one"}}]
    page.goto(f"{address}/offers/bundles/one?of=tea&of=cup")
    page.get_by_role("link", name="Make it an offer").click()
    expect(page.get_by_label("Percentage off", exact=True)).to_have_value("20")
