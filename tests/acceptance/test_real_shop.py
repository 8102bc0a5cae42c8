"""A real shop in a real browser: from the basket to the order in Encore, and the order cancelled again.

The shop is django-oscar, which nobody here wrote; it stands in tests/shop.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from rich.console import Console
from sqlalchemy import Connection, select

from plugin.config import from_environment
from plugin.demo.commands import Installation, free_port
from plugin.demo.narration import Narration
from plugin.jobs import offers as offers_job
from plugin.runtime import open_runtime
from plugin.store import orders, tables, variants
from tests.acceptance.service import until
from tests.shop.encore_shop.staff import STAFF
from tests.shop.standing import RealShop, standing

HOUSEHOLDS = 40
WITHIN_SECONDS = 60
"""Within so long a placed order is in Encore."""
_PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
_ADDRESS = {"first_name": "Ada", "last_name": "Byron", "line1": "1 Real Street", "line4": "Town"}
_ADDRESS["postcode"] = "10001"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealShop]:
    home = tmp_path_factory.mktemp("real") / "home"
    made = RealShop(Installation(home, free_port()), free_port())
    with standing(made, Narration(Console(file=sys.stdout)), HOUSEHOLDS):
        yield made


@pytest.fixture
def page(browser: Browser, shop: RealShop) -> Iterator[Page]:
    context = browser.new_context(
        base_url=shop.address, viewport={"width": 1200, "height": 900}, locale="en-US", user_agent=_PERSON
    )
    context.set_default_timeout(20_000)
    opened = context.new_page()
    complaints: list[str] = []
    asked: set[str] = set()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    yield opened
    assert complaints == []
    assert {f"http://{host}" for host in asked if host} == {shop.address, shop.encore.address}
    context.close()


def test_from_the_basket_to_the_order_and_back(shop: RealShop, browser: Browser, page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Yes, they may").click()
    _put_two_products_into_the_cart(page, shop)
    slate_id, product_id = _add_what_is_suggested(page)
    _to_the_preview(page)
    paid_minor, saving_minor = _accept_the_offer(page)
    page.get_by_role("button", name="Place order").click()
    number = page.locator("p.lead strong").inner_text()

    assert until(WITHIN_SECONDS, lambda: _order(shop, number) is not None)
    order = _order(shop, number)
    assert order is not None
    assert order["visitor_id"] == _visitor_id(page)
    assert product_id in {line["product_id"] for line in order["lines"]}
    assert _paid_minor(order) == paid_minor
    assert until(WITHIN_SECONDS, lambda: _left(shop, product_id) == _left_in_the_shop(shop, product_id))
    assert until(WITHIN_SECONDS, lambda: _purchases(shop) == [(number, slate_id, order["visitor_id"])])
    assert _bought_after(shop, "cart") >= 1
    assert _vouchers(shop) == [(order["coupon_codes"][0], 1, 1)]
    assert _figures(shop) == {"reserved_minor": 0, "spent_minor": saving_minor, "accepted": 1, "redeemed": 1}

    _cancel(browser, shop, number)
    assert until(WITHIN_SECONDS, lambda: _figures(shop)["redeemed"] == 0)
    assert _figures(shop) == {"reserved_minor": saving_minor, "spent_minor": 0, "accepted": 1, "redeemed": 0}
    _let_the_code_lapse(shop)
    assert _figures(shop) == {"reserved_minor": 0, "spent_minor": 0, "accepted": 0, "redeemed": 0}


def test_a_customer_who_has_signed_in_is_known_by_the_proof_that_the_shop_makes(
    shop: RealShop, browser: Browser
) -> None:
    page = _owners_page(browser, shop)
    page.goto("/")
    page.get_by_role("button", name="Yes, they may").click()
    with page.expect_response(re.compile("/v1/recommendations.*customer_proof=")) as asked:
        page.goto(f"/catalogue/product_{_best_known(shop)[0]}/")
    assert asked.value.status == 200
    forged = asked.value.url.replace("customer_id=1&", "customer_id=2&")
    assert forged != asked.value.url
    assert page.request.get(forged, headers={"Origin": shop.address}).status == 403
    page.close()


def _put_two_products_into_the_cart(page: Page, shop: RealShop) -> None:
    """Several of each of the two best known ones."""
    for product_id in _best_known(shop)[:2]:
        page.goto(f"/catalogue/product_{product_id}/")
        page.locator("#add_to_basket_form").get_by_role("button").click()
        expect(page.locator("#messages")).to_contain_text("has been added to your cart")
    page.goto("/basket/")
    for place in (0, 1):
        page.locator(f"#id_form-{place}-quantity").fill("8")
        page.get_by_role("button", name="Update").nth(place).click()
        expect(page.locator(f"#id_form-{place}-quantity")).to_have_attribute("value", "8")  # as it is kept


def _add_what_is_suggested(page: Page) -> tuple[str, str]:
    """Every suggestion says why; the first is looked at and added. Gives the slate and the product."""
    row = page.locator("encore-recommendations")
    with page.expect_response(re.compile("/v1/recommendations.*placement=cart")) as asked:
        page.reload()
        page.get_by_role("button", name="No, not any more").scroll_into_view_if_needed()
    slate = asked.value.json()
    with page.expect_response(re.compile("/v1/events")):  # half of it in view for a second
        row.get_by_role("listitem").first.scroll_into_view_if_needed()
    assert row.get_by_role("listitem").count() == len(slate["items"]) >= 2
    for item in slate["items"]:
        expect(row.get_by_text(item["reason"]["text"]).first).to_be_visible()
    added = slate["items"][0]
    row.get_by_role("button", name=f"Add {added['title']} to cart").click()
    expect(page.locator("#basket_formset")).to_contain_text(added["title"])
    return slate["slate_id"], added["product_id"]


def _to_the_preview(page: Page) -> None:
    """A guest's way through Oscar's checkout."""
    page.get_by_role("link", name="Proceed to checkout").click()
    page.locator("#id_username").fill("guest@example.com")
    page.get_by_role("button", name="Continue").click()
    for name, text in _ADDRESS.items():
        page.locator(f"#id_{name}").fill(text)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Continue").click()


def _accept_the_offer(page: Page) -> tuple[int, int]:
    """What is to be paid afterwards, and what is saved: as the page of the shop says both."""
    total = page.locator("#basket_totals h3.price_color")
    full_minor = _minor(total.inner_text())
    page.get_by_role("button", name="Place order").scroll_into_view_if_needed()
    page.get_by_role("button", name="See your offer").click()
    page.get_by_role("button", name="Accept the offer").click()
    expect(page.locator("#basket_totals")).to_contain_text("Your offer")
    expect(page.locator("encore-offer")).to_have_count(0)
    paid_minor = _minor(total.inner_text())
    assert 0 < paid_minor < full_minor
    return paid_minor, full_minor - paid_minor


def _cancel(browser: Browser, shop: RealShop, number: str) -> None:
    """As the shop's owner does it, in Oscar's dashboard."""
    page = _owners_page(browser, shop)
    page.goto(f"/dashboard/orders/{number}/")
    form = page.locator("form", has=page.locator("input[value=change_order_status]"))
    form.locator("select").select_option("Cancelled", force=True)
    form.get_by_role("button").click()
    expect(page.locator("#messages")).to_contain_text("Cancelled")
    page.close()


def _owners_page(browser: Browser, shop: RealShop) -> Page:
    page = browser.new_page(
        base_url=shop.address, user_agent=_PERSON, viewport={"width": 1200, "height": 1600}
    )
    page.goto("/dashboard/login/")
    page.locator("#id_username").fill(STAFF[0])
    page.locator("#id_password").fill(STAFF[1])
    page.get_by_role("button", name="Login").click()
    return page


def _best_known(shop: RealShop) -> list[str]:
    return [row["product_id"] for row in json.loads((shop.home / "catalogue.json").read_text())]


def _let_the_code_lapse(shop: RealShop) -> None:
    """The code of a cancelled order may be used again until it lapses; this is the sweep a day later."""
    runtime = open_runtime(from_environment(shop.encore.environment))
    offers_job.look_after(runtime, shop.joined["shop_id"], datetime.now(UTC) + timedelta(hours=25))
    runtime.database.close()


def _visitor_id(page: Page) -> str:
    return next(each["value"] for each in page.context.cookies() if each["name"] == "encore_visitor")


def _order(shop: RealShop, number: str) -> dict[str, Any] | None:
    with _database(shop) as opened:
        return orders.find(opened, shop.joined["shop_id"], number)


def _left(shop: RealShop, product_id: str) -> int | None:
    with _database(shop) as opened:
        return variants.left(opened, shop.joined["shop_id"], product_id, product_id)


def _left_in_the_shop(shop: RealShop, product_id: str) -> int:
    """What is in the store room and no order has taken; the order has taken something."""
    asked = "SELECT num_in_stock, num_allocated FROM partner_stockrecord WHERE product_id = ?"
    with closing(sqlite3.connect(shop.home / "db.sqlite3")) as opened:
        ((there, taken),) = opened.execute(asked, (int(product_id),))
    assert taken
    return int(there - taken)


def _purchases(shop: RealShop) -> list[tuple[str, str, str]]:
    of = tables.events.c
    asked = select(of.order_id, of.slate_id, of.visitor_id).where(of.type == "purchase")
    with _database(shop) as opened:
        return [tuple(row) for row in opened.execute(asked)]


@contextmanager
def _database(shop: RealShop) -> Iterator[Connection]:
    runtime = open_runtime(from_environment(shop.encore.environment))
    with runtime.database.read() as opened:
        yield opened
    runtime.database.close()


def _figures(shop: RealShop) -> dict[str, int]:
    told = shop.ask("GET", "/v1/offers/all")["offers"]
    offer = next(each for each in told if each["offer"]["offer_id"] == "last-minute")
    return {
        name: offer["figures"][name] for name in ("reserved_minor", "spent_minor", "accepted", "redeemed")
    }


def _bought_after(shop: RealShop, placement: str) -> int:
    rows = shop.ask("GET", "/v1/figures/placements")["placements"]
    return int(next(row["bought_after"] for row in rows if row["placement"] == placement))


def _vouchers(shop: RealShop) -> list[tuple[str, int, int]]:
    """Of each voucher in the shop its code, in how many orders it is, and how often it was applied to one."""
    applied = "SELECT COUNT(*) FROM voucher_voucherapplication WHERE voucher_id = voucher.id"
    asked = f"SELECT code, num_orders, ({applied}) FROM voucher_voucher AS voucher"
    with closing(sqlite3.connect(shop.home / "db.sqlite3")) as opened:
        return list(opened.execute(asked))


def _paid_minor(order: dict[str, Any]) -> int:
    return sum(
        line["unit_price_minor"] * int(line["quantity"]) - line["discount_minor"] for line in order["lines"]
    )


def _minor(amount: str) -> int:
    return round(float(amount.strip().removeprefix("$").replace(",", "")) * 100)
