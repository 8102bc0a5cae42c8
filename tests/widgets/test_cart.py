"""Adding to the shop's own cart: by its listener or its function, and "Added" only when the shop says so."""

from typing import Any

import pytest

from tests.widgets.conftest import Visit
from tests.widgets.site import Service, item, slate

LISTEN = "addEventListener('encore:add', (event) => { %s });"
OWN = "document.querySelector('encore-recommendations').addToCart = %s;"

ADDED = {
    "the shop's function": OWN % "async (wanted) => { window.wanted = wanted; }",
    "its function, at once": OWN % "(wanted) => { window.wanted = wanted; }",
    "a good response": OWN % "async (wanted) => { window.wanted = wanted; return { ok: true }; }",
    "a listener": LISTEN % "window.wanted = event.detail; event.detail.waitUntil(Promise.resolve());",
    "a listener that does it alone": LISTEN
    % "window.wanted = event.detail; event.preventDefault(); event.detail.waitUntil(Promise.resolve());",
}
FAILED = {
    "a refused promise": OWN % "async () => { throw new Error('sold out'); }",
    "thrown at once": OWN % "() => { throw new Error('sold out'); }",
    "false": OWN % "async () => false",
    "a bad response": OWN % "async () => ({ ok: false })",
    "a listener's": LISTEN
    % "if (!window.mended) event.detail.waitUntil(Promise.reject(new Error('sold out')));",
    "one of two": OWN % "async () => {};"
    + LISTEN % "event.detail.waitUntil(Promise.resolve(!!window.mended));",
}


def _press(visit: Visit, script: str) -> None:
    visit.shown()
    visit.page.evaluate(f"() => {{ {script} }}")
    visit.page.get_by_role("button", name="Add Product a to cart").click()


@pytest.mark.parametrize("script", ADDED.values(), ids=ADDED.keys())
def test_added_is_said_when_the_shop_has_added(
    visit: Visit, service: Service, soon: Any, script: str
) -> None:
    _press(visit.open(), script)
    visit.page.get_by_role("status").filter(has_text="Added").wait_for()
    wanted = visit.page.evaluate("({ ...wanted, waitUntil: undefined })")
    assert wanted | {"waitUntil": None} == {
        "product_id": "a",
        "variant_id": "a-1",
        "quantity": 1,
        "slate_id": "slate-1",
        "waitUntil": None,
    }
    soon(lambda: service.types() == ["add_to_cart"])
    assert (service.events[0]["slate_id"], service.events[0]["product_id"]) == ("slate-1", "a")


@pytest.mark.parametrize("script", FAILED.values(), ids=FAILED.keys())
def test_a_failure_is_said_and_may_be_tried_again(
    visit: Visit, service: Service, soon: Any, script: str
) -> None:
    _press(visit.open(), script)
    visit.page.get_by_role("status").filter(has_text="Could not be added").wait_for()
    assert service.events == []
    _press(visit, "window.mended = true;" + OWN % "async () => {}")
    visit.page.get_by_role("status").filter(has_text="Added").wait_for()


def test_while_the_shop_works_a_second_press_does_nothing(visit: Visit, service: Service, soon: Any) -> None:
    calls = "window.calls = 0;" + OWN % "() => (calls++, new Promise((resolve) => (window.finish = resolve)))"
    _press(visit.open(), calls)
    button = visit.page.get_by_role("button", name="Add Product a to cart")
    button.click(force=True)
    assert visit.page.evaluate("calls") == 1
    assert button.get_attribute("aria-disabled") == "true"
    assert visit.page.get_by_role("status").filter(has_text="Added").count() == 0
    visit.page.evaluate("finish()")
    visit.page.get_by_role("status").filter(has_text="Added").wait_for()
    assert button.get_attribute("aria-disabled") is None


def test_a_listener_may_take_it_over_and_nothing_is_claimed(visit: Visit, service: Service) -> None:
    _press(visit.open(), OWN % "async () => { window.called = true; }" + LISTEN % "event.preventDefault();")
    visit.page.wait_for_timeout(150)
    assert visit.page.evaluate("window.called") is None
    assert visit.page.get_by_role("status").all_inner_texts() == ["", ""]
    assert service.events == []
    assert visit.page.url == f"{visit.shop.address}/"


def test_where_nobody_listens_the_products_own_page_opens(visit: Visit, service: Service, soon: Any) -> None:
    _press(visit.open(), "")
    visit.page.wait_for_url("**/product/a")
    soon(lambda: service.types() == ["click"])
    visit.page.go_back()
    visit.shown()


def test_where_nobody_listens_and_there_is_no_page_it_fails_politely(visit: Visit, service: Service) -> None:
    service.answer = slate(item("a", url=None))
    _press(visit.open(), "")
    visit.page.get_by_role("status").filter(has_text="Could not be added").wait_for()


def test_a_function_set_before_the_script_came_is_kept(visit: Visit, service: Service) -> None:
    visit.shop.script = (
        "addEventListener('DOMContentLoaded', () => {" + OWN % "async () => { window.early = true; }" + "});"
    )
    visit.open().shown()
    visit.page.get_by_role("button", name="Add Product a to cart").click()
    visit.page.get_by_role("status").filter(has_text="Added").wait_for()
    assert visit.page.evaluate("early")
