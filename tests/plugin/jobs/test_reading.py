"""A shop's history is read whole, whatever its server and our worker do in between."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.intake.changes import Telling, keep
from plugin.jobs.reading import EVERY, is_due, work
from plugin.jobs.watch import Watch
from plugin.outbound import WayOut
from plugin.platforms import PLATFORMS
from plugin.platforms.platform import Kept
from plugin.runtime import Runtime
from plugin.store import connected_platforms, customers, orders, products, readings
from tests.conftest import NOW
from tests.plugin.jobs.histories import HISTORIES, TOKEN, History, ShopifyHistory, WooHistory
from tests.plugin.platforms.dialect import Line, Order, Product
from tests.plugin.platforms.shopify import ShopifyWords

each_platform = pytest.mark.parametrize("history", list(HISTORIES), indirect=True)


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


def read(runtime: Runtime, shop_id: str, clock: Clock, stop: threading.Event | None = None) -> None:
    """Look until nothing is due."""
    watch = Watch(clock, stop or threading.Event())
    while work(runtime, shop_id, watch):
        pass


def of_shop(runtime: Runtime, shop_id: str, history: History) -> dict[int, Any]:
    """Its orders by number."""
    ids = {history.id(number): number for number in range(2000)}
    with runtime.database.read() as opened:
        found = orders.contents(opened, shop_id, orders.visible_orders, ids)
    return {ids[order_id]: content for order_id, content in found.items()}


def pieces(order: Any) -> float:
    """How many are left with the customer."""
    return float(sum(line["quantity"] for line in order["lines"].values()))


@each_platform
def test_a_history_is_read_whole_though_the_server_fails_and_the_worker_is_killed(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    # 110 were changed in one second, by an import say: more than a page holds
    minutes = [*range(120), *[300] * 110, *range(400, 430)]
    history.orders = [Order(number, status="paid", minute=minute) for number, minute in enumerate(minutes)]
    clock, killed = Clock(), 0
    for life in (9, 14, 23, 31):
        clock.restart(life)
        try:
            read(runtime, shop_id, clock)
        except Killed:
            killed += 1
    assert killed >= 3
    bad = ("429", "502", "cut", "500", *(["throttled"] if history.platform == "shopify" else []))
    history.bad = {history.asked + place: each for place, each in enumerate(bad, 1)}
    for _ in range(12):
        clock.restart()
        read(runtime, shop_id, clock)
    assert history.bad == {}
    assert sorted(of_shop(runtime, shop_id, history)) == list(range(len(minutes)))
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)[history.platform, "orders"]
    assert (reading.rows_left, reading.attempts, reading.message) == (0, 0, None)


@each_platform
def test_who_was_erased_does_not_come_back_with_their_history(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    history.orders = [Order(1, status="paid"), Order(2, customer_id=72, email="bob@example.org", minute=1)]
    with runtime.database.write() as opened:
        customers.erase(opened, shop_id, history.id(71), NOW)
    read(runtime, shop_id, Clock())
    found = of_shop(runtime, shop_id, history)
    assert (found[1]["customer_id"], found[2]["customer_id"]) == (None, history.id(72))


@each_platform
def test_the_api_and_a_webhook_tell_the_same_of_an_order(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    whole = Order(1, status="paid", customer_id=None, lines=(Line(501, 2, "12.50", variant_id=7), Line(None)))
    history.orders = [
        whole,
        replace(whole, id=2, returned=(0, 1), minute=1),
        replace(whole, id=3, status="cancelled", minute=2),
        replace(whole, id=4, lines=tuple(Line(number) for number in range(1, 200)), minute=3),
    ]
    read(runtime, shop_id, Clock())
    assert sorted(of_shop(runtime, shop_id, history)) == [1, 2, 3, 4]
    assert len(of_shop(runtime, shop_id, history)[4]["lines"]) == 199
    given_back = 0 if history.platform == "ecwid" else 1  # Ecwid tells of no line
    assert pieces(of_shop(runtime, shop_id, history)[2]) == 3 - given_back
    if history.platform != "shopify":  # the others' webhooks send what their API has
        return
    with runtime.database.write() as opened:
        connected = connected_platforms.find(opened, runtime.vault, shop_id, "shopify")
        assert connected is not None
        for order in history.orders:
            sent = ShopifyWords().order(order)
            kept = Kept("orders/updated", sent.body, NOW)
            (change,) = PLATFORMS["shopify"].changes(kept, connected, WayOut())
            assert keep(opened, runtime.vault, Telling(shop_id, NOW, NOW), change) == ("unchanged", None)


@each_platform
def test_once_caught_up_it_looks_every_hour_at_what_has_changed_since(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    history.orders = [Order(1)]
    clock = Clock()
    read(runtime, shop_id, clock)
    assert not is_due(runtime, shop_id, clock.now)
    asked = history.asked
    history.orders = [Order(1, status="paid", minute=27 * 60 + 30), Order(2, minute=27 * 60 + 31)]
    read(runtime, shop_id, clock)
    assert history.asked == asked
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert {each["status"] for each in of_shop(runtime, shop_id, history).values()} == {"paid", "placed"}
    assert history.asked == asked + (2 if history.platform == "ecwid" else 3)


@each_platform
def test_products_come_with_their_price_and_stock(runtime: Runtime, shop_id: str, history: History) -> None:
    history.products = [Product(5), Product(6, title="Coffee", price="3.10", stock=2, minute=1)]
    read(runtime, shop_id, Clock())
    with runtime.database.read() as opened:
        found = products.find_many(opened, shop_id, [history.id(5), history.id(6)])
    facts = {(each.title, each.variants[0].price_minor, each.variants[0].stock) for each in found.values()}
    assert facts == {("Tea", 1250, 9), ("Coffee", 310, 2)}
    if history.platform == "shopify":
        assert found["5"].variants[0].cost_minor == 400


@pytest.mark.parametrize(
    ("wait", "due_seconds"), [("2", 2), ("nan", 60), ("inf", 60), ("-inf", 60)], ids=str
)  # what is no number is no wait
def test_when_the_platform_says_when_to_come_again_it_is_asked_then(
    runtime: Runtime, shop_id: str, history: History, wait: str, due_seconds: int
) -> None:
    clock = Clock()
    read(runtime, shop_id, clock)
    clock.now += EVERY
    history.bad, history.retry_after = {history.asked + 2: "429"}, wait  # after its webhooks
    read(runtime, shop_id, clock)
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)["woocommerce", "products"]
    assert reading.due_at == clock.now + timedelta(seconds=due_seconds)


@pytest.mark.parametrize("history", ["shopify"], indirect=True)
def test_shopify_is_left_alone_until_its_bucket_holds_the_next_question(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    history.orders = [Order(number, minute=number) for number in range(25)]
    history.available = 690.0  # of 700, and 100 come in a second
    clock = Clock()
    read(runtime, shop_id, clock)
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)["shopify", "orders"]
    assert reading.due_at == clock.now + timedelta(seconds=0.1)
    assert reading.rows_done == 10


@pytest.mark.parametrize("history", ["shopify"], indirect=True)
def test_large_orders_and_many_refunds_of_shopify_come_whole_within_its_bucket(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    lines = tuple(Line(number + 1, 3, "1.10") for number in range(500))
    large = {4: lines, 5: lines[:120], 11: lines[:31]}
    history.orders = [
        Order(number, status="paid", minute=number, lines=large.get(number, Order(number).lines))
        for number in range(14)
    ]
    history.refunds = {
        4: [[(place, 1) for place in range(start, start + 60)] for start in range(0, 300, 60)],
        5: [[(0, 1)], [(0, 1)], [(0, 1)]],
        6: [[(0, 1)], [(1, 1)]],
    }
    history.available, history.cost_each, history.bucket = None, 60, 0.0
    clock = Clock()
    for _ in range(6):
        clock.restart()
        read(runtime, shop_id, clock, history.filling)
        history.bucket = 1000.0
    found = of_shop(runtime, shop_id, history)
    assert sorted(found) == list(range(14))
    assert len(found[4]["lines"]) == 500 + 300
    assert pieces(found[4]) == 1500 - 300
    assert [pieces(found[number]) for number in (5, 6, 11)] == [357, 1, 93]
    assert "MAX_COST_EXCEEDED" not in history.refused
    assert "THROTTLED" in history.refused
    assert "5" in history.cursors  # what came before was kept, and the rest of the page asked for anew


@pytest.mark.parametrize("history", ["shopify"], indirect=True)
def test_orders_are_read_where_shopify_hides_mail_addresses(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    history.orders, history.hides_addresses = [Order(number, minute=number) for number in range(12)], True
    read(runtime, shop_id, Clock())
    assert sorted(of_shop(runtime, shop_id, history)) == list(range(12))


@pytest.mark.parametrize("history", ["shopify"], indirect=True)
def test_shopify_is_asked_for_fewer_where_a_question_costs_too_much(
    runtime: Runtime, shop_id: str, history: ShopifyHistory
) -> None:
    history.orders = [Order(number, minute=number) for number in range(7)]
    history.available, history.cost_each = None, 450
    clock = Clock()
    for _ in range(8):
        clock.restart()
        read(runtime, shop_id, clock, history.filling)
        history.bucket = 1000.0
    assert sorted(of_shop(runtime, shop_id, history)) == list(range(7))
    assert "MAX_COST_EXCEEDED" in history.refused


@each_platform
@pytest.mark.parametrize("how", ["reconnected", "another account", "another address"])
def test_another_shop_is_read_from_its_beginning(
    runtime: Runtime, shop_id: str, history: History, how: str
) -> None:
    history.orders = [Order(1, minute=900)]
    clock = Clock()
    read(runtime, shop_id, clock)
    told = {**history.connection(), "at": NOW}
    with runtime.database.write() as opened:
        if how == "reconnected":
            assert connected_platforms.disconnect(opened, shop_id, history.platform)
            assert readings.of(opened, shop_id) == {}
        else:
            name = how.removeprefix("another ").replace("account", "account_id")
            another = {**told, name: f"{told[name]}9" if name == "account_id" else f"{history.address}/b/"}
            connected_platforms.connect(opened, runtime.vault, shop_id, history.platform, another)
        connected_platforms.connect(opened, runtime.vault, shop_id, history.platform, told)
    history.orders = [Order(2)]
    read(runtime, shop_id, clock)
    assert sorted(of_shop(runtime, shop_id, history)) == [1, 2]


# -- WooCommerce's own ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("odd", "why", "named"),
    [
        ({"line_items": 7}, "has not the form", "2"),
        ({"currency": "eur o"}, "currency", "2"),
        ({"id": "2\ud800"}, "half a character", "2?"),
    ],
)
def test_one_order_that_cannot_be_used_holds_up_no_other_and_is_named(
    runtime: Runtime, shop_id: str, history: WooHistory, odd: dict[str, Any], why: str, named: str
) -> None:
    history.orders = [Order(number, minute=number) for number in range(6)]
    history.told = {2: odd}
    read(runtime, shop_id, Clock())
    assert sorted(of_shop(runtime, shop_id, history)) == [0, 1, 3, 4, 5]
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)["woocommerce", "orders"]
    assert (reading.rows_left, reading.attempts) == (0, 0)
    assert reading.rejected is not None
    assert reading.rejected.startswith(f"{named}: ")
    assert why in reading.rejected


def test_what_is_just_read_of_the_shop_before_is_nothing_of_the_next(
    runtime: Runtime, shop_id: str, history: WooHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.orders = [Order(1, minute=900)]
    send, another = runtime.way_out.send, {**history.connection(), "account_id": "another", "at": NOW}

    def meanwhile(*asked: Any) -> Any:
        answer = send(*asked)
        if "/orders" in asked[0].url:  # it is told of another shop while this one answers
            monkeypatch.setattr(runtime.way_out, "send", send)
            with runtime.database.write() as opened:
                connected_platforms.connect(opened, runtime.vault, shop_id, "woocommerce", another)
            history.orders = [Order(2)]
        return answer

    monkeypatch.setattr(runtime.way_out, "send", meanwhile)
    clock = Clock()
    for _ in range(2):
        read(runtime, shop_id, clock)
    assert sorted(of_shop(runtime, shop_id, history)) == [2]


def test_products_come_with_their_variations(runtime: Runtime, shop_id: str, history: WooHistory) -> None:
    history.products = [Product(5), Product(6, title="Shirt"), Product(7)]
    history.told = {6: {"type": "variable", "variations": [60]}, 7: {"name": None}}
    read(runtime, shop_id, Clock())
    with runtime.database.read() as opened:
        found = products.find_many(opened, shop_id, ["5", "6", "7"])
    prices = {
        id_: [(v.variant_id, v.price_minor, v.stock) for v in each.variants] for id_, each in found.items()
    }
    assert prices == {"5": [("5", 1250, 9)], "6": [("60", 700, 3)]}


def test_a_page_that_takes_longer_than_the_lease_is_kept(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.products = [Product(number, minute=number) for number in range(1, 100)]
    history.told = {each.id: {"type": "variable", "variations": [each.id * 10]} for each in history.products}
    started = history.asked

    def slowly() -> datetime:
        return NOW + timedelta(seconds=2 * (history.asked - started))

    work(runtime, shop_id, Watch(slowly, threading.Event()))
    with runtime.database.read() as opened:
        assert len(products.find_many(opened, shop_id, [str(each.id) for each in history.products])) == 99
        assert readings.of(opened, shop_id)["woocommerce", "products"].rows_left == 0


def test_an_order_that_was_deleted_meanwhile_has_no_refunds(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.orders = [Order(1, status="paid", returned=(0, 1)), Order(2, minute=1)]
    history.refunds_gone = {1}
    read(runtime, shop_id, Clock())
    assert sorted(of_shop(runtime, shop_id, history)) == [1, 2]
    assert pieces(of_shop(runtime, shop_id, history)[1]) > 0


@pytest.mark.parametrize("bad", ["401", "404", "cut"])
def test_an_api_that_refuses_is_asked_less_and_less_often_and_said_why(
    runtime: Runtime, shop_id: str, history: History, bad: str
) -> None:
    history.bad = dict.fromkeys(range(1, 100), bad)
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


def test_a_page_that_cannot_be_kept_is_put_off_and_said(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.orders = [Order(1)]
    clock = Clock()
    with runtime.database.write() as opened:
        opened.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'no more room'); END"
        )
    read(runtime, shop_id, clock)
    with runtime.database.read() as opened:
        reading = readings.of(opened, shop_id)["woocommerce", "orders"]
    assert reading.message == "Encore could not read what the API told; its log says why."
    assert (reading.attempts, reading.due_at) == (1, clock.now + timedelta(minutes=1))
    with runtime.database.write() as opened:
        opened.exec_driver_sql("DROP TRIGGER full")
    clock.restart()
    read(runtime, shop_id, clock)
    assert sorted(of_shop(runtime, shop_id, history)) == [1]


def test_the_worker_is_stopped_between_pages(runtime: Runtime, shop_id: str, history: History) -> None:
    history.orders = [Order(number, minute=number) for number in range(250)]
    stop = threading.Event()
    stop.set()
    assert not work(runtime, shop_id, Watch(lambda: datetime.now(UTC), stop))
    assert history.asked == 0
