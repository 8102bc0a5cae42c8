"""An upsell: the difference in price is told, both buttons weigh the same, and a refusal is respected."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator

from tests.widgets.conftest import Visit
from tests.widgets.site import Answer, Service, item, slate

PAGE = 'placement="product" product="soap 1" kind="upsell" heading-level="1"'
KNOWN = f'{PAGE} consent="personal"'
WORDS = {"kind": "moved_up", "text": "Chosen by 7 customers who had bought Soap before", "evidence": {}}
BIG = item("big", price_minor=1500, more_minor=500, silence_days=7, reason=WORDS)
CHEAPER = item("loose", price_minor=1200, more_minor=200, silence_days=7, reason=WORDS)
NOTHING = slate(strategy="empty")


def by_refusals(asked: dict[str, str]) -> Answer:
    """The service's ladder: the better one, then a cheaper one, then nothing."""
    refused = asked.get("refused", "").split(",")
    left = [each for each in (BIG, CHEAPER) if each["product_id"] not in refused]
    return slate(*left[:1], strategy="upsell", slate_id=f"slate-{len(left)}") if left else NOTHING


def buttons(visit: Visit) -> tuple[Locator, Locator]:
    return visit.widget.locator("[part=add]"), visit.widget.locator("[part=decline]")


def test_it_tells_how_much_dearer_and_why_and_both_buttons_weigh_the_same(
    visit: Visit, service: Service
) -> None:
    service.answer = by_refusals
    visit.open(PAGE).shown()
    assert visit.widget.locator("[part=price]").inner_text() == "€15.00 (€5.00 more)"
    assert visit.widget.locator("[part=reason]").inner_text() == WORDS["text"]
    looks = [
        each.evaluate(
            """button => {
              const { width, height } = button.getBoundingClientRect();
              const { font, color, backgroundColor, border, opacity } = getComputedStyle(button);
              return [width, height, font, color, backgroundColor, border, opacity];
            }"""
        )
        for each in buttons(visit)
    ]
    assert looks[0] == looks[1]
    assert Axe().run(visit.page).response["violations"] == []


def test_an_add_on_has_its_price_alone(visit: Visit, service: Service) -> None:
    service.answer = slate(item("dish", price_minor=200, more_minor=None, silence_days=7))
    visit.open(PAGE).shown()
    assert visit.widget.locator("[part=price]").inner_text() == "€2.00"


def test_what_is_no_upsell_has_nothing_to_refuse(visit: Visit) -> None:
    visit.open().shown()
    assert buttons(visit)[1].count() == 0


def test_after_a_refusal_a_cheaper_one_and_then_silence(visit: Visit, service: Service, soon: Any) -> None:
    service.answer = by_refusals
    visit.open(PAGE).shown()
    visit.page.keyboard.press("Tab")
    buttons(visit)[1].press("Enter")
    soon(lambda: visit.titles() == ["Product loose"])
    focused = "element => element.shadowRoot.activeElement?.part.value"
    soon(lambda: visit.widget.evaluate(focused) == "decline")
    buttons(visit)[1].press("Enter")
    soon(lambda: visit.titles() == [])
    assert [asked.get("refused") for asked in service.asked] == [None, "big", "big,loose"]
    told = [each["product_id"] for each in visit.tells("dismiss")]
    assert told == ["big", "loose"]
    soon(lambda: [each["product_id"] for each in service.events if each["type"] == "dismiss"] == told)


def test_without_consent_a_refusal_holds_until_the_page_is_left(
    visit: Visit, service: Service, soon: Any
) -> None:
    service.answer = by_refusals
    visit.open(PAGE).shown()
    buttons(visit)[1].click()
    soon(lambda: visit.titles() == ["Product loose"])
    visit.page.reload()
    visit.shown()
    assert visit.titles() == ["Product big"]
    assert "product_view" not in {each["type"] for each in service.events}


def test_with_consent_it_holds_on_later_pages_of_the_product_and_the_view_is_told_once(
    visit: Visit, service: Service, soon: Any
) -> None:
    service.answer = by_refusals
    visit.open(KNOWN).shown()
    buttons(visit)[1].click()
    soon(lambda: visit.titles() == ["Product loose"])
    seen = [each for each in service.events if each["type"] == "product_view"]
    assert [(each["product_id"], len(each["visitor_id"])) for each in seen] == [("soap 1", 22)]
    visit.page.reload()
    visit.shown()
    assert visit.titles() == ["Product loose"]
    visit.set("product", "another")
    soon(lambda: visit.titles() == ["Product big"])
