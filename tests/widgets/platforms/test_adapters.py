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
    vars(shop).pop("globals", None)
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


def one(name: str) -> pytest.MarkDecorator:
    """What one platform alone does."""
    return pytest.mark.parametrize("platform", [name], indirect=True)


def _wanted(platform: PlatformShop) -> dict[str, Any]:
    return item("Filters", title="Filters", **platform.wanted)


def _attribute(visit: Visit, name: str) -> str | None:
    found: str | None = visit.widget.get_attribute(name)
    return found


def _add(visit: Visit) -> None:
    visit.shown()
    visit.page.get_by_role("button", name="Add Filters to cart").click()


def _agree(visit: Visit, platform: PlatformShop, service: Service, soon: Soon) -> None:
    """The visitor consents; once the service hears of it, the cart changes."""
    visit.page.evaluate(platform.agree)
    soon(lambda: service.asked and "visitor_id" in service.asked[-1])
    visit.page.evaluate(platform.announce)


def test_a_cart_is_read_added_to_and_followed(shopping: Visit, platform: PlatformShop, soon: Soon) -> None:
    page = shopping.page
    every = "() => [...document.querySelectorAll('[placement]')].map((each) => each.getAttribute('cart'))"
    soon(lambda: page.evaluate(every) == ["9:2", "9:2"])
    platform.refuses = True
    _add(shopping)
    page.get_by_role("status").filter(has_text="could not be added").wait_for()
    assert len(platform.lines) == 1
    platform.refuses = False
    _add(shopping)
    page.get_by_role("status").filter(has_text="Added").wait_for()
    soon(lambda: page.evaluate(every) == [f"9:2,{platform.added}"] * 2)
    platform.lines = [{"product_id": "8/ü", "variant_id": None, "quantity": 1}]
    page.evaluate(platform.announce)
    soon(lambda: _attribute(shopping, "cart") == "8%2F%C3%BC:1")


