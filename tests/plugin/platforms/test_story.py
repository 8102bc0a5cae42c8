"""A whole story, told by each platform in any order and each part twice; and headers that were swapped."""

import dataclasses
import random
from datetime import UTC, datetime
from typing import Any

from tests.plugin.platforms.conftest import PlatformShop
from tests.plugin.platforms.dialect import Delivered, Dialect, Line, Order, Product
from tests.plugin.platforms.test_contract import BIG, bought

TEA, JAM = Line(501, 2, "12.50"), Line(502, 1, "3.00")


def story(words: Dialect, first: int) -> list[Delivered]:
    """Everything that a platform tells, as it happens; ids from `first` on, customers too."""
    told = Order(first, customer_id=first, email="")
    other = dataclasses.replace(told, customer_id=first + 1)
    leaves, stays = Product(first, price="9.00"), Product(first + 1)
    return [
        words.product(leaves),
        words.product(stays),
        words.order(told, "create"),
        words.order(dataclasses.replace(told, status="paid", minute=1)),
        words.order(dataclasses.replace(told, status="paid", minute=2, returned=(0, 1))),
        words.order(dataclasses.replace(other, id=first + 1), "create"),
        words.order(dataclasses.replace(other, id=first + 1, lines=(TEA, JAM, Line(503)), minute=1)),
        words.order(dataclasses.replace(told, id=first + 2), "create"),
        words.order(dataclasses.replace(told, id=first + 2, status="cancelled", minute=3)),
        words.order(dataclasses.replace(told, id=first + 3, status="paid"), "create"),
        words.product(dataclasses.replace(stays, price="11.00", minute=1)),
        words.product(dataclasses.replace(stays, price="11.00", stock=0, minute=2)),
        words.product_deleted(leaves),
        words.order_deleted(dataclasses.replace(told, id=first + 3)),
        words.customer_erased(first + 1),
    ]


def ending(shop: PlatformShop, first: int) -> dict[str, Any]:
    """What is here of the story."""
    orders = [shop.order(first + place) for place in range(4)]
    stays = shop.product(first + 1)
    return {
        "statuses": [order["status"] for order in orders],
        "customers": [order["customer_id"] for order in orders[:3]],
        "pieces": [sum(bought(order).values()) for order in orders],
        "deleted": shop.product(first).deleted,
        "stays": (stays.variants[0].price_minor, stays.variants[0].stock, stays.deleted),
        "erased": shop.customer(first + 1)["erased_at"] is not None,
    }


def test_in_any_order_and_each_twice_it_ends_the_same(connected: PlatformShop) -> None:
    words, chance = connected.words, random.Random(connected.words.name)
    for first in (1_000, 2_000):
        sent = story(words, first)
        twice = [*sent, *sent]
        chance.shuffle(twice)
        said = []
        for each in twice:
            said.append(connected.verdict(each))
            if chance.random() < 0.3:
                connected.work()
        assert sorted(said) == ["kept"] * len(sent) + ["seen_before"] * len(sent)
        connected.work()
        assert ending(connected, first) == {
            "statuses": ["paid", "placed", "cancelled", "cancelled"],
            "customers": [words.id(first), None, words.id(first)],
            "pieces": [2 if words.knows_returns else 3, 4, 3, 0],
            "deleted": True,
            "stays": (1100, 0, False),
            "erased": True,
        }
    assert {row.verdict for row in connected.rows()} <= {
        *("created", "replaced", "unchanged", "older", "removed", "erased", "ignored"),
    }


def test_ids_that_no_float_holds_stay_apart(connected: PlatformShop) -> None:
    words = connected.words
    for id_ in (BIG, BIG - 1):
        connected.deliver(words.product(Product(id_, title=f"Tea {id_}")))
        lines, email = (Line(id_, 1, variant_id=id_ + 2),), f"{id_}@example.org"
        connected.deliver(words.order(Order(id_, lines, "paid", customer_id=id_, email=email)))
    for id_ in (BIG, BIG - 1):
        assert connected.product(id_).title == f"Tea {id_}"
        assert connected.order(id_)["customer_id"] == words.id(id_)
        (line,) = connected.order(id_)["lines"]
        assert (line["product_id"], line["variant_id"]) == (words.id(id_), words.id(id_ + 2))
    connected.deliver(words.customer_erased(BIG))
    assert [connected.order(id_)["customer_id"] for id_ in (BIG, BIG - 1)] == [None, words.id(BIG - 1)]


# -- swapped headers --------------------------------------------------------------------------------------

UNREADABLE = {"X-Shopify-Topic", "X-WC-Webhook-Topic"}
"""They say what a body is, and are not signed: a whole order is no deletion."""


def test_a_header_of_another_delivery_changes_nothing(connected: PlatformShop) -> None:
    words = connected.words
    connected.deliver(words.product(Product(502)))
    other = words.product_deleted(Product(502))
    headers = (
        {**other.headers, "Saleor-Event": "product_deleted"} if words.name == "saleor" else other.headers
    )
    if "webhook-timestamp" in headers:
        headers = dict(other.headers)
    if words.name == "saleor":
        headers["Saleor-Event"] = "product_deleted"
    if words.name == "generic":
        headers["webhook-timestamp"] = str(int(datetime.now(UTC).timestamp()) - 60)
    for number, name in enumerate(sorted(set(headers) - {words.header}), 1):
        sent = words.order(Order(number, status="paid"))
        if sent.headers[name] == headers[name]:
            continue
        swapped = dataclasses.replace(sent, headers={**sent.headers, name: headers[name]}, path=other.path)
        said = connected.verdict(swapped)
        if words.name == "generic":  # it signs them
            assert said == "signature_invalid", name
            continue
        assert said == "kept", name
        connected.work()
        assert connected.rows()[0].verdict == ("unreadable" if name in UNREADABLE else "created"), name
    assert not connected.product(502).deleted
