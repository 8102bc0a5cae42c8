"""Served is not seen: an impression is half the element in view for a second, a holdout's likewise."""

from typing import Any

import pytest

from tests.widgets.conftest import TAG, Visit
from tests.widgets.site import HASTE, Service, Shop, item, slate

HOLDOUT = slate(item("a"), item("b"), arm="holdout", slate_id="held")


WIND_UP = """
const waiting = new Map();
const [start, stop] = [window.setTimeout, window.clearTimeout];
window.setTimeout = (run, wait, ...rest) => {
  const timer = start(wait === 1000 ? () => {} : run, wait, ...rest);
  if (wait === 1000) waiting.set(timer, run);
  return timer;
};
window.clearTimeout = (timer) => (waiting.delete(timer), stop(timer));
window.looking = () => waiting.size;
window.secondGoesBy = () => [...waiting].forEach(([timer, run]) => (waiting.delete(timer), run()));
"""


def test_a_second_in_view_is_one_impression_of_each_product(
    visit: Visit, service: Service, soon: Any
) -> None:
    visit.open().shown()
    soon(lambda: service.events)
    event, other = service.events
    assert event.keys() == {"event_id", "at", "type", "slate_id", "product_id"}
    assert (event["type"], event["slate_id"], event["product_id"]) == ("impression", "slate-1", "a")
    assert (other["type"], other["slate_id"], other["product_id"]) == ("impression", "slate-1", "b")
    assert len({event["event_id"], other["event_id"]}) == 2
    assert len(event["event_id"]) == 22
    assert event["at"].endswith("Z")
    assert service.posts == [{"type": "text/plain", "key": "pk_test"}]
    (view,) = visit.tells("view")
    assert view["seconds"] >= 1
    assert (view["slate_id"], view["placement"]) == ("slate-1", "cart")
    assert [one["product_id"] for one in view["items"]] == ["a", "b"]
    _leave_and_return(visit)
    visit.page.wait_for_timeout(1200)
    assert len(service.events) == 2


def _leave_and_return(visit: Visit) -> None:
    visit.widget.evaluate("element => (element.style.display = 'none')")
    visit.page.wait_for_timeout(100)
    visit.widget.evaluate("element => (element.style.display = '')")


