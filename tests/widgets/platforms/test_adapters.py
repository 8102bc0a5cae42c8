"""One contract for what joins a cart to the elements: read, add, changed elsewhere, a code, consent."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.widgets.conftest import Visit, leave
from tests.widgets.platforms.shops import KINDS, PlatformShop
from tests.widgets.site import Service, item, offered, slate

Soon = Callable[[Callable[[], Any]], None]
ELEMENTS = """<encore-recommendations placement="product" product="9"></encore-recommendations>
<encore-offer placement="cart"></encore-offer>"""


@pytest.fixture(scope="module")
def _shops(_service: Service) -> Iterator[dict[str, PlatformShop]]:
    shops = {kind.name: kind(_service) for kind in KINDS}
    yield shops
    for shop in shops.values():
        shop.close()


@pytest.fixture(params=[kind.name for kind in KINDS])
def platform(request: pytest.FixtureRequest, _shops: dict[str, PlatformShop]) -> PlatformShop:
    """A shop of each platform, as good as new."""
    shop = _shops[request.param]
    shop.reset()
    shop.body = ELEMENTS
    shop.lines = [{"product_id": "9", "variant_id": None, "quantity": 2}]
    return shop


@pytest.fixture
def shopping(_page: Page, platform: PlatformShop, service: Service) -> Iterator[Visit]:
    """Its page, opened, with one suggestion of what the shop can add."""
    service.answer = lambda asked: offered(lines=[]) if "product" not in asked else slate(_wanted(platform))
    visit = Visit(_page, platform)
    visit.open()
    yield visit
    leave(visit)


def _wanted(platform: PlatformShop) -> dict[str, Any]:
    return item("Filters", title="Filters", **platform.wanted)


def _attribute(visit: Visit, name: str) -> str | None:
    found: str | None = visit.widget.get_attribute(name)
    return found


def _add(visit: Visit) -> None:
    visit.shown()
    visit.page.get_by_role("button", name="Add Filters to cart").click()


def test_the_cart_is_read_and_told_to_every_element(shopping: Visit, soon: Soon) -> None:
    every = "() => [...document.querySelectorAll('[placement]')].map((each) => each.getAttribute('cart'))"
    soon(lambda: shopping.page.evaluate(every) == ["9:2", "9:2"])


def test_what_is_added_is_in_the_shops_cart_and_the_elements_follow(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    _add(shopping)
    shopping.page.get_by_role("status").filter(has_text="Added").wait_for()
    soon(lambda: _attribute(shopping, "cart") == f"9:2,{platform.added}")
    assert platform.lines[-1]["quantity"] == 1


def test_what_the_shop_refuses_is_not_said_to_be_added(shopping: Visit, platform: PlatformShop) -> None:
    platform.refuses = True
    _add(shopping)
    shopping.page.get_by_role("status").filter(has_text="could not be added").wait_for()
    assert len(platform.lines) == 1


def test_a_cart_that_changed_elsewhere_is_read_again(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    soon(lambda: _attribute(shopping, "cart") == "9:2")
    platform.lines = [{"product_id": "8/ü", "variant_id": None, "quantity": 1}]
    shopping.page.evaluate(platform.announce)
    soon(lambda: _attribute(shopping, "cart") == "8%2F%C3%BC:1")


def test_an_accepted_offers_code_reaches_the_cart_with_what_the_offer_adds(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    there = {"product_id": "9", "variant_id": "9", "quantity": 1, "added": True}
    brought = {**platform.wanted, "quantity": 1, "added": True}
    service.wish = (200, {"code": "ENC-1234", "token": "t.s", "terms": {"lines": [there, brought]}})
    shopping.page.get_by_role("button", name="See your offer").click()
    shopping.page.get_by_role("button", name="Accept the offer").click()
    soon(lambda: platform.codes == (["ENC-1234"] if platform.takes_codes else []))
    soon(lambda: _attribute(shopping, "cart") == f"9:2,{platform.added}")


def test_consent_comes_from_the_shops_own_signal(shopping: Visit, platform: PlatformShop, soon: Soon) -> None:
    soon(lambda: _attribute(shopping, "consent") == "none")
    shopping.page.evaluate(platform.agree)
    soon(lambda: _attribute(shopping, "consent") == "personal")


def test_an_element_that_comes_later_is_told_too_and_an_orders_lines_stay(
    shopping: Visit, soon: Soon
) -> None:
    soon(lambda: _attribute(shopping, "cart") == "9:2")
    later = """([name, order]) => {
  const element = document.createElement("encore-recommendations");
  for (const each of ["cart", "order"]) if (order) element.setAttribute(each, order);
  element.id = name;
  document.querySelector("main").append(element);
}"""
    shopping.page.evaluate(later, ["late", ""])
    shopping.page.evaluate(later, ["thanks", "5:1"])
    told = "() => ['late', 'thanks'].map((id) => document.getElementById(id).getAttribute('cart'))"
    soon(lambda: shopping.page.evaluate(told) == ["9:2", "5:1"])


class TestWooCommerce:
    """What it alone does."""

    @pytest.fixture(params=["woocommerce"])
    def platform(self, request: pytest.FixtureRequest, _shops: dict[str, PlatformShop]) -> PlatformShop:
        shop = _shops["woocommerce"]
        shop.reset()
        vars(shop).pop("globals", None)
        shop.body = ELEMENTS
        return shop

    def test_the_customers_proof_comes_with_the_cart_and_not_with_the_page(
        self, shopping: Visit, soon: Soon
    ) -> None:
        soon(lambda: _attribute(shopping, "customer-proof") == "9.f")
        assert _attribute(shopping, "customer-id") == "7"

    def test_a_cart_block_that_changed_is_noticed(
        self, shopping: Visit, platform: PlatformShop, soon: Soon
    ) -> None:
        soon(lambda: _attribute(shopping, "cart") == "")
        shopping.page.evaluate("storeChanged([])")
        platform.lines = [{"product_id": "5", "variant_id": None, "quantity": 1}]
        shopping.page.evaluate("storeChanged([{ key: 'k', quantity: 1 }])")
        soon(lambda: _attribute(shopping, "cart") == "5:1")

    def test_blocks_and_classic_pages_are_told_to_look_again(
        self, shopping: Visit, platform: PlatformShop, soon: Soon
    ) -> None:
        """With a real jQuery, whose events nothing else hears."""
        platform.has_jquery = True
        shopping.open()
        shopping.page.evaluate("""() => {
  window.told = [];
  document.body.addEventListener("wc-blocks_added_to_cart", () => told.push("blocks"));
  jQuery(document.body).on("wc_update_cart update_checkout", (event) => told.push(event.type));
}""")
        _add(shopping)
        soon(lambda: shopping.page.evaluate("told") == ["blocks", "wc_update_cart", "update_checkout"])

    def test_a_visitor_without_a_session_costs_the_shop_no_request(
        self, shopping: Visit, platform: PlatformShop, soon: Soon
    ) -> None:
        soon(lambda: platform.calls)
        shopping.page.evaluate("document.cookie = 'woocommerce_items_in_cart=; max-age=0'")
        platform.globals = platform.globals.replace("document.cookie", "//")
        platform.calls.clear()
        shopping.open().shown()
        soon(lambda: _attribute(shopping, "cart") == "")
        assert platform.calls == []