def test_consent_and_an_accepted_offers_code_go_their_way(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    """The code is applied with what the offer adds; what it needs and the cart has is not added again."""
    page = shopping.page
    soon(lambda: _attribute(shopping, "consent") == "none")
    page.evaluate(platform.agree)
    soon(lambda: _attribute(shopping, "consent") == "personal")
    there = {"product_id": "9", "variant_id": "9", "quantity": 1, "added": True}
    brought = {**platform.wanted, "quantity": 1, "added": True}
    service.wish = (200, {"code": "ENC-1234", "token": "t.s", "terms": {"lines": [there, brought]}})
    page.get_by_role("button", name="See your offer").click()
    page.get_by_role("button", name="Accept the offer").click()
    soon(lambda: platform.codes == (["ENC-1234"] if platform.takes_codes else []))
    soon(lambda: _attribute(shopping, "cart") == f"9:2,{platform.added}")


@pytest.mark.parametrize("platform", [kind.name for kind in KINDS if kind.takes_codes], indirect=True)
def test_a_code_that_the_shop_refuses_is_said_to_be_so(
    shopping: Visit, platform: PlatformShop, service: Service
) -> None:
    platform.refuses_codes = True
    service.wish = (200, {"code": "ENC-1234", "token": "t.s", "terms": {"lines": []}})
    shopping.page.get_by_role("button", name="See your offer").click()
    shopping.page.get_by_role("button", name="Accept the offer").click()
    said = "The code ENC-1234 is yours, but the cart did not take it."
    shopping.page.get_by_role("status").filter(has_text=said).wait_for()


@one("shop")
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


@one("woocommerce")
def test_with_woocommerce_the_customers_proof_comes_with_the_cart(shopping: Visit, soon: Soon) -> None:
    soon(lambda: _attribute(shopping, "customer-proof") == "9.f")
    assert _attribute(shopping, "customer-id") == "7"


@one("woocommerce")
def test_with_woocommerce_a_cart_block_that_changed_is_noticed(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    soon(lambda: _attribute(shopping, "cart") == "9:2")
    shopping.page.evaluate("storeChanged([])")
    platform.lines = [{"product_id": "5", "variant_id": None, "quantity": 1}]
    shopping.page.evaluate("storeChanged([{ key: 'k', quantity: 1 }])")
    soon(lambda: _attribute(shopping, "cart") == "5:1")


@one("woocommerce")
def test_with_woocommerce_blocks_and_classic_pages_are_told_to_look_again(
    shopping: Visit, platform: PlatformShop, soon: Soon
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


@one("woocommerce")
def test_with_woocommerce_a_visitor_without_a_session_costs_no_request(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    soon(lambda: platform.calls)
    shopping.page.evaluate("document.cookie = 'woocommerce_items_in_cart=; max-age=0'")
    platform.globals = platform.globals.replace("document.cookie", "//")
    platform.calls.clear()
    shopping.open().shown()
    soon(lambda: _attribute(shopping, "cart") == "")
    assert platform.calls == []


@one("woocommerce")
def test_with_woocommerce_a_nonce_that_lapsed_is_asked_for_once_more(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    soon(lambda: _attribute(shopping, "cart") == "9:2")
    platform.nonce = "twice"
    _add(shopping)
    shopping.page.get_by_role("status").filter(has_text="Added").wait_for()
    assert len(platform.lines) == 2


@one("shopify")
def test_with_shopify_ids_are_exact_where_a_browser_does_not_tell_how_numbers_were_written(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    platform.globals += """const parse = JSON.parse;
JSON.parse = (text, revive) => parse(text, revive && ((name, value) => revive(name, value)));"""
    platform.lines = [{**platform.wanted, "quantity": 1}]
    shopping.open()
    soon(lambda: _attribute(shopping, "cart") == platform.added)


@one("shopify")
def test_with_shopify_a_page_that_is_opened_again_takes_the_visitor_off_no_cart(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    _agree(shopping, platform, service, soon)
    soon(lambda: platform.noted)
    # Its consent API comes later than the cart's first answer.
    platform.globals = platform.globals.replace("\n}) };", "\n}, 300) };") + "window.agreed = true;"
    shopping.open()
    soon(lambda: _attribute(shopping, "consent") == "none")
    soon(lambda: _attribute(shopping, "consent") == "personal")
    assert len(platform.notes) == 1


@one("shopify")
def test_with_shopify_the_order_learns_of_a_visitor_who_agreed_and_codes_stand_beside_each_other(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    platform.codes = ["WELCOME"]
    soon(lambda: _attribute(shopping, "consent") == "none")
    assert platform.noted == {}
    _agree(shopping, platform, service, soon)
    visitor = service.asked[-1]["visitor_id"]
    soon(lambda: platform.noted == {"encore_visitor": visitor})
    shopping.page.evaluate(platform.refuse)
    soon(lambda: platform.noted == {"encore_visitor": ""})
    shopping.page.get_by_role("button", name="See your offer").click()
    shopping.page.get_by_role("button", name="Accept the offer").click()
    soon(lambda: platform.codes == ["WELCOME", "ENC-1234"])


@one("shopify")
def test_with_shopify_the_carts_own_page_is_loaded_again_when_all_is_done(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    brought = {**platform.wanted, "quantity": 1, "added": True}
    service.wish = (200, {"code": "ENC-1234", "token": "t.s", "terms": {"lines": [brought]}})
    shopping.page.goto(f"{platform.address}/cart")
    shopping.page.evaluate("window.before = true")
    shopping.page.get_by_role("button", name="See your offer").click()
    shopping.page.get_by_role("button", name="Accept the offer").click()
    shopping.page.wait_for_function("!window.before")
    assert (len(platform.lines), platform.codes) == (2, ["ENC-1234"])


@one("shopify")
def test_with_shopify_a_theme_that_adds_by_itself_is_left_to_it(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    """Its standard action and event; what the action refuses is not said to be added."""
    shopping.page.evaluate("""() => {
  window.updates = [];
  Shopify.actions = { updateCart: async ({ lines }) => {
    updates.push(...lines);
    return updates.length > 1 ? { cart: {}, userErrors: [] } : { userErrors: [{ message: "sold out" }] };
  } };
}""")
    _add(shopping)
    shopping.page.get_by_role("status").filter(has_text="could not be added").wait_for()
    _add(shopping)
    shopping.page.get_by_role("status").filter(has_text="Added").wait_for()
    variant = {"merchandiseId": "gid://shopify/ProductVariant/9007199254740995", "quantity": 1}
    assert shopping.page.evaluate("updates") == [variant, variant]
    assert "/cart/add.js" not in platform.calls
    platform.lines = []
    shopping.page.evaluate("""() => document.dispatchEvent(
  Object.assign(new Event("shopify:cart:lines-update"), { promise: Promise.resolve({}) }))""")
    soon(lambda: _attribute(shopping, "cart") == "")


@pytest.mark.parametrize(
    ("platform", "ids"),
    [("shopify", {"variant_id": None}), ("ecwid", {"variant_id": "31"})],
    indirect=["platform"],
)
def test_what_a_script_cannot_add_is_chosen_on_the_products_own_page(
    shopping: Visit, platform: PlatformShop, service: Service, ids: dict[str, Any]
) -> None:
    service.answer = slate(_wanted(platform) | ids)
    shopping.open()
    _add(shopping)
    shopping.page.wait_for_url("**/product/Filters")
    shopping.open()
    assert len(platform.lines) == 1


@one("ecwid")
def test_with_ecwid_each_page_has_its_elements_beneath_the_store(
    shopping: Visit, platform: PlatformShop, soon: Soon
) -> None:
    platform.body = '<div id="my-store-1003"><div class="ec-store"></div></div><p>Below.</p>'
    shopping.open()
    soon(lambda: shopping.page.evaluate("Boolean(window.Ecwid)"))
    shopping.page.evaluate("document.cookie = 'encore_visitor=abcdefghijklmnopqrstuv'")
    shopping.page.evaluate("Ecwid.OnCartChanged.fire({})")
    assert shopping.page.evaluate("ec.order.extraFields") == {}  # nobody has agreed
    shopping.page.evaluate(platform.agree)
    placed = """(page) => {
  if (page.type === "ORDER_CONFIRMATION") Ecwid.OnOrderPlaced.fire({ vendorNumber: "TJ6VG", items: cartOf([
    { product_id: 5, variant_id: 51, quantity: 1 }]).items });
  Ecwid.OnPageLoaded.fire(page);
  const place = document.querySelector("#my-store-1003").nextElementSibling;
  return [...place.children].map((each) => [each.localName.slice(7), each.getAttribute("placement"),
    each.getAttribute("product") ?? each.getAttribute("order")].join(" ").trim());
}"""
    for about, wanted in [
        ({"type": "PRODUCT", "productId": 12}, ["bundle product 12", "recommendations product 12"]),
        ({"type": "CART"}, ["offer cart", "recommendations cart"]),
        ({"type": "CHECKOUT_PAYMENT_DETAILS"}, ["offer checkout"]),
        ({"type": "ORDER_CONFIRMATION"}, ["recommendations thank_you TJ6VG"]),
        ({"type": "CATEGORY", "categoryId": 0}, ["recommendations home"]),
        ({"type": "CATEGORY", "categoryId": 7}, []),
        ({"type": "SEARCH"}, []),
    ]:
        assert shopping.page.evaluate(placed, about) == wanted
    assert shopping.page.evaluate("ec.order.extraFields.encore_visitor.value") == "abcdefghijklmnopqrstuv"
    assert shopping.page.evaluate("refreshed") == 1
    shopping.page.evaluate(platform.refuse)
    assert shopping.page.evaluate("[ec.order.extraFields, refreshed]") == [{}, 2]


@one("saleor")
def test_with_saleor_the_checkout_learns_of_a_visitor_who_agreed(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    _agree(shopping, platform, service, soon)
    soon(lambda: platform.noted == {"encore_visitor": service.asked[-1]["visitor_id"]})
    shopping.page.evaluate(platform.refuse)
    soon(lambda: platform.noted == {"encore_visitor": ""})


@one("saleor")
def test_with_saleor_each_checkout_is_told_and_what_an_earlier_page_noted_is_taken_back(
    shopping: Visit, platform: PlatformShop, service: Service, soon: Soon
) -> None:
    _agree(shopping, platform, service, soon)
    soon(lambda: platform.noted)
    visitor = platform.noted.pop("encore_visitor")
    shopping.page.evaluate("window.checkout = 'Q2hlY2tvdXQ6Mg=='; shopChanged()")
    soon(lambda: platform.noted == {"encore_visitor": visitor})
    shopping.open()  # where nobody has agreed
    soon(lambda: platform.noted == {"encore_visitor": ""})
    assert platform.notes == [visitor, visitor, ""]
