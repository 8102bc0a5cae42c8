"""Late, failed, empty, stopped or holdout: the element's children show; without children nothing is left."""

from typing import Any

import pytest

from tests.widgets.conftest import TAG, Visit
from tests.widgets.site import Service, Shop, item, slate

NOTHING_TO_SHOW: dict[str, Any] = {
    "failed": 500,
    "refused": 403,
    "not JSON": b"<html>gateway</html>",
    "a bare null": b"null",
    "no items": b"{}",
    "items of another shape": b'{"slate_id": "s", "items": [null, 3]}',
    "empty": slate(strategy="empty"),
    "stopped": slate(strategy="stopped", slate_id=None),
    "without its id": slate(item("a"), slate_id=None),
    "nameless products": slate(item("a", title=None)),
}


@pytest.mark.parametrize("answer", NOTHING_TO_SHOW.values(), ids=NOTHING_TO_SHOW.keys())
def test_children_show_or_nothing_is_left(
    visit: Visit, shop: Shop, service: Service, soon: Any, answer: Any
) -> None:
    service.answer = answer
    shop.body = (
        f'<{TAG} placement="cart"></{TAG}><{TAG} placement="home"><p>Our classics</p></{TAG}><p>Below.</p>'
    )
    visit.open()
    soon(lambda: len(service.asked) == 2 and visit.leaves_nothing())
    visit.page.wait_for_timeout(50)
    assert visit.tree() == "- main:\n  - paragraph: Our classics\n  - paragraph: Below."


def test_a_late_answer_is_not_waited_for_nor_shown(visit: Visit, service: Service, soon: Any) -> None:
    service.delay_seconds = 1.2
    visit.open()
    soon(visit.leaves_nothing)
    visit.page.wait_for_timeout(700)
    assert visit.leaves_nothing()
    assert len(service.asked) == 1


def test_children_show_while_the_answer_is_awaited(visit: Visit, service: Service) -> None:
    service.delay_seconds = 0.5
    visit.open(inside="<p>Our classics</p>")
    assert "Our classics" in visit.tree()
    visit.shown()
    assert "Our classics" not in visit.tree()


def test_a_holdout_sees_the_children_and_never_the_items(visit: Visit, service: Service) -> None:
    service.answer = slate(item("a"), arm="holdout")
    visit.open(inside="<p>Our classics</p>")
    visit.page.wait_for_timeout(300)
    assert "Our classics" in visit.tree()
    assert "Product a" not in visit.tree()


def test_a_holdout_without_children_moves_nothing(visit: Visit, service: Service, soon: Any) -> None:
    service.answer = slate(item("a"), arm="holdout")
    visit.open()
    soon(lambda: len(service.asked) == 1)
    visit.page.wait_for_timeout(200)
    assert visit.tree() == "- main:\n  - paragraph: Below."
    assert visit.page.get_by_text("Below.").bounding_box() == _below_alone(visit)


def _below_alone(visit: Visit) -> Any:
    visit.widget.evaluate("element => element.remove()")
    return visit.page.get_by_text("Below.").bounding_box()


def test_an_unreachable_service_leaves_nothing(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.strict = False
    shop.tag_settings = 'data-key="pk_test" data-api="http://127.0.0.1:9/"'
    visit.open()
    soon(visit.leaves_nothing)


def test_without_a_key_nothing_is_asked(visit: Visit, shop: Shop, service: Service, soon: Any) -> None:
    shop.tag_settings = ""
    visit.open()
    soon(visit.leaves_nothing)
    assert service.asked == []


def test_an_emptied_widget_comes_back_with_another_cart(visit: Visit, service: Service, soon: Any) -> None:
    service.answer = slate()
    visit.open()
    soon(visit.leaves_nothing)
    service.answer = slate(item("c"))
    visit.set("cart", "y:1")
    visit.shown()
    assert visit.titles() == ["Product c"]


def test_children_that_come_later_are_shown_too(visit: Visit, service: Service, soon: Any) -> None:
    service.answer = slate()
    visit.open()
    soon(visit.leaves_nothing)
    visit.widget.evaluate("element => element.append('Our classics')")
    soon(lambda: "Our classics" in visit.tree())


def test_a_stopped_shop_keeps_no_place_even_where_one_was_reserved(
    visit: Visit, shop: Shop, service: Service, soon: Any
) -> None:
    shop.rules = "encore-recommendations{display:block;--encore-min-height:20rem}"
    service.answer = slate(strategy="stopped", slate_id=None)
    visit.open()
    soon(visit.leaves_nothing)


def test_at_most_one_quiet_word_in_the_console(visit: Visit, service: Service, soon: Any) -> None:
    said: list[str] = []
    visit.page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    service.answer = b"{"
    visit.open()
    soon(visit.leaves_nothing)
    visit.set("cart", "y:1")
    soon(lambda: len(service.asked) == 2)
    visit.page.wait_for_timeout(150)
    assert len(said) == 1, said
    assert said[0].startswith("debug: encore: ")
