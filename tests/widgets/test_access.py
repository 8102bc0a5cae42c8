"""Keyboard and screen reader: the tree as stored, nothing said on load, the focus never lost."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.widgets.conftest import Visit
from tests.widgets.site import Service, Shop, item, slate

STORED = Path(__file__).parent / "tree.txt"
BEANS = item("beans", title="Espresso Beans", image_url="/drawing.svg")
SHOP_CART = "document.querySelector('encore-recommendations').addToCart = async () => {};"
FOCUS = "element => element.shadowRoot.activeElement?.getAttribute('aria-label')"
WATCH = """(element) => {
  window.said = [];
  new MutationObserver((changes) => {
    const statuses = changes.map(({ target }) => target).filter((node) => node.role === "status");
    said.push(...statuses.map((node) => node.textContent));
  }).observe(element.shadowRoot, { childList: true, subtree: true, characterData: true });
}"""


def test_the_tree_is_as_stored(visit: Visit, service: Service) -> None:
    service.answer = slate(BEANS, item("b", url=None), title="Goes well with your cart")
    tree = visit.open('placement="cart" heading-level="3"').shown().tree()
    assert tree + "\n" == STORED.read_text()


def test_a_keyboard_is_enough_and_added_is_said_once(visit: Visit, service: Service) -> None:
    service.answer = slate(BEANS, item("b"))
    visit.open().shown()
    visit.page.evaluate(SHOP_CART)
    visit.widget.evaluate(WATCH)
    visit.page.keyboard.press("Tab")
    assert visit.widget.evaluate("element => element.shadowRoot.activeElement.className") == "link"
    visit.page.keyboard.press("Tab")
    assert visit.widget.evaluate(FOCUS) == "Add Espresso Beans to cart"
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("status").filter(has_text="Added").wait_for()
    visit.page.wait_for_timeout(200)
    assert [text for text in visit.page.evaluate("said") if text] == ["Added"]
    assert visit.widget.evaluate(FOCUS) == "Add Espresso Beans to cart"


def test_nothing_is_said_on_load_and_the_region_is_there_to_speak(visit: Visit) -> None:
    visit.open().shown()
    visit.page.wait_for_timeout(1200)
    assert visit.page.get_by_role("status").all_inner_texts() == ["", ""]


def test_what_has_the_focus_stays_until_the_focus_leaves(visit: Visit, service: Service, soon: Any) -> None:
    service.answer = slate(item("a"), item("b"), item("c"))
    visit.open().shown()
    button = visit.page.get_by_role("button", name="Add Product b to cart")
    button.focus()
    button.evaluate("node => (window.node = node)")
    service.answer = slate(item("c"), item("d"), item("e"), slate_id="slate-2")
    visit.set("cart", "b:1")
    soon(lambda: visit.titles() == ["Product c", "Product b", "Product e"])
    assert visit.widget.evaluate("element => element.shadowRoot.activeElement === node")
    visit.page.keyboard.press("Tab")
    soon(lambda: visit.titles() == ["Product c", "Product d", "Product e"])
    assert visit.widget.evaluate("element => element.shadowRoot.activeElement.textContent") == "Product e"


def test_the_focused_product_that_stays_is_never_rebuilt(visit: Visit, service: Service, soon: Any) -> None:
    visit.open().shown()
    visit.page.get_by_role("button", name="Add Product a to cart").focus()
    service.answer = slate(item("z"), item("a"), slate_id="slate-2")
    visit.set("cart", "y:1")
    soon(lambda: visit.titles() == ["Product z", "Product a"])
    assert visit.widget.evaluate(FOCUS) == "Add Product a to cart"


def test_an_emptied_answer_waits_for_the_focus_to_leave(visit: Visit, service: Service, soon: Any) -> None:
    visit.open().shown()
    visit.page.get_by_role("button", name="Add Product b to cart").focus()
    service.answer = slate()
    visit.set("cart", "y:1")
    visit.page.wait_for_timeout(350)
    assert visit.widget.evaluate(FOCUS) == "Add Product b to cart"
    visit.widget.evaluate("element => element.shadowRoot.activeElement.blur()")
    soon(lambda: visit.titles() == [])


@pytest.mark.parametrize(
    ("width", "colour", "ground"), [(1100, "#23262b", "#fff"), (360, "#e9e6df", "#16181d")]
)
def test_axe_finds_nothing(
    browser: Browser, shop: Shop, service: Service, width: int, colour: str, ground: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    shop.strict = False  # axe is put into the page as a script of its own
    shop.rules = f"body{{color:{colour};background:{ground}}}"
    shop.body = '<h1>Cart</h1><encore-recommendations placement="cart"></encore-recommendations>'
    service.answer = slate(BEANS, item("b"), item("c", url=None))
    visit = Visit(context.new_page(), shop).open().shown()
    visit.page.evaluate(SHOP_CART)
    visit.page.get_by_role("button", name="Add Espresso Beans to cart").click()
    visit.page.get_by_role("status").filter(has_text="Added").wait_for()
    found = Axe().run(visit.page, options={"rules": {"label-content-name-mismatch": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()
    context.close()


def test_targets_are_large_enough_and_the_focus_is_seen(visit: Visit) -> None:
    visit.open().shown()
    button = visit.page.get_by_role("button").first
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Tab")
    assert button.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
