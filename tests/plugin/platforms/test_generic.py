"""What the platform of a shop's own program does alone, and what its words show of the door."""

import dataclasses
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.store import connected_platforms, deliveries
from tests.plugin.platforms.conftest import PlatformShop
from tests.plugin.platforms.dialect import Order
from tests.plugin.platforms.generic import GenericWords
from tests.plugin.platforms.saleor import SaleorWords


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_time_that_is_far_off_is_refused_though_it_is_signed(door: Any, minutes: int) -> None:
    words = GenericWords()
    sent = words.told("order.updated", {"order_id": "1"}, at=time.time() + 60 * minutes)
    assert door(words).verdict(sent) == "signature_expired"


@pytest.mark.parametrize("moment", ["", "soon", "-1", "1e9", "9" * 400, "١٢٣"])
def test_a_time_that_is_none_is_refused(door: Any, moment: str) -> None:
    words = GenericWords()
    sent = words.order(Order(1))
    assert (
        door(words)
        .post(
            dataclasses.replace(
                sent, headers={**sent.headers, "webhook-timestamp": moment.encode().decode("latin1")}
            )
        )
        .status_code
        == 401
    )


def test_many_rows_in_one_delivery_and_each_its_own_verdict(door: Any) -> None:
    words = GenericWords()
    shop = door(words)
    good, bad = {"product_id": "a", "title": "A"}, {"product_id": "b", "title": "B", "color": "red"}
    assert shop.deliver(words.told("product.updated", [good, good])) == "mixed"
    assert shop.deliver(words.told("product.updated", bad)) == "rejected"
    assert shop.rows()[0].message == "b: color: Unknown field."
    for variants in ("none", ["v"], [{"title": "V"}], [{"variant_id": []}]):
        assert shop.deliver(words.told("product.updated", {**good, "variants": variants})) == "rejected"
    assert shop.deliver(words.told("stock.counted", {"a": 1})) == "ignored"
    assert shop.deliver(words.told("order.updated", ["no row"])) == "unreadable"


def test_a_product_without_a_title_is_rejected_and_keeps_back_no_other(door: Any) -> None:
    words = GenericWords()
    shop = door(words)
    whole, bare = {"product_id": "501", "title": "A"}, {"product_id": "502"}
    assert shop.deliver(words.told("product.updated", bare)) == "rejected"
    assert (shop.rows()[0].message or "").startswith("502: title:")
    assert shop.deliver(words.told("product.updated", [bare, whole])) == "mixed"
    assert shop.product(501).title == "A"
    again = {"product_id": "501", "tags": ["b"]}  # what is known already need not be told
    assert shop.deliver(words.told("product.updated", again)) == "replaced"


def test_what_could_not_be_used_can_be_worked_again(door: Any) -> None:
    words = GenericWords()
    shop = door(words)
    shop.deliver(words.told("product.updated", {"product_id": "b", "title": "B", "color": "red"}))
    (row,) = shop.rows()
    assert row.verdict == "rejected"
    with shop.runtime.database.write() as opened:
        assert deliveries.work_again(opened, shop.shop_id, "generic", row.delivery_id, datetime.now(UTC))
    assert shop.rows()[0].verdict is None
    assert shop.work() == 1
    assert shop.rows()[0].verdict == "rejected"


def test_two_ids_that_are_alike_for_long_are_two(door: Any) -> None:
    words = GenericWords()
    shop = door(words)
    order = words.order(Order(1))
    for id_ in ("a" * 400, "a" * 399 + "b"):
        sent = words._sent(order.body, message_id=id_)
        assert [shop.verdict(sent), shop.verdict(sent)] == ["kept", "seen_before"]


def test_a_wrong_signature_is_refused_at_once_whoever_writes(door: Any, server: Any) -> None:
    for words in (GenericWords(), SaleorWords(server)):
        shop = door(words)
        assert shop.verdict(words.order(Order(1))) == "kept"
        sent = words.order(Order(2))
        wrong = dataclasses.replace(sent, body=sent.body + b" ")
        with shop.runtime.database.write():
            assert shop.verdict(wrong) == "signature_invalid"
        assert shop.verdict(wrong) == "signature_invalid"
        assert _refused(shop) == "signature_invalid"


def _refused(shop: PlatformShop) -> str | None:
    with shop.runtime.database.read() as opened:
        found = connected_platforms.find(opened, shop.runtime.vault, shop.shop_id, shop.words.name)
    return found.refused_reason if found else None
