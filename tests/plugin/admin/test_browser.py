"""The merchant's pages in a real browser: the whole way in, every page looked at, in light and dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from plugin.runtime import Runtime
from plugin.store import deliveries, shops
from plugin.store.deliveries import Arrival
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import PASSWORD, new_link
from tests.plugin.admin.test_pages import NASTY, add_products
from tests.plugin.measurement.facts import Facts
from tests.plugin.measurement.test_figures import fill_arms

Shop = tuple[str, ShopKeys]
PAGES = (
    "/",
    "/suggestions",
    "/suggestions/categories?search=e",
    "/suggestions/complements?search=s",
    "/suggestions/complements?product=p1&search=s",
    "/explain?cart=p1&cart=gone&search=s&customer=c1",
    "/placements",
    "/offers/new",
    "/offers/why?cart=p1&cart=gone&search=s&customer=c1",
    "/offers/money",
    "/offers/bundles?search=s",
    "/offers/bundles/one?of=p1&of=gone&search=s",
    "/products?search=s",
    "/schedule",
    "/platforms",
    "/deliveries",
    "/data",
    "/models",
    "/keys",
    "/password",
)
_WATCH = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""
_AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],  # the places where a rule is kept are not listed
}


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that fails the test when the policy is broken or the browser complains."""
    context = browser.new_context(
        base_url=address, viewport={"width": 390, "height": 800}, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    context.add_init_script(_WATCH)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield opened
    assert [each for each in complaints if "status of 4" not in each] == []  # refused forms answer 4xx
    context.close()


def accessible(page: Page) -> None:
    """Nothing for axe to find, no policy broken, nothing wider than the screen."""
    assert page.evaluate("violations") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    page.emulate_media(color_scheme="light")
    assert _told(Axe().run(page, options=_AXE_OPTIONS).response) == [], f"{page.url} in light"
    page.emulate_media(color_scheme="dark")  # axe is in the page by now
    dark = page.evaluate("axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})")
    assert _told(dark) == [], f"{page.url} in dark"


def _told(found: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]


def test_from_the_link_to_a_stopped_shop(runtime: Runtime, shop: Shop, page: Page, address: str) -> None:
    add_products(runtime, shop, {"p1": "Espresso beans", "p2": NASTY})
    fill_arms(Facts(runtime.database, shop[0]), (20, 10))
    with runtime.database.write() as opened:
        deliveries.add(opened, runtime.vault, Arrival(shop[0], "shopify", "1", "orders/paid", NOW, b"x"))
    link = address + new_link(runtime, shop[0])
    page.goto(link)
    accessible(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your password is set")
    expect(page.get_by_role("img", name="Shown by day, also in the table beside")).to_be_visible()
    for path in PAGES:
        page.goto(address + path)
        accessible(page)
    expect_nasty_is_text(page, address)
    set_a_heading(runtime, shop, page, address)
    stop_and_resume(runtime, shop, page)
    page.get_by_role("button", name="Sign out").click()
    page.goto(link, wait_until="commit")
    expect(page.get_by_role("heading")).to_have_text("This sign-in link no longer works")


def expect_nasty_is_text(page: Page, address: str) -> None:
    page.goto(f"{address}/products?search=script")
    page.get_by_role("button", name="Exclude: <script>").click()
    expect(page.get_by_role("region", name="Excluded products")).to_contain_text(NASTY)


def set_a_heading(runtime: Runtime, shop: Shop, page: Page, address: str) -> None:
    page.goto(f"{address}/placements")
    cart = page.get_by_role("group", name="Cart")
    cart.get_by_label("Heading").fill("Goes well with it")
    cart.get_by_label("Products at the most").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet")
    accessible(page)
    expect(cart.get_by_label("Heading")).to_have_value("Goes well with it")
    cart.get_by_label("Products at the most").fill("4")
    cart.get_by_role("switch").press("Space")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    with runtime.database.read() as connection:
        kept = shops.load(connection, runtime.vault, shop[0]).settings.placements["cart"]
    assert (kept.title, kept.limit, kept.on) == ("Goes well with it", 4, False)


def stop_and_resume(runtime: Runtime, shop: Shop, page: Page) -> None:
    page.get_by_role("button", name="Only me").click()
    expect(page.get_by_role("link", name="https://shop.example")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("region", name="Who sees the widgets")).to_contain_text("Stopped")
    accessible(page)
    with runtime.database.read() as connection:
        assert shops.load(connection, runtime.vault, shop[0]).settings.stopped
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("region", name="Who sees the widgets")).to_contain_text("Only me")
