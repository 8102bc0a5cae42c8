"""POST /v1/events: what is counted, what is not, and what is kept of it."""

import json
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from plugin.api.access import Buckets
from plugin.serving import preview
from plugin.store import shops
from plugin.store import tables as t
from tests.conftest import ORIGIN, add_shop
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import BROWSER, ask, publish


@pytest.fixture
def trained(coffee: CoffeeShop) -> CoffeeShop:
    """The coffee shop with a model in use."""
    publish(coffee.runtime, coffee.shop_id)
    return coffee


def served(shop: CoffeeShop, **query: Any) -> str:
    answer = ask(shop.client, shop.keys.public, cart="beans:1", **query)
    assert answer.json is not None
    slate_id: str = answer.json["slate_id"]
    return slate_id


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"event_id": event_id, "type": "impression", "at": now, "product_id": "grinder"} | fields


def send(shop: CoffeeShop, *events: dict[str, Any], **changes: Any) -> TestResponse:
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER} | changes.pop("headers", {})
    body = {"key": shop.keys.public, "events": list(events)} | changes
    return shop.client.post("/v1/events", data=json.dumps(body), headers=headers)


def kept(shop: CoffeeShop, table: Any) -> list[dict[str, Any]]:
    with shop.runtime.database.read() as connection:
        rows = connection.execute(select(table).where(table.c.shop_id == shop.shop_id))
        return [dict(row._mapping) for row in rows]


def accepted(answer: TestResponse) -> int:
    assert answer.status_code == 202, answer.text
    assert answer.json is not None
    count: int = answer.json["accepted"]
    return count


def test_a_slate_is_kept_when_its_first_event_arrives(trained: CoffeeShop) -> None:
    slate_id = served(trained, consent="personal", visitor_id="v1")
    assert kept(trained, t.slates) == []
    seen = event("e1", slate_id=slate_id, visitor_id="v1")
    clicked = event("e2", type="click", slate_id=slate_id, visitor_id="v1")
    assert accepted(send(trained, seen, clicked)) == 2
    (slate,) = kept(trained, t.slates)
    assert (slate["slate_id"], slate["placement"], slate["strategy"]) == (slate_id, "cart", "bought_together")
    assert (slate["model_version"], slate["visitor_id"]) == (1, "v1")
    assert slate["arm"] in ("encore", "holdout")
    assert abs(slate["served_at"] - datetime.now(UTC)) < timedelta(seconds=10)
    assert [each["type"] for each in kept(trained, t.events)] == ["impression", "click"]


def test_an_event_sent_twice_counts_once(trained: CoffeeShop) -> None:
    seen = event("e1", slate_id=served(trained))
    assert accepted(send(trained, seen)) == 1
    assert accepted(send(trained, seen, event("e2", slate_id=seen["slate_id"]))) == 1
    assert accepted(send(trained, seen, seen)) == 0
    assert len(kept(trained, t.events)) == 2


def test_without_consent_no_visitor_is_kept(trained: CoffeeShop) -> None:
    assert accepted(send(trained, event("e1", slate_id=served(trained), visitor_id="v1"))) == 1
    assert kept(trained, t.slates)[0]["visitor_id"] is None
    assert kept(trained, t.events)[0]["visitor_id"] is None


def test_a_purchase_joins_visitor_slate_and_order(trained: CoffeeShop) -> None:
    slate_id = served(trained, consent="personal", visitor_id="v1")
    bought = event("e1", type="purchase", slate_id=slate_id, order_id="o1", visitor_id="v1")
    assert accepted(send(trained, bought)) == 1
    row = kept(trained, t.events)[0]
    assert (row["order_id"], row["slate_id"], row["visitor_id"]) == ("o1", slate_id, "v1")
    assert kept(trained, t.orders) == []


@pytest.mark.parametrize(
    "agent",
    [
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "AdsBot-Google (+http://www.google.com/adsbot.html)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "meta-externalagent/1.1",
        "curl/8.0",
        "",
    ],
)
def test_programs_are_left_out(trained: CoffeeShop, agent: str) -> None:
    seen = event("e1", slate_id=served(trained))
    assert accepted(send(trained, seen, headers={"User-Agent": agent})) == 0
    assert kept(trained, t.events) == []


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; CUBOT) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1 [FBAN/FBIOS;FBAV/440.0]",
    ],
)
def test_people_are_counted_whatever_their_telephone_is_called(trained: CoffeeShop, agent: str) -> None:
    seen = event("e1", slate_id=served(trained))
    assert accepted(send(trained, seen, headers={"User-Agent": agent})) == 1


def test_a_preview_counts_nothing(trained: CoffeeShop) -> None:
    token = preview.make(trained.runtime.vault, trained.shop_id, int(time.time()) + 60)
    slate_id = served(trained, preview=token, consent="personal", visitor_id="v1")
    assert accepted(send(trained, event("e1", slate_id=slate_id))) == 0
    assert kept(trained, t.events) == kept(trained, t.slates) == []


def forged(slate_id: str) -> str:
    return slate_id[:20] + ("A" if slate_id[20] != "A" else "B") + slate_id[21:]


