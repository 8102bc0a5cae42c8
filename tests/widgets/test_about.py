""" "Why this?" and "stop personalising" beside a personal list: read by anybody, at once, and remembered."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.widgets.conftest import TAG, Visit
from tests.widgets.site import Answer, Service, Shop, item, slate

WORDS = {
    "why": "Why these?",
    "text": "They rest on what you bought here before.",
    "stop": "Stop personalising",
    "stopped": "Done: what you bought is no longer used.",
    "close": "Close",
}
WHO = 'placement="cart" consent="personal" customer-id="c1" customer-proof="p"'
HEARD = (
    "addEventListener('encore:consent', ({ detail }) => heard.tells.push({ name: 'consent', ...detail }));"
)
CHOICE = "() => localStorage.encore_consent"


def answer(asked: dict[str, str]) -> Answer:
    """Personal as the service is: for a customer who is named, with consent."""
    personal = WORDS if asked["consent"] == "personal" and "customer_id" in asked else None
    return slate(item("a"), item("b"), personal=personal)


@pytest.fixture
def personal(visit: Visit, shop: Shop, service: Service) -> Any:
    """A page that shows a personal list; whatever was chosen there is forgotten afterwards."""
    service.answer, shop.script = answer, HEARD
    yield visit.open(WHO).shown()
    visit.page.evaluate("localStorage.clear()")


def test_a_list_from_the_cart_alone_has_nothing_to_stop(visit: Visit, service: Service) -> None:
    service.answer = answer
    visit.open('placement="cart" consent="personal"').shown()
    assert visit.widget.locator("[part=why], [part=about]").count() == 0


def test_it_is_read_by_keyboard_and_closed_by_escape(personal: Visit) -> None:
    why = personal.page.get_by_role("button", name="Why these?")
    panel = personal.page.get_by_role("dialog", name="Why these?")
    expect(panel).to_be_hidden()
    why.focus()
    personal.page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text(WORDS["text"])
    personal.page.keyboard.press("Tab")
    expect(panel.get_by_role("button", name="Stop personalising")).to_be_focused()
    personal.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(why).to_be_focused()


def test_stop_takes_effect_at_once_and_is_told_to_the_page(
    personal: Visit, service: Service, soon: Any
) -> None:
    assert service.asked[0]["customer_id"] == "c1"
    personal.page.get_by_role("button", name="Why these?").click()
    personal.page.get_by_role("button", name="Stop personalising").click()
    soon(lambda: len(service.asked) == 2)
    assert service.asked[1]["consent"] == "none"
    assert not {"visitor_id", "customer_id", "customer_proof"} & service.asked[1].keys()
    assert personal.tells("consent") == [{"name": "consent", "consent": "none"}]
    assert personal.page.evaluate("document.cookie") == ""
    panel = personal.page.get_by_role("dialog")
    expect(panel.get_by_role("status")).to_have_text(WORDS["stopped"])
    close = panel.get_by_role("button", name="Close")
    expect(close).to_be_focused()
    personal.page.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    assert personal.titles() == ["Product a", "Product b"]


def test_every_element_of_the_page_stops(personal: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.body = f"<{TAG} {WHO}></{TAG}><{TAG} {WHO} limit='3'></{TAG}>"
    personal.open().shown()
    before = len(service.asked)
    personal.page.get_by_role("button", name="Why these?").first.click()
    personal.page.get_by_role("button", name="Stop personalising").first.click()
    soon(lambda: len(service.asked) == before + 2)
    assert {asked["consent"] for asked in service.asked[before:]} == {"none"}
    expect(personal.page.get_by_role("button", name="Why these?")).to_have_count(1)


def test_it_is_remembered_whatever_the_page_says_until_the_shop_tells_of_a_new_yes(
    personal: Visit, service: Service, soon: Any
) -> None:
    personal.page.get_by_role("button", name="Why these?").click()
    personal.page.get_by_role("button", name="Stop personalising").click()
    soon(lambda: len(service.asked) == 2)
    personal.open(WHO).shown()
    assert service.asked[2]["consent"] == "none"
    assert personal.page.evaluate("document.cookie") == ""
    personal.page.evaluate(
        "dispatchEvent(new CustomEvent('encore:consent', { detail: { consent: 'personal' } }))"
    )
    soon(lambda: len(service.asked) == 4)
    assert service.asked[3]["customer_id"] == "c1"
    expect(personal.page.get_by_role("button", name="Why these?")).to_be_visible()


def test_a_browser_that_keeps_nothing_stops_all_the_same(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    service.answer = answer
    shop.script = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('off'); } });"
    visit.open(WHO).shown()
    visit.page.get_by_role("button", name="Why these?").click()
    visit.page.get_by_role("button", name="Stop personalising").click()
    soon(lambda: len(service.asked) == 2)
    assert service.asked[1]["consent"] == "none"


def test_words_that_are_markup_stay_text(visit: Visit, service: Service) -> None:
    markup = "<img src=x onerror=heard.errors.push('run')>"
    service.answer = slate(item("a"), personal=dict.fromkeys(WORDS, markup))
    visit.open(WHO).shown()
    assert visit.page.get_by_role("button", name=markup).inner_text() == markup
    assert visit.widget.locator("[part=about] img").count() == 0


def test_whether_it_comes_or_not_nothing_moves(
    browser: Browser, shop: Shop, service: Service, soon: Any
) -> None:
    """On a phone, with a long heading: the place is kept before the answer, with it and without."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    shop.body, shop.above = f"<{TAG} {WHO} lang='es'></{TAG}><p>Below.</p>", 900
    shop.body = f'<div class="above"></div>{shop.body}'
    height, heights = "element => element.offsetHeight", set()
    for words in ({**WORDS, "why": "¿Por qué se muestra esto?"}, None):
        service.answer = slate(item("a"), item("b"), personal=words)
        visit = Visit(context.new_page(), shop).open()
        soon(lambda visit=visit: visit.widget.evaluate(height) > 0)
        heights.add(visit.widget.evaluate(height))
        visit.widget.scroll_into_view_if_needed()
        visit.shown()
        heights.add(visit.widget.evaluate(height))
        assert visit.widget.locator("[part=why]").count() == (1 if words else 0)
        assert visit.heard("shift") == 0
    assert len(heights) == 1
    context.close()


@pytest.mark.parametrize("width", [360, 1100])
def test_axe_finds_nothing_and_it_fits_a_phone(
    browser: Browser, shop: Shop, service: Service, width: int
) -> None:
    service.answer = answer
    context = browser.new_context(viewport={"width": width, "height": 740}, reduced_motion="reduce")
    visit = Visit(context.new_page(), shop).open(WHO).shown()
    visit.page.get_by_role("button", name="Why these?").click()
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
    found = Axe().run(visit.page, options=options).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    box = visit.page.get_by_role("dialog").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    context.close()
