"""What was deleted in the shop while nobody told goes here too, and nothing that was only not seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.intake.changes import Telling, keep
from plugin.jobs.reading import EVERY
from plugin.platforms.connecting import connect
from plugin.platforms.platform import Change
from plugin.runtime import Runtime
from plugin.store import connected_platforms, products, readings
from plugin.store.readings import Reading
from tests.conftest import NOW
from tests.plugin.jobs.histories import History, WooHistory
from tests.plugin.jobs.test_reading import Clock, each_platform, read
from tests.plugin.platforms.dialect import Product

DAY = timedelta(days=1)


def catalogue(runtime: Runtime, shop_id: str) -> set[str]:
    with runtime.database.read() as opened:
        found = products.changed_since(opened, shop_id, 0)
    return {each.product_id for each in found if not each.deleted}


def looked(runtime: Runtime, shop_id: str, platform: str) -> Reading:
    with runtime.database.read() as opened:
        return readings.of(opened, shop_id)[platform, "gone"]


def put(runtime: Runtime, shop_id: str, *product_ids: str) -> None:
    """The merchant's own."""
    with runtime.database.write() as opened:
        for each in product_ids:
            row = {"product_id": each, "title": "Tea", "variants": [{"variant_id": each}]}
            keep(opened, runtime.vault, Telling(shop_id, NOW, NOW), Change("products", each, row))


@each_platform
def test_what_was_deleted_untold_is_gone_within_a_day_and_what_it_never_had_stays(
    runtime: Runtime, shop_id: str, history: History
) -> None:
    history.products = [Product(number, minute=number) for number in range(1, 251)]
    put(runtime, shop_id, "9001")
    clock = Clock()
    read(runtime, shop_id, clock)
    history.products = [each for each in history.products if each.id not in (1, 120, 250)]
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert len(catalogue(runtime, shop_id)) == 251
    clock.now += DAY - EVERY
    read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {"9001", *(history.id(each.id) for each in history.products)}
    reading = looked(runtime, shop_id, history.platform)
    assert (reading.rows_done, reading.message, reading.due_at) == (3, None, clock.now + DAY)


def test_after_webhooks_had_to_be_mended_it_is_looked_for_at_once(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.products = [Product(number) for number in range(1, 4)]
    clock = Clock()
    read(runtime, shop_id, clock)
    history.products.pop()
    history.webhooks[0]["status"] = "disabled"
    clock.now += EVERY
    read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {"1", "2"}


def test_after_nobody_was_here_it_is_looked_for_at_once_though_the_first_question_fails(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.products = [Product(number) for number in range(1, 4)]
    clock = Clock()
    read(runtime, shop_id, clock)
    history.products.pop()
    clock.now += timedelta(hours=5)
    history.bad = {history.asked + 1: "502"}
    read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {"1", "2", "3"}
    clock.now += timedelta(minutes=1)
    read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {"1", "2"}


def test_a_look_that_is_cut_short_goes_on_and_what_is_there_again_stays(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.products = [Product(number, minute=number) for number in range(1, 251)]
    clock = Clock()
    read(runtime, shop_id, clock)
    every, history.products = history.products, history.products[3:]
    clock.now += DAY
    asked = history.asked  # then its webhooks, products, orders, and what is there in three questions
    history.bad = {asked + 5: "502", asked + 6: "cut", asked + 9: "429"}
    for _ in range(3):
        read(runtime, shop_id, clock)
        clock.restart()
    assert history.asked == asked + 9
    assert len(catalogue(runtime, shop_id)) == 250
    history.products = every[2:]  # one is taken out of the trash
    read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {str(each.id) for each in every[2:]}
    assert history.asked == asked + 10


@pytest.mark.parametrize("sure", [True, False])
def test_of_many_at_once_none_goes_unless_the_merchant_is_sure(
    runtime: Runtime, shop_id: str, history: WooHistory, sure: bool
) -> None:
    history.products = [Product(number, minute=number) for number in range(1, 61)]
    clock = Clock()
    read(runtime, shop_id, clock)
    history.hidden = {str(number) for number in range(1, 22)}  # from a key with fewer rights
    clock.now += DAY
    read(runtime, shop_id, clock)
    reading = looked(runtime, shop_id, "woocommerce")
    assert reading.message is not None
    assert reading.message.startswith("Over a fifth of the 60 products")
    assert len(catalogue(runtime, shop_id)) == 60
    if sure:
        connect(runtime, shop_id, "woocommerce", {"remove_gone": True}, clock.now)
    else:
        history.hidden = {"1"}
        clock.now += DAY
    read(runtime, shop_id, clock)
    assert len(catalogue(runtime, shop_id)) == (39 if sure else 59)
    assert looked(runtime, shop_id, "woocommerce").message is None
    history.hidden |= {str(number) for number in range(22, 50)}
    clock.now += DAY
    read(runtime, shop_id, clock)  # who was sure once is asked again
    assert len(catalogue(runtime, shop_id)) == (39 if sure else 59)
    history.hidden = set()
    with runtime.database.write() as opened:
        readings.forget(opened, shop_id, "woocommerce")
    read(runtime, shop_id, clock)  # the merchant was wrong
    assert len(catalogue(runtime, shop_id)) == 60


def test_a_small_catalogue_is_not_emptied_either_nor_by_a_yes_that_nobody_asked_for(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.products = [Product(1), Product(2), Product(3)]
    clock = Clock()
    read(runtime, shop_id, clock)
    connect(runtime, shop_id, "woocommerce", {"remove_gone": True}, clock.now)
    history.hidden = {"1", "2", "3"}
    clock.now += DAY
    read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {"1", "2", "3"}
    assert "the 3 products" in str(looked(runtime, shop_id, "woocommerce").message)


def test_what_one_shop_had_is_not_missed_in_the_next(
    runtime: Runtime, shop_id: str, history: WooHistory
) -> None:
    history.products = [Product(1), Product(2)]
    clock = Clock()
    read(runtime, shop_id, clock)
    another = {**history.connection(), "account_id": "another", "at": NOW}
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop_id, "woocommerce", another)
    history.products = [replace(Product(3), minute=9)]
    for _ in range(2):
        clock.now += DAY
        read(runtime, shop_id, clock)
    assert catalogue(runtime, shop_id) == {"1", "2", "3"}