def test_a_slate_that_was_not_served_is_refused_with_all_its_events(trained: CoffeeShop) -> None:
    slate_id = served(trained)
    good = event("e1", slate_id=slate_id)
    for wrong in (forged(slate_id), "short", "é" * 44, slate_id + "="):
        answer = send(trained, good, event("e2", slate_id=wrong))
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["reason"] == "unknown_slate"
        assert list(answer.json["errors"]) == ["events.1.slate_id"]
    assert kept(trained, t.events) == []


def test_another_shops_slate_is_no_slate_of_this_one(trained: CoffeeShop) -> None:
    _, other_keys = add_shop(trained.runtime)
    trained.live.refresh()
    answer = send(trained, event("e1", slate_id=served(trained)), key=other_keys.public)
    assert answer.status_code == 422
    assert kept(trained, t.events) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "glance"}, "type"),
        ({"at": "yesterday"}, "at"),
        ({"at": None}, "at"),
        ({"at": "2001-01-01T00:00:00Z"}, "at"),
        ({"at": "2199-01-01T00:00:00Z"}, "at"),
        ({"event_id": ""}, "event_id"),
        ({"event_id": None}, "event_id"),
        ({"product_id": "x" * 201}, "product_id"),
        ({"product_id": "nul\0"}, "product_id"),
        ({"visitor_id": "\ud800"}, "visitor_id"),
        ({"visitor_id": {"$ne": 1}}, "visitor_id"),
        ({"type": "purchase"}, "order_id"),
        ({"slate_id": None}, "slate_id"),
    ],
)
def test_one_bad_event_and_none_is_kept(trained: CoffeeShop, wrong: dict[str, Any], field: str) -> None:
    good = event("e1", slate_id=served(trained))
    answer = send(trained, good, good | {"event_id": "e2"} | wrong)
    assert answer.status_code == 422, answer.text
    assert answer.json is not None
    assert list(answer.json["errors"]) == [f"events.1.{field}"]
    assert kept(trained, t.events) == []


def test_more_than_100_events_or_none(trained: CoffeeShop) -> None:
    slate_id = served(trained)
    assert send(trained, *(event(f"e{n}", slate_id=slate_id) for n in range(101))).status_code == 422
    assert send(trained).status_code == 422
    assert accepted(send(trained, *(event(f"e{n}", slate_id=slate_id) for n in range(100)))) == 100


def test_a_clock_that_is_hours_wrong_is_set_right(trained: CoffeeShop) -> None:
    slate_id, now = served(trained), datetime.now(UTC)
    early, late = now - timedelta(hours=5), now + timedelta(hours=5)
    send(
        trained,
        event("early", slate_id=slate_id, at=early.isoformat()),
        event("late", slate_id=slate_id, at=late.isoformat()),
    )
    served_at = kept(trained, t.slates)[0]["served_at"]
    at = {each["event_id"]: each["at"] for each in kept(trained, t.events)}
    assert at["early"] == served_at
    assert at["late"] < now + timedelta(minutes=6)


def test_sql_and_html_are_kept_as_the_text_they_are(trained: CoffeeShop) -> None:
    text = """'); DROP TABLE events; --<img src=x onerror=alert(1)>"""
    seen = event("e1", slate_id=served(trained, consent="personal", visitor_id=text), visitor_id=text)
    assert accepted(send(trained, seen | {"product_id": text})) == 1
    row = kept(trained, t.events)[0]
    assert (row["product_id"], row["visitor_id"]) == (text, text)


def test_a_stopped_shop_still_counts_what_was_shown_before(trained: CoffeeShop) -> None:
    slate_id = served(trained)
    with trained.runtime.database.write() as connection:
        shops.change_settings(connection, trained.shop_id, {"stopped": True})
    trained.live.refresh()
    assert accepted(send(trained, event("e1", slate_id=slate_id))) == 1


def test_one_client_that_floods_hinders_neither_others_nor_the_lists(trained: CoffeeShop) -> None:
    seen = event("e1", slate_id=served(trained))
    answers = (send(trained, seen) for _ in range(3000))
    refused = next(each for each in answers if each.status_code != 202)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert served(trained)
    other = trained.client.post(
        "/v1/events",
        data=json.dumps({"key": trained.keys.public, "events": [seen]}),
        headers={"Origin": ORIGIN, "User-Agent": BROWSER},
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert other.status_code == 202


def test_buckets_of_many_clients_do_not_fill_the_memory() -> None:
    buckets = Buckets(per_second=1, burst=2)
    tracemalloc.start()
    assert all(buckets.take(("key", f"2001:db8::{n:x}"), n / 100_000) for n in range(100_000))
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept_bytes < 5 * 2**20


def test_while_something_else_is_written_events_are_refused_and_lists_are_answered(
    trained: CoffeeShop,
) -> None:
    seen = event("e1", slate_id=served(trained))
    with ThreadPoolExecutor(max_workers=4) as threads_of_a_worker:
        with trained.runtime.database.write():
            sent = [threads_of_a_worker.submit(send, trained, seen) for _ in range(8)]
            assert threads_of_a_worker.submit(served, trained).result()
            answers = [each.result() for each in sent]
        assert [each.status_code for each in answers] == [429] * 8
        assert {each.json["reason"] for each in answers if each.json} == {"busy"}
        assert all(each.headers["Retry-After"] for each in answers)
        assert accepted(send(trained, seen)) == 1