def test_less_than_half_in_view_is_none(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.script = HASTE
    shop.above = 700 - 24 - 150  # 150 of about 395 pixels in view
    visit.open().shown()
    visit.page.wait_for_timeout(400)
    assert service.events == []
    visit.page.evaluate("scrollTo(0, 100)")
    soon(lambda: service.types() == ["impression"])


def test_a_second_must_be_on_end(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.script = WIND_UP  # the second goes by when the test says so
    shop.rules = "main{min-height:4000px}"
    visit.open().shown()
    soon(lambda: visit.page.evaluate("looking()") == 1)
    visit.page.evaluate("scrollTo(0, 2000)")
    soon(lambda: visit.page.evaluate("looking()") == 0)
    visit.page.evaluate("secondGoesBy()")
    visit.page.evaluate("scrollTo(0, 0)")
    soon(lambda: visit.page.evaluate("looking()") == 1)
    assert visit.tells("view") == []
    visit.page.evaluate("secondGoesBy()")
    soon(lambda: service.types() == ["impression"])


def test_a_page_in_the_background_is_not_looked_at(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    hidden = "Object.defineProperty(document, 'visibilityState', { get: () => window.state ?? 'hidden' });"
    shop.script = WIND_UP + hidden
    visit.open().shown()
    visit.page.wait_for_timeout(300)
    assert visit.page.evaluate("looking()") == 0
    visit.page.evaluate("state = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")
    visit.page.evaluate("secondGoesBy()")
    soon(lambda: service.types() == ["impression"])


def test_a_new_slate_is_an_impression_of_its_own(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = HASTE
    visit.open().shown()
    soon(lambda: service.types() == ["impression"])
    service.answer = slate(item("c"), slate_id="slate-2")
    visit.set("cart", "y:1")
    soon(lambda: [event["slate_id"] for event in service.events] == ["slate-1", "slate-1", "slate-2"])


@pytest.mark.parametrize("inside", ["", "<p>Our classics</p>"])
def test_a_holdout_counts_what_would_have_been_seen(
    visit: Visit, shop: Shop, service: Service, soon: Any, inside: str
) -> None:
    shop.script = HASTE
    service.answer = HOLDOUT
    visit.open('placement="cart" cart="x:1" consent="personal"', inside)
    soon(lambda: service.events)
    event = service.events[0]
    assert (event["type"], event["slate_id"], event["product_id"]) == ("would_show", "held", "a")
    assert len(event["visitor_id"]) == 22
    assert visit.tells("view") == []
    assert inside or visit.leaves_nothing()


def test_a_holdout_below_counts_when_half_of_the_list_would_be_in_view(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.script = HASTE
    service.answer = HOLDOUT
    shop.above = 700 - 24 - 150
    shop.rules = "main{min-height:3000px}"
    visit.open()
    visit.page.wait_for_timeout(400)
    assert service.events == []
    visit.page.evaluate("scrollTo(0, 100)")
    soon(lambda: service.types() == ["would_show"])


def test_a_preview_counts_nothing(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.script = HASTE
    visit.open('placement="cart" consent="personal" order="1001"', query="?encore_preview=to.ken").shown()
    assert service.asked[0]["preview"] == "to.ken"
    visit.widget.evaluate("element => (element.addToCart = async () => {})")
    visit.page.get_by_role("button").first.click()
    visit.page.get_by_text("Added").wait_for()
    soon(lambda: len(visit.tells("view")) == 1)
    visit.page.wait_for_timeout(100)
    assert service.events == []


def test_a_click_is_counted_and_followed(visit: Visit, service: Service, soon: Any) -> None:
    visit.open().shown()
    visit.page.get_by_role("link", name="Product b").click()
    visit.page.wait_for_url("**/product/b")
    soon(lambda: service.types() == ["click"])
    assert (service.events[0]["slate_id"], service.events[0]["product_id"]) == ("slate-1", "b")
    visit.page.go_back()
    visit.shown()


def test_a_shop_that_routes_by_itself_keeps_the_page(visit: Visit, service: Service, soon: Any) -> None:
    visit.open().shown()
    visit.page.evaluate("addEventListener('encore:click', (event) => event.preventDefault())")
    visit.page.get_by_role("link", name="Product b").click()
    soon(lambda: service.types() == ["click"])
    (click,) = visit.tells("click")
    assert click.pop("seconds")
    assert click == {
        "name": "click",
        "slate_id": "slate-1",
        "product_id": "b",
        "variant_id": "b-1",
        "url": f"{visit.shop.address}/product/b",
    }
    assert visit.page.url == f"{visit.shop.address}/"


def test_a_purchase_is_sent_once_with_the_slate_clicked_last(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    visit.open('placement="cart" consent="personal"').shown()
    visit.page.evaluate("addEventListener('encore:click', (event) => event.preventDefault())")
    visit.page.get_by_role("link", name="Product a").click()
    soon(lambda: service.types() == ["click"])
    shop.above = 4000
    one = f'<{TAG} placement="thank_you" consent="personal" order="1001"></{TAG}>'
    shop.body = f'<div class="above"></div>{one}{one}'
    visit.open()
    soon(lambda: service.types() == ["click", "purchase"])
    visit.page.wait_for_timeout(200)
    click, purchase = service.events
    assert (purchase["order_id"], purchase["slate_id"]) == ("1001", "slate-1")
    assert purchase["visitor_id"] == click["visitor_id"]
    visit.open()  # the page is loaded again: the same event, and the service knows it
    soon(lambda: service.types() == ["click", "purchase", "purchase"])
    assert service.events[2]["event_id"] == purchase["event_id"]


@pytest.mark.parametrize(
    "missing",
    ["delete Crypto.prototype.randomUUID", "Navigator.prototype.sendBeacon = () => false"],
    ids=["plain http", "no beacon"],
)
def test_older_or_plainer_browsers_count_too(
    visit: Visit, shop: Shop, service: Service, soon: Any, missing: str
) -> None:
    shop.script = HASTE + missing
    visit.open().shown()
    soon(lambda: service.types() == ["impression"])
    assert len(service.events[0]["event_id"]) == 22
    assert service.posts[0]["type"] == "text/plain"
