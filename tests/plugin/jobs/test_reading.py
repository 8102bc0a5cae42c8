"""A WooCommerce shop's history is read whole, whatever its server and our worker do in between."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from plugin.jobs.reading import EVERY, is_due, work
from plugin.jobs.training import Watch
from plugin.runtime import Runtime
from plugin.store import connected_platforms, customers, orders, readings
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.platforms.dialect import Order, Product
from tests.plugin.platforms.woocommerce import _order, _product

TOKEN = "ck_1:cs_1"


class WooServer(ThreadingHTTPServer):
    """Answers as REST v3 does: by time of change, in pages; `bad`: which requests fail, and how."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.things: dict[str, list[dict[str, Any]]] = {"orders": [], "products": []}
        self.bad: dict[int, str] = {}
        self.asked = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def found(self, noun: str, query: dict[str, str]) -> tuple[int, list[dict[str, Any]]]:
        after, page = query["modified_after"], int(query["page"])
        later = [each for each in self.things[noun] if each["date_modified_gmt"] > after]
        later.sort(key=lambda each: each["date_modified_gmt"])
        return len(later), later[(page - 1) * 100 : page * 100]


class _Handler(BaseHTTPRequestHandler):
    server: WooServer

    def do_GET(self) -> None:
        self.server.asked += 1
        bad = self.server.bad.pop(self.server.asked, None)
        key = base64.b64encode(TOKEN.encode()).decode()
        if bad == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n[{")
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        noun = parts.path.removeprefix("/wp-json/wc/v3/")
        is_right = self.headers["Authorization"] == f"Basic {key}"
        status = int(bad) if bad else 200 if is_right else 401
        total, some = self.server.found(noun, query) if "/" not in noun else (0, _variations(noun))
        text = json.dumps(some if status == 200 else {"code": "error"}).encode()
        self.send_response(status)
        self.send_header("X-WP-Total", str(total))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Be quiet."""


def _variations(path: str) -> list[dict[str, Any]]:
    parent = int(path.split("/")[1])
    one = {"id": parent * 10, "parent_id": parent, "type": "variation", "price": "7.00"}
    return [{**one, "manage_stock": True, "stock_quantity": 3, "backorders": "no"}]


@pytest.fixture
def woo() -> Iterator[WooServer]:
    with WooServer() as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.02,))
        thread.start()
        yield opened
        opened.shutdown()
        thread.join()


@pytest.fixture
def shop_id(runtime: Runtime, shop: tuple[str, ShopKeys], woo: WooServer) -> str:
    told = {"address": woo.address, "token": TOKEN, "secret": "a secret of the shop", "at": NOW}
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop[0], "woocommerce", told)
    return shop[0]


class Killed(BaseException):
    """The worker is gone, in the midst of whatever it did."""


class Clock:
    """Goes on a minute whenever it is started anew; kills who asks it after `life` times."""

    def __init__(self) -> None:
        self.now, self.life = NOW, 10**9

    def __call__(self) -> datetime:
        self.life -= 1
        if self.life < 0:
            raise Killed
        return self.now

    def restart(self, life: int = 10**9) -> None:
        self.now, self.life = self.now + timedelta(minutes=3), life


def read(runtime: Runtime, shop_id: str, clock: Clock) -> None:
    """Look until nothing is due."""
    watch = Watch(clock, threading.Event())
    while work(runtime, shop_id, watch):
        pass


def of_shop(runtime: Runtime, shop_id: str) -> dict[str, Any]:
    with runtime.database.read() as opened:
        return orders.contents(opened, shop_id, orders.visible_orders, [str(n) for n in range(2000)])


def test_a_history_is_read_whole_though_the_server_fails_and_the_worker_is_killed(
    runtime: Runtime, shop_id: str, woo: WooServer
) -> None:
    # 150 were changed in one second, by an import say: more than a page holds
    minutes = [*range(200), *[300] * 150, *range(400, 500)]
    things = [Order(number, status="paid", minute=minute) for number, minute in enumerate(minutes)]
    woo.things["orders"] = [_order(each) for each in reversed(things)]
    clock, killed = Clock(), 0
    for life in (9, 14, 23, 31):
        clock.restart(life)
        try:
            read(runtime, shop_id, clock)
        except Killed:
            killed += 1
    assert killed >= 3
    woo.bad = {woo.asked + number: bad for number, bad in ((1, "429"), (3, "502"), (4, "cut"), (6, "500"))}
    for _ in range(12):
        clock.restart()
        read(runtime, shop_id, clock)
    found = of_shop(runtime, shop_id)
    assert sorted(map(int, found)) == list(range(len(things)))
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)["woocommerce", "orders"]
    assert (reading.rows_left, reading.attempts, reading.message) == (0, 0, None)


def test_who_was_erased_does_not_come_back_with_their_history(
    runtime: Runtime, shop_id: str, woo: WooServer
) -> None:
    woo.things["orders"] = [_order(Order(1, status="paid")), _order(Order(2, customer_id=72, minute=1))]
    with runtime.database.write() as opened:
        customers.erase(opened, shop_id, "71", NOW, leave_id=True)
    read(runtime, shop_id, Clock())
    found = of_shop(runtime, shop_id)
    assert (found["1"]["customer_id"], found["2"]["customer_id"]) == (None, "72")


def test_once_caught_up_it_looks_every_hour_at_what_has_changed_since(
    runtime: Runtime, shop_id: str, woo: WooServer
) -> None:
    woo.things["orders"] = [_order(Order(1))]
    clock = Clock()
    read(runtime, shop_id, clock)
    assert not is_due(runtime, shop_id, clock.now)
    asked = woo.asked
    woo.things["orders"] = [_order(Order(1, status="paid", minute=30)), _order(Order(2, minute=31))]
    read(runtime, shop_id, clock)
    assert woo.asked == asked
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert {each["status"] for each in of_shop(runtime, shop_id).values()} == {"paid", "placed"}
    assert woo.asked == asked + 2


def test_products_come_with_their_variations(runtime: Runtime, shop_id: str, woo: WooServer) -> None:
    simple, shirt = _product(Product(5)), _product(Product(6, title="Shirt"))
    woo.things["products"] = [
        simple,
        {**shirt, "type": "variable", "variations": [60]},
        {"id": 7, "name": ""},
    ]
    woo.things["products"][2]["date_modified_gmt"] = "2026-03-01T09:00:00"
    read(runtime, shop_id, Clock())
    from plugin.store import products

    with runtime.database.read() as opened:
        found = products.find_many(opened, shop_id, ["5", "6", "7"])
    prices = {
        id_: [(v.variant_id, v.price_minor, v.stock) for v in each.variants] for id_, each in found.items()
    }
    assert prices == {"5": [("5", 1250, 9)], "6": [("60", 700, 3)]}


@pytest.mark.parametrize("bad", ["401", "404", "cut"])
def test_an_api_that_refuses_is_asked_less_and_less_often_and_said_why(
    runtime: Runtime, shop_id: str, woo: WooServer, bad: str
) -> None:
    woo.bad = dict.fromkeys(range(1, 100), bad)
    clock = Clock()
    for _ in range(4):
        read(runtime, shop_id, clock)
        clock.now += timedelta(minutes=2)
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)["woocommerce", "products"]
    assert reading.attempts == 3
    assert reading.message is not None
    assert TOKEN not in reading.message
    assert reading.due_at > clock.now


def test_the_worker_is_stopped_between_pages(runtime: Runtime, shop_id: str, woo: WooServer) -> None:
    woo.things["orders"] = [_order(Order(number, minute=number)) for number in range(250)]
    stop = threading.Event()
    stop.set()
    assert not work(runtime, shop_id, Watch(lambda: datetime.now(UTC), stop))
    assert woo.asked == 0
