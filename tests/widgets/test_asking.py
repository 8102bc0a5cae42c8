"""One request, when the element comes near, with what the attributes say; another only when that changes."""

from typing import Any
from urllib.parse import quote

from tests.widgets.conftest import TAG, Visit
from tests.widgets.site import Service, Shop, item, slate


def test_every_setting_is_asked_with(visit: Visit, service: Service) -> None:
    cart = f"{quote('a,b:c', safe='')}/v1:2,d:1"
    visit.open(
        f'placement="product" cart="{cart}" product="p" kind="similar" limit="4" country="ES" currency="EUR" '
        'lang="es" customer-id="c1" customer-proof="1.aa" cart-id="k1" cart-proof="2.bb" consent="personal"'
    ).shown()
    asked = dict(service.asked[0])
    assert len(asked.pop("visitor_id")) == 22
    assert asked == {
        "key": "pk_test",
        "placement": "product",
        "cart": "a%2Cb%3Ac/v1:2,d:1",
        "product": "p",
        "kind": "similar",
        "limit": "4",
        "country": "ES",
        "currency": "EUR",
        "lang": "es",
        "customer_id": "c1",
        "customer_proof": "1.aa",
        "cart_id": "k1",
        "cart_proof": "2.bb",
        "consent": "personal",
    }


def test_without_consent_only_the_page_itself_is_told(visit: Visit, service: Service) -> None:
    visit.open('placement="cart" cart="x:1" customer-id="c1" customer-proof="1.aa" cart-id="k1"').shown()
    assert service.asked == [
        {"key": "pk_test", "placement": "cart", "cart": "x:1", "lang": "en", "consent": "none"}
    ]


def test_far_below_it_waits_until_the_page_comes_near(visit: Visit, shop: Shop, service: Service) -> None:
    shop.above = 3000
    visit.open()
    visit.page.wait_for_timeout(300)
    assert service.asked == []
    visit.page.evaluate("scrollTo(0, 2150)")
    visit.widget.locator("[part=item]").first.wait_for(state="attached")
    assert len(service.asked) == 1


def test_a_burst_of_changes_is_one_request_and_shows_within_300_ms(visit: Visit, service: Service) -> None:
    service.answer = lambda asked: slate(item(asked["cart"].replace(":", "")), slate_id=asked["cart"])
    visit.open().shown()
    seconds = visit.widget.evaluate(
        """async (element) => {
          for (let count = 2; count < 12; count++) {
            element.setAttribute("cart", `x:${count}`);
            element.setAttribute("limit", String(count));
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          const last = performance.now();
          while (!element.shadowRoot.querySelector("[part=title]").textContent.endsWith("x11"))
            await new Promise(requestAnimationFrame);
          return (performance.now() - last) / 1000;
        }"""
    )
    assert [asked["cart"] for asked in service.asked] == ["x:1", "x:11"]
    assert seconds < 0.3


RECORD = """(element) => {
  window.lists = new Set();
  const nodes = () => [...element.shadowRoot.querySelectorAll("[part=title]")];
  const note = () => lists.add(nodes().map((node) => node.textContent).join());
  new MutationObserver(note).observe(element.shadowRoot, { childList: true, subtree: true });
}"""


def test_an_answer_overtaken_by_a_change_is_dropped_and_the_list_stays_meanwhile(
    visit: Visit, service: Service, soon: Any
) -> None:
    visit.open().shown()
    visit.widget.evaluate(RECORD)
    service.delay_seconds = 0.3
    service.answer = lambda asked: slate(item(asked["cart"][0]), slate_id=asked["cart"])
    visit.set("cart", "y:1")
    soon(lambda: len(service.asked) == 2)
    visit.set("cart", "z:1")
    soon(lambda: visit.titles() == ["Product z"])
    assert visit.page.evaluate("[...lists]") == ["Product z"]


def test_a_heading_is_no_new_question(visit: Visit, service: Service) -> None:
    visit.open().shown()
    visit.set("heading", "Try these")
    visit.page.get_by_role("heading", name="Try these", level=2).wait_for()
    visit.set("heading-level", "4")
    visit.page.get_by_role("heading", name="Try these", level=4).wait_for()
    assert len(service.asked) == 1


def test_moved_or_put_back_it_asks_nothing_anew(visit: Visit, service: Service) -> None:
    visit.open().shown()
    visit.widget.evaluate("element => document.body.prepend(element)")
    visit.widget.evaluate(
        """async (element) => {
          element.remove();
          await new Promise((resolve) => setTimeout(resolve, 150));
          document.body.append(element);
        }"""
    )
    visit.page.wait_for_timeout(250)
    assert visit.titles() == ["Product a", "Product b"]
    assert len(service.asked) == 1


def test_taken_out_while_asking_it_asks_again_when_put_back(
    visit: Visit, service: Service, soon: Any
) -> None:
    service.delay_seconds = 0.3
    visit.open()
    soon(lambda: len(service.asked) == 1)
    visit.widget.evaluate("element => { window.kept = element; element.remove(); }")
    visit.page.wait_for_timeout(50)
    service.delay_seconds = 0
    visit.page.evaluate("document.body.append(kept)")
    visit.shown()
    assert len(service.asked) == 2


def test_a_cart_that_the_shop_renders_anew_is_served_anew(visit: Visit, service: Service) -> None:
    visit.open().shown()
    visit.page.evaluate(
        """(tag) => {
          const main = document.querySelector("main");
          const made = document.createElement(tag);
          made.setAttribute("placement", "cart");
          main.replaceChildren(made);
        }""",
        TAG,
    )
    visit.shown()
    assert len(service.asked) == 2


def test_the_tag_may_stand_in_the_page_three_times(visit: Visit, shop: Shop, service: Service) -> None:
    shop.tags = 3
    visit.open().shown()
    assert len(service.asked) == 1


def test_two_elements_ask_for_themselves(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.body = f'<{TAG} placement="cart" cart="x:1"></{TAG}><{TAG} placement="home"></{TAG}>'
    visit.open().shown()
    soon(lambda: len(service.asked) == 2)
    assert sorted(asked["placement"] for asked in service.asked) == ["cart", "home"]


def test_another_address_of_the_service_may_be_named(visit: Visit, shop: Shop, service: Service) -> None:
    shop.tag_settings = f'data-key="pk_other" data-api="{service.address}/"'
    visit.open().shown()
    assert service.asked[0]["key"] == "pk_other"
