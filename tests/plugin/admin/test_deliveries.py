"""The page of deliveries: by topic, by verdict, page by page, and what became of each."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from plugin.admin.deliveries import PAGE
from plugin.jobs.deliveries import work
from plugin.runtime import Runtime
from plugin.store import connected_platforms, deliveries
from plugin.store.deliveries import Arrival
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import Visitor

PAID, UPDATE = "orders/paid", "products/update"


@pytest.fixture
def delivered(runtime: Runtime, shop: tuple[str, ShopKeys]) -> None:
    """Two more than a page has: the first two of products, the first and the fourth of no use."""
    shop_id = shop[0]
    with runtime.database.write() as opened:
        for number in range(PAGE + 2):
            at = NOW + timedelta(seconds=number)
            one = Arrival(shop_id, "shopify", str(number), UPDATE if number < 2 else PAID, at, b"x")
            deliveries.add(opened, runtime.vault, one)
        for row, _ in deliveries.latest(opened, shop_id, PAGE + 2):
            if row.delivery_id in ("0", "3"):
                deliveries.finish(opened, row, "unreadable", None, NOW)


def shown(merchant: Visitor, query: str) -> list[str]:
    """The topics of those that the page shows."""
    return re.findall(r'<br><span class="hint">(\w+/\w+)', merchant.get(f"/deliveries?{query}").text)


def test_all_are_shown_page_by_page_the_newest_first(delivered: None, merchant: Visitor) -> None:
    assert shown(merchant, "") == [PAID] * PAGE
    assert shown(merchant, "page=2") == shown(merchant, "page=99") == [UPDATE] * 2
    assert shown(merchant, "page=-1") == shown(merchant, "page=x") == [PAID] * PAGE
    assert 'href="/admin/deliveries?page=2">' in merchant.get("/deliveries").text


def test_those_of_a_topic_and_a_verdict_are_shown(delivered: None, merchant: Visitor) -> None:
    assert shown(merchant, f"topic={UPDATE}") == [UPDATE] * 2
    assert shown(merchant, "verdict=unreadable") == [PAID, UPDATE]
    assert shown(merchant, f"topic={UPDATE}&verdict=waits") == [UPDATE]
    assert shown(merchant, f"topic={UPDATE}&verdict=erased") == shown(merchant, "topic=%27x") == []
    assert shown(merchant, "topic=%00") == [PAID] * PAGE  # which PostgreSQL does not take
    page = unescape(merchant.get(f"/deliveries?verdict=waits&topic={PAID}").text)
    assert f'<option value="{PAID}" selected>' in page
    assert '<option value="waits" selected>Waits</option>' in page
    assert '<option value="erased"' not in page  # there is none
    assert 'class="pages"' not in page


def test_who_turns_the_page_or_works_one_again_still_sees_what_was_asked_for(
    delivered: None, merchant: Visitor
) -> None:
    form = {"platform": "shopify", "delivery_id": "3"}
    page = merchant.post("/deliveries/work-again?verdict=unreadable", form, page="/deliveries").text
    assert "It is worked again." in page
    assert '<option value="unreadable" selected>' in page
    assert 'action="/admin/deliveries/work-again?page=1&amp;verdict=unreadable"' in page
    assert (
        'href="/admin/deliveries?page=2&amp;verdict=waits">' in merchant.get("/deliveries?verdict=waits").text
    )


def test_the_choice_stands_in_every_language(delivered: None, merchant: Visitor) -> None:
    for code, words in (("en", "All topics"), ("es", "Todos los temas"), ("zh", "所有主题")):
        assert words in merchant.get(f"/deliveries?language={code}").text


def test_a_delivery_is_shown_with_its_fate_and_worked_again(
    runtime: Runtime, shop: tuple[str, ShopKeys], merchant: Visitor
) -> None:
    told = {"secret": "whsec_x", "at": NOW}
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop[0], "generic", told)
        arrival = Arrival(shop[0], "generic", "msg_1", "<b>topic", NOW, b"not JSON")
        deliveries.add(opened, runtime.vault, arrival)
    assert "Waits" in merchant.get("/deliveries").text
    work(runtime, shop[0], lambda: datetime.now(UTC))
    page = merchant.get("/deliveries").text
    assert "Not readable" in page
    assert "&lt;b&gt;topic" in page
    form = {"platform": "generic", "delivery_id": "msg_1"}
    assert "It is worked again." in merchant.post("/deliveries/work-again", form, page="/deliveries").text
    form["delivery_id"] = "msg_2"
    assert "no longer kept" in merchant.post("/deliveries/work-again", form, page="/deliveries").text
