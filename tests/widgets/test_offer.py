"""An offer in the page: opened by hand or on leaving, accepted, refused, changed, and never in the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.widgets.conftest import Visit, leave
from tests.widgets.site import HASTE, NO_OFFER, Service, Shop, offered

SETTINGS = 'placement="checkout" cart="a%2Fb/c:2,d:1"'
CONSENT = f'{SETTINGS} consent="personal"'
FOCUS = "element => element.shadowRoot.activeElement?.className"
LEAVE_AT_THE_TOP = """document.documentElement.dispatchEvent(new MouseEvent("mouseleave", { clientY: -1 }))"""
POSITIONS = """({ shadowRoot }) =>
  [...shadowRoot.querySelectorAll("*")].map((each) => getComputedStyle(each).position)"""
LEAVE_AT_THE_SIDE = LEAVE_AT_THE_TOP.replace("-1", "300")


class OfferVisit(Visit):
    """A page with an offer on it."""

    tag = "encore-offer"

    def shown(self) -> "OfferVisit":
        self.see.wait_for()
        return self

    @property
    def see(self) -> Any:
        return self.widget.get_by_role("button", name="See your offer")

    @property
    def panel(self) -> Any:
        return self.widget.locator("[part=offer]")

    def press(self, name: str) -> None:
        self.widget.get_by_role("button", name=name).click()

    def says(self, text: str) -> None:
        expect(self.widget.get_by_role("status")).to_have_text(text)


@pytest.fixture
def visit(_page: Page, shop: Shop, service: Service) -> Iterator[OfferVisit]:
    service.answer = offered()
    visit = OfferVisit(_page, shop)
    yield visit
    leave(visit)


def test_everybody_has_a_button_that_opens_the_offer_with_all_its_conditions(
    visit: OfferVisit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = HASTE
    visit.open(SETTINGS).shown()
    expect(visit.panel).to_be_hidden()
    visit.see.click()
    expect(visit.panel).to_have_text(
        "10% off your cart: you save €2.50Goods with this offer: €22.50Lowest price in 30 days: €24.00"
        "Until 30 November 2026, 23:59, shop timeNot together with other offersAccept the offerNo, thank you"
    )
    assert visit.panel.locator("s").all_inner_texts() == ["€24.00"]
    assert visit.panel.locator("input").count() == 0
    boxes = [each.bounding_box() for each in visit.panel.get_by_role("button").all()]
    assert boxes[0]["width"] == boxes[1]["width"]
    assert boxes[0]["height"] == boxes[1]["height"] >= 24
    soon(lambda: service.types() == ["click", "impression"])
    assert {event["offer_id"] for event in service.events} == {"welcome"}
    assert service.asked[0]["placement"] == "checkout"
    assert service.asked[0]["cart"] == "a%2Fb/c:2,d:1"


def test_nothing_is_crossed_out_without_a_reference(visit: OfferVisit, service: Service) -> None:
    service.answer = offered(reference_minor=None)
    visit.open(SETTINGS).shown()
    visit.see.click()
    expect(visit.panel).to_contain_text("Goods with this offer: €22.50")
    assert visit.panel.locator("s").count() == 0


def test_leaving_at_the_top_opens_it_once_and_the_focus_stays(visit: OfferVisit, shop: Shop) -> None:
    shop.body = f'<button id="pay">Pay</button><encore-offer {SETTINGS}></encore-offer>'
    visit.open().shown()
    visit.page.locator("#pay").focus()
    visit.page.evaluate(LEAVE_AT_THE_SIDE)
    expect(visit.panel).to_be_hidden()
    visit.page.mouse.move(500, 200)
    visit.page.mouse.move(500, -5)
    expect(visit.panel).to_be_visible()
    assert visit.page.evaluate("document.activeElement.id") == "pay"
    visit.see.click()
    visit.page.evaluate(LEAVE_AT_THE_TOP)
    expect(visit.panel).to_be_hidden()


def test_it_lies_over_nothing(visit: OfferVisit, shop: Shop) -> None:
    shop.body = f"<button>Pay</button><encore-offer {SETTINGS}></encore-offer><button>Pay here</button>"
    visit.open().shown()
    visit.page.evaluate(LEAVE_AT_THE_TOP)
    for name in ("Pay", "Pay here"):  # fails where anything else would take the click
        visit.page.get_by_role("button", name=name, exact=True).click(trial=True)
    assert not {"fixed", "sticky", "absolute"} & set(visit.widget.evaluate(POSITIONS))


def test_accepting_gives_the_page_code_token_and_terms(visit: OfferVisit, service: Service) -> None:
    visit.open(SETTINGS).shown()
    visit.see.click()
    visit.press("Accept the offer")
    visit.says("Accepted. Your code: ENC-1234")
    ((path, body),) = service.wishes
    assert path == "welcome/accept"
    assert (body["key"], body["slate_id"], body["consent"]) == ("pk_test", "slate-1", "none")
    assert body["cart"] == [
        {"product_id": "a/b", "variant_id": "c", "quantity": 2},
        {"product_id": "d", "quantity": 1},
    ]
    assert "visitor_id" not in body
    (told,) = visit.tells("accept")
    assert (told["code"], told["token"], told["terms"]) == ("ENC-1234", "t.s", {})
    assert visit.widget.evaluate(FOCUS) == "add"

    service.answer = NO_OFFER  # the cart may change with what was accepted: the code stays to be read
    visit.set("cart", "d:3")
    visit.press("Close")
    expect(visit.panel).to_be_hidden()
    assert visit.widget.evaluate(FOCUS) == "toggle"
    visit.page.wait_for_timeout(250)
    visit.says("Accepted. Your code: ENC-1234")
    assert len(service.asked) == 1


def test_what_has_changed_is_asked_for_again_and_never_accepted_unseen(
    visit: OfferVisit, service: Service
) -> None:
    service.wish = (409, {"reason": "offer_changed"})
    visit.open(SETTINGS).shown()
    visit.see.click()
    service.answer = offered(slate_id="slate-2", title="€1.00 off your cart")
    visit.press("Accept the offer")
    visit.says("The offer has changed. This is how it stands now.")
    expect(visit.panel.get_by_role("heading")).to_have_text("€1.00 off your cart")
    assert visit.tells("accept") == []

    service.answer = NO_OFFER
    visit.press("Accept the offer")
    visit.says("This offer can no longer be had.")
    assert [body["slate_id"] for _, body in service.wishes] == ["slate-1", "slate-2"]
    visit.widget.evaluate("element => element.shadowRoot.activeElement.blur()")
    expect(visit.see).to_have_count(0)


def test_a_failed_accept_says_so_and_may_be_tried_again(visit: OfferVisit, service: Service) -> None:
    good, service.wish = service.wish, (503, {})
    visit.open(SETTINGS).shown()
    visit.see.click()
    visit.press("Accept the offer")
    visit.says("That did not work, and nothing has changed. Please try again.")
    service.wish = good
    visit.press("Accept the offer")
    visit.says("Accepted. Your code: ENC-1234")


def test_a_refused_offer_is_small_and_keeps_quiet(visit: OfferVisit, service: Service, soon: Any) -> None:
    visit.open(CONSENT).shown()
    visit.see.click()
    visit.press("No, thank you")
    expect(visit.panel).to_be_hidden()
    visit.says("All right. It stays closed, and you can still open it here.")
    assert visit.widget.evaluate(FOCUS) == "toggle"
    visit.page.evaluate(LEAVE_AT_THE_TOP)
    expect(visit.panel).to_be_hidden()
    soon(lambda: service.wishes)
    ((path, body),) = service.wishes
    assert (path, len(body["visitor_id"])) == ("welcome/dismiss", 22)
    assert len(visit.tells("dismiss")) == 1
    visit.press("See your offer")
    expect(visit.panel).to_be_visible()  # a changed mind

    now = datetime.now(UTC)
    for days in (0, 2.9):  # the merchant says three
        visit.page.clock.set_fixed_time(now + timedelta(days=days))
        asked = len(service.asked)
        visit.open()
        soon(lambda asked=asked: len(service.asked) > asked)
        visit.page.wait_for_timeout(100)
        assert visit.leaves_nothing()  # though the service, of which this is a stand-in, offered it again
    visit.page.clock.set_fixed_time(now + timedelta(days=3.1))
    visit.open().shown()


def test_without_consent_a_refusal_holds_until_the_page_is_left(visit: OfferVisit, service: Service) -> None:
    visit.open(SETTINGS).shown()
    visit.see.click()
    visit.press("No, thank you")
    service.answer = offered(slate_id="slate-2", title="Another sum")
    visit.set("cart", "d:2")
    expect(visit.panel.locator("[part=heading]")).to_have_text("Another sum")
    visit.page.evaluate(LEAVE_AT_THE_TOP)
    expect(visit.panel).to_be_hidden()
    assert visit.page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    visit.open()
    visit.shown()


def test_what_the_cart_lacks_is_said_at_once_with_nothing_to_accept(
    visit: OfferVisit, service: Service
) -> None:
    service.answer = offered(title="€8.40 more and shipping is free", missing_minor=840, saving_minor=0)
    visit.open(SETTINGS)
    expect(visit.panel.get_by_role("heading")).to_have_text("€8.40 more and shipping is free")
    assert visit.widget.get_by_role("button").count() == 0
    service.answer = offered(title="Shipping is free for this cart")
    visit.set("cart", "d:9")
    expect(visit.panel.get_by_role("heading")).to_have_text("Shipping is free for this cart")
    expect(visit.panel.get_by_role("button")).to_have_count(2)


@pytest.mark.parametrize("answer", [NO_OFFER, offered(offer_id=None)])
def test_without_an_offer_there_is_nothing_or_the_pages_own(
    visit: OfferVisit, service: Service, answer: Any, soon: Any
) -> None:
    service.answer = answer
    visit.open(SETTINGS)
    soon(lambda: service.asked and visit.leaves_nothing())
    visit.widget.evaluate("element => element.append('Free returns, always')")
    expect(visit.widget).to_have_text("Free returns, always")


def test_a_holdout_is_shown_nothing_and_counted(
    visit: OfferVisit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = HASTE
    service.answer = offered(arm="holdout")
    visit.open(SETTINGS)
    soon(lambda: service.types() == ["would_show"])
    assert service.events[0]["offer_id"] == "welcome"
    assert visit.widget.get_by_role("button").count() == 0


def test_a_preview_accepts_and_refuses_nothing(visit: OfferVisit, service: Service) -> None:
    visit.open(SETTINGS, query="?encore_preview=x").shown()
    visit.see.click()
    visit.press("Accept the offer")
    visit.says("This is a preview: nothing is accepted.")
    visit.press("No, thank you")
    visit.page.wait_for_timeout(50)
    assert (service.wishes, service.events) == ([], [])


def test_it_speaks_four_languages(visit: OfferVisit) -> None:
    visit.open(SETTINGS).shown()
    for lang, see in {"es": "Ver tu oferta", "it": "Vedi la tua offerta", "zh": "查看您的优惠"}.items():
        visit.set("lang", lang)
        expect(visit.widget.get_by_role("button")).to_have_text(see)


@pytest.mark.parametrize(
    ("width", "colour", "ground"), [(1100, "#23262b", "#fff"), (360, "#e9e6df", "#16181d")]
)
def test_axe_finds_nothing_open_accepted_refused_and_in_error(
    browser: Browser, shop: Shop, service: Service, width: int, colour: str, ground: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    shop.strict = False  # axe is put into the page as a script of its own
    shop.rules = f"body{{color:{colour};background:{ground}}}"
    shop.body = f"<h1>Checkout</h1><encore-offer {SETTINGS}></encore-offer>"
    service.answer = offered()
    visit = OfferVisit(context.new_page(), shop)
    visit.open().shown()
    _axe_finds_nothing(visit)
    visit.see.click()
    _axe_finds_nothing(visit)
    good, service.wish = service.wish, (500, {})
    visit.press("Accept the offer")
    visit.says("That did not work, and nothing has changed. Please try again.")
    _axe_finds_nothing(visit)
    visit.press("No, thank you")
    _axe_finds_nothing(visit)
    service.wish = good
    visit.see.click()
    visit.press("Accept the offer")
    visit.says("Accepted. Your code: ENC-1234")
    _axe_finds_nothing(visit)
    context.close()


def _axe_finds_nothing(visit: Visit) -> None:
    found = Axe().run(visit.page, options={"rules": {"label-content-name-mismatch": {"enabled": True}}})
    assert found.violations_count == 0, found.generate_report()
