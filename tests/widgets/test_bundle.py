"""Bundles in the page: shown with their price, added all at once, with the saving promised beforehand."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.widgets.conftest import Visit, leave
from tests.widgets.site import HASTE, Answer, Service, Shop, item

ON_PRODUCT = 'product="a" cart="d/x:2"'
LISTEN = """heard.lines = [];
addEventListener("encore:add-all", (event) => {
  heard.lines.push(event.detail.lines);
  event.detail.waitUntil(Promise.resolve(window.outcome ?? true));
});"""
ADD_ONE = """heard.lines = [];
addEventListener("encore:add", (event) => {
  heard.lines.push(event.detail.product_id);
  event.detail.waitUntil(Promise.resolve());
});"""


def bundle(*names: str, **changes: Any) -> Answer:
    """One bundle of products of 12.50 each, without a saving."""
    items = [{**item(name), "in_cart": False} for name in names]
    for each in items:
        del each["reason"]
    return {
        "bundle_id": "+".join(names),
        "title": None,
        "support": 57,
        "currency": "EUR",
        "total_minor": 1250 * len(names),
        "price_minor": 1250 * len(names),
        "saving_minor": 0,
        "reference_minor": None,
        "offer_id": None,
        "offer_slate_id": None,
        "conditions": [],
        "items": items,
        **changes,
    }


def cheaper(*names: str, **changes: Any) -> Answer:
    """The same with 2.50 off."""
    price_minor = 1250 * len(names) - 250
    offer = {"offer_id": "together", "offer_slate_id": "slate-o", "conditions": ["At most 1 per person"]}
    saving = {"price_minor": price_minor, "saving_minor": 250, "reference_minor": price_minor + 150}
    return bundle(*names, **saving, **offer, **changes)


def answer(*bundles: Answer, **changes: Any) -> Answer:
    told = {"slate_id": "slate-1", "placement": "product", "strategy": "bundle", "arm": None}
    return {**told, "bundles": list(bundles), **changes}


class BundleVisit(Visit):
    """A page with a bundle on it."""

    tag = "encore-bundle"

    def shown(self) -> "BundleVisit":
        self.button.first.wait_for()
        return self

    @property
    def button(self) -> Any:
        return self.widget.get_by_role("button")

    def says(self, text: str) -> None:
        expect(self.widget.get_by_role("status")).to_have_text(text)


@pytest.fixture
def visit(_page: Page, shop: Shop, service: Service) -> Iterator[BundleVisit]:
    service.answer = answer(bundle("a", "b", "c"))
    shop.script = LISTEN
    visit = BundleVisit(_page, shop)
    yield visit
    leave(visit)


def test_it_shows_what_goes_together_and_what_it_costs(
    visit: BundleVisit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = HASTE
    visit.open(ON_PRODUCT).shown()
    assert visit.titles() == ["Product a", "Product b", "Product c"]
    expect(visit.widget.get_by_role("region", name="Often bought together")).to_be_visible()
    expect(visit.widget.locator(".amounts")).to_have_text("Together: €37.50")
    expect(visit.widget.locator("[part=support]")).to_have_text("Bought together by 57 customers")
    assert visit.button.count() == 1
    assert (service.asked[0]["product"], service.asked[0]["cart"], service.asked[0]["limit"]) == (
        "a", "d/x:2", "1",
    )  # fmt: skip
    soon(lambda: len(service.events) == 2)
    seen = [(each["type"], each["bundle_id"], each["product_id"]) for each in service.events]
    assert seen == [("impression", "a+b+c", "b"), ("impression", "a+b+c", "c")]


def test_one_button_adds_all_that_the_cart_lacks(visit: BundleVisit, service: Service, soon: Any) -> None:
    given = bundle("a", "b")
    given["items"][0]["in_cart"] = True
    service.answer = answer(given)
    visit.open('cart="a:1"').shown()
    expect(visit.widget.locator("[part=reason]").first).to_have_text("Already in your cart")
    visit.button.click()
    visit.says("All added")
    assert visit.page.evaluate("heard.lines") == [[{"product_id": "b", "variant_id": "b-1", "quantity": 1}]]
    soon(lambda: "add_to_cart" in service.types())
    assert service.wishes == []


def test_a_page_that_can_add_one_adds_them_one_by_one(visit: BundleVisit, shop: Shop) -> None:
    shop.script = ADD_ONE
    visit.open(ON_PRODUCT).shown()
    visit.button.click()
    visit.says("All added")
    assert visit.page.evaluate("heard.lines") == ["a", "b", "c"]


def test_what_could_not_be_added_is_not_said_to_be(visit: BundleVisit, shop: Shop) -> None:
    visit.open(ON_PRODUCT).shown()
    visit.page.evaluate("window.outcome = false")
    visit.button.click()
    visit.says("Could not be added")
    shop.script = ""
    visit.open(ON_PRODUCT).shown()
    visit.button.click()
    visit.says("Could not be added")


def test_a_saving_is_accepted_once_and_the_page_puts_in_what_comes_with_it(
    visit: BundleVisit, service: Service
) -> None:
    service.answer = answer(cheaper("a", "b"))
    visit.open(ON_PRODUCT).shown()
    expect(visit.widget.locator(".amounts")).to_have_text(
        "Together: €22.50You save €2.50Lowest price in 30 days: €24.00"
    )
    expect(visit.widget.locator("[part=conditions]")).to_have_text("At most 1 per person")
    visit.button.click()
    visit.says("Accepted. Your code: ENC-1234")
    visit.button.click()
    ((path, body),) = service.wishes
    assert (path, body["slate_id"], body["bundle_id"]) == ("together/accept", "slate-o", "a+b")
    assert body["cart"] == [{"product_id": "d", "variant_id": "x", "quantity": 2}]
    (told,) = visit.tells("accept")
    assert (told["code"], told["token"], told["bundle_id"]) == ("ENC-1234", "t.s", "a+b")
    assert visit.page.evaluate("heard.lines") == []


def test_what_changed_meanwhile_is_shown_anew_and_nothing_is_added(
    visit: BundleVisit, service: Service
) -> None:
    service.answer = answer(cheaper("a", "b"))
    visit.open(ON_PRODUCT).shown()
    service.wish = (409, {"reason": "offer_changed"})
    service.answer = answer(bundle("a", "b"), slate_id="slate-2")
    visit.button.click()
    visit.says("The offer has changed. This is how it stands now.")
    expect(visit.widget.locator(".amounts")).to_have_text("Together: €25.00")
    assert visit.widget.evaluate("element => element.shadowRoot.activeElement.className") == "add"
    assert visit.page.evaluate("heard.lines") == []
    visit.button.click()
    visit.says("All added")


def test_nothing_is_left_where_there_is_none_or_it_is_held_out(
    visit: BundleVisit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = HASTE
    service.answer = answer(strategy="empty")
    visit.open(ON_PRODUCT)
    soon(lambda: len(service.asked) == 1)
    assert visit.widget.bounding_box() is None
    service.answer = answer(bundle("a", "b"), arm="holdout")
    visit.open(ON_PRODUCT)
    soon(lambda: service.types() == ["would_show"])
    assert visit.button.count() == 0


def test_it_speaks_four_languages(visit: BundleVisit, service: Service) -> None:
    service.answer = answer(cheaper("a", "b", title="Set"))
    said = {"es": "Ahorras 2,50 €", "it": "Risparmi 2,50 €", "zh": "您节省 €2.50"}
    visit.open(ON_PRODUCT).shown()
    for lang, saving in said.items():
        visit.set("lang", lang)
        expect(visit.widget.locator(".amounts")).to_contain_text(saving)
        expect(visit.widget.locator("[part=name]")).to_have_text("Set")


@pytest.mark.parametrize(
    ("width", "colour", "ground"), [(1100, "#23262b", "#fff"), (360, "#e9e6df", "#16181d")]
)
def test_axe_finds_nothing(
    browser: Browser, shop: Shop, service: Service, width: int, colour: str, ground: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    shop.strict = False  # axe is put into the page as a script of its own
    shop.script = LISTEN
    shop.rules = f"body{{color:{colour};background:{ground}}}"
    shop.body = f"<h1>Product</h1><encore-bundle {ON_PRODUCT}></encore-bundle>"
    service.answer = answer(cheaper("a", "b", "c", title="Breakfast"))
    visit = BundleVisit(context.new_page(), shop)
    visit.open().shown()
    visit.button.click()
    visit.says("Accepted. Your code: ENC-1234")
    found = Axe().run(visit.page, options={"rules": {"label-content-name-mismatch": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()
    box = visit.button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    context.close()
