"""Nothing on the page jumps: a place is kept before it is seen, and given up only when it is out of sight."""

from typing import Any

import pytest

from tests.widgets.conftest import Visit
from tests.widgets.site import Service, Shop, item, slate

FULL = slate(*(item(name) for name in "abcdef"))
RESERVED = "encore-recommendations{display:block;--encore-min-height:26rem;min-block-size:26rem}"


def _scroll_down(visit: Visit, to: int) -> None:
    for step in range(0, to, 60):
        visit.page.evaluate("y => scrollTo(0, y)", step)
        visit.page.wait_for_timeout(16)


@pytest.mark.parametrize("delay_seconds", [0, 0.5])
def test_coming_into_view_moves_nothing(
    visit: Visit, shop: Shop, service: Service, delay_seconds: float
) -> None:
    service.answer = FULL
    service.delay_seconds = delay_seconds
    shop.above = 1500
    shop.rules = "p{min-height:2000px}"
    visit.open()
    _scroll_down(visit, 1500)
    visit.shown()
    visit.page.wait_for_timeout(200)
    assert visit.page.get_by_text("Below.").is_visible()
    assert visit.heard("shift") == 0


def test_an_empty_answer_keeps_its_place_until_out_of_sight(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    service.answer = slate()
    service.delay_seconds = 0.5
    shop.above = 1000
    shop.rules = "p{min-height:3000px}"
    visit.open()
    soon(lambda: visit.widget.evaluate("element => element.offsetHeight") > 300)
    visit.page.evaluate("scrollTo(0, 700)")
    visit.page.wait_for_timeout(800)
    assert visit.widget.evaluate("element => element.offsetHeight") > 300
    assert visit.tree() == "- main:\n  - paragraph: Below."
    visit.page.evaluate("scrollTo(0, 3500)")
    soon(visit.leaves_nothing)
    assert visit.heard("shift") == 0


def test_an_empty_answer_out_of_sight_gives_the_place_up_at_once(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    service.answer = slate()
    shop.above = 800
    visit.open()
    soon(visit.leaves_nothing)
    assert visit.heard("shift") == 0


def test_in_view_from_the_start_a_place_kept_by_the_shop_is_enough(
    visit: Visit, shop: Shop, service: Service
) -> None:
    service.answer = FULL
    service.delay_seconds = 0.3
    shop.rules = RESERVED
    visit.open().shown()
    visit.page.wait_for_timeout(200)
    assert visit.heard("shift") == 0


def test_another_cart_changes_the_row_and_nothing_below(visit: Visit, service: Service, soon: Any) -> None:
    service.answer = FULL
    visit.open().shown()
    before = visit.page.get_by_text("Below.").bounding_box()
    long = item("g", title="A very long name of a product " * 6)
    service.answer = slate(long, item("h", price_minor=None, reason=None), slate_id="slate-2")
    visit.set("cart", "y:1")
    soon(lambda: len(visit.titles()) == 2)
    assert visit.page.get_by_text("Below.").bounding_box() == before
