"""What is one platform's own: its ping, its clock, its keys, its API, its names."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.store import connected_platforms
from tests.conftest import add_shop
from tests.plugin.platforms.conftest import PlatformShop
from tests.plugin.platforms.dialect import Delivered, Order, Product, as_json
from tests.plugin.platforms.ecwid import EcwidWords
from tests.plugin.platforms.generic import GenericWords
from tests.plugin.platforms.saleor import Key, SaleorWords
from tests.plugin.platforms.shopify import ShopifyWords
from tests.plugin.platforms.woocommerce import WooCommerceWords

# -- WooCommerce ------------------------------------------------------------------------------------------


def test_the_unsigned_ping_of_a_new_webhook_is_answered_with_200_and_kept_nowhere(door: Any) -> None:
    shop = door(WooCommerceWords())
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = shop.post(Delivered(form, b"webhook_id=17"))
    assert (answer.status_code, answer.get_json()) == (200, {"verdict": "ping"})
    assert shop.rows() == []
    for body in (b"webhook_id=17&order=1", b'{"webhook_id": 17}', b"webhook_id="):
        assert shop.post(Delivered(form, body)).status_code == 401


def test_two_deliveries_of_one_second_share_an_id_and_are_two(door: Any) -> None:
    words = WooCommerceWords()
    shop = door(words)
    first, second = words.order(Order(1)), words.order(Order(1, status="paid", minute=1))
    same = {"X-WC-Webhook-Delivery-ID": first.headers["X-WC-Webhook-Delivery-ID"]}
    assert shop.verdict(first) == "kept"
    assert shop.verdict(dataclasses.replace(second, headers=second.headers | same)) == "kept"


def test_all_that_is_authentic_is_taken_so_that_no_webhook_is_disabled(door: Any) -> None:
    words = WooCommerceWords()
    shop = door(words)
    error = as_json({"code": "woocommerce_rest_cannot_view", "message": "…", "data": {"status": 403}})
    for body in (
        b"null",
        b"not JSON",
        error,
        as_json({"id": 1}),
        as_json({"id": 1, "line_items": 3, "status": 2}),
    ):
        assert shop.post(words.raw(body)).status_code == 200
    shop.work()
    shop.work(minutes=2)
    assert {row.verdict for row in shop.rows()} <= {"unreadable", "rejected", None}


def test_an_order_waits_until_the_api_has_told_what_of_it_was_given_back(door: Any, server: Any) -> None:
    words = WooCommerceWords(server)
    shop = door(words)
    server.status = 502
    assert shop.deliver(words.order(Order(1, status="paid"))) == "created"
    assert shop.deliver(words.order(Order(1, status="paid", minute=1, returned=(0, 2)))) is None
    assert shop.rows()[0].message == "WooCommerce's API answers 502."
    server.status = 200
    assert shop.work(minutes=2) == 1
    assert [line["quantity"] for line in shop.order(1)["lines"]] == [2, 1, -2]
    asked = len(server.asked)
    assert shop.deliver(words.order(Order(1, status="refunded", minute=2, returned=(0, 2)))) == "replaced"
    assert len(server.asked) == asked  # nothing of it counts as bought


@pytest.mark.parametrize(
    ("currency", "quantity", "subtotal", "total", "paid_minor"),
    [
        ("EUR", 3, "10.00", "10.00", 1000),
        ("EUR", 3, "10.00", "8.50", 850),
        ("JPY", 1000, "5", "5", 5),
        ("EUR", 1.5, "7.47", "7.47", 747),
    ],
)
def test_a_line_costs_what_was_paid_for_it_to_the_cent(
    door: Any, currency: str, quantity: float, subtotal: str, total: str, paid_minor: int
) -> None:
    words = WooCommerceWords()
    shop = door(words)
    value = json.loads(words.order(Order(1, currency=currency)).body)
    sums = {"quantity": quantity, "subtotal": subtotal, "total": total}
    value["line_items"] = [{**value["line_items"][0], **sums}]
    assert shop.deliver(words.raw(as_json(value))) == "created"
    (line,) = shop.order(1)["lines"]
    assert line["unit_price_minor"] * line["quantity"] - line["discount_minor"] == paid_minor


def test_a_variation_comes_by_itself_and_its_parent_names_it_only(door: Any) -> None:
    words = WooCommerceWords()
    shop = door(words)
    parent = {
        "id": 5,
        "name": "Shirt",
        "type": "variable",
        "status": "publish",
        "catalog_visibility": "visible",
    }
    red = {"id": 51, "parent_id": 5, "name": "Shirt - Red", "type": "variation", "price": "20.00"}
    counted = {"manage_stock": True, "stock_quantity": 4, "backorders": "no"}
    red_body, parent_body = as_json({**red, **counted}), as_json({**parent, "variations": [51, 52]})
    assert shop.deliver(words._sent("product.updated", red_body)) is None  # its parent is not known yet
    assert shop.deliver(words._sent("product.updated", parent_body)) == "created"
    assert shop.work(minutes=2) == 1
    assert {row.verdict for row in shop.rows()} == {"created", "replaced"}
    assert shop.deliver(words._sent("product.updated", parent_body)) == "unchanged"
    known = {each.variant_id: (each.price_minor, each.stock) for each in shop.product(5).variants}
    assert known == {"51": (2000, 4), "52": (None, None)}


@pytest.mark.parametrize("name", ["woocommerce", "shopify"])
def test_a_whole_thing_under_the_header_of_a_deletion_deletes_nothing(door: Any, name: str) -> None:
    words: Any = WooCommerceWords() if name == "woocommerce" else ShopifyWords()
    header, topics = {
        "woocommerce": ("X-WC-Webhook-Topic", ("product.deleted", "customer.deleted", "product.updated")),
        "shopify": (
            "X-Shopify-Topic",
            ("products/delete", "customers/delete", "products/update", "customers/redact"),
        ),
    }[name]
    shop = door(words)
    shop.deliver(words.product(Product(1)))
    for topic in topics:
        sent = words.order(Order(1, minute=len(topic)))
        swapped = dataclasses.replace(sent, headers={**sent.headers, header: topic})
        assert shop.deliver(swapped) == "unreadable"
    assert not shop.product(1).deleted


# -- Shopify ----------------------------------------------------------------------------------------------


def test_one_event_by_two_subscriptions_is_one(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    first = words.order(Order(1))
    again = dataclasses.replace(first, headers=first.headers | {"X-Shopify-Webhook-Id": "another"})
    assert [shop.verdict(first), shop.verdict(again)] == ["kept", "seen_before"]


def test_a_delivery_that_names_another_shop_is_refused(door: Any) -> None:
    words = ShopifyWords()
    sent = words.order(Order(1))
    other = dataclasses.replace(sent, headers=sent.headers | {"X-Shopify-Shop-Domain": "other.myshopify.com"})
    assert door(words).verdict(other) == "wrong_shop"


# -- Ecwid ------------------------------------------------------------------------------------------------


def test_what_counts_is_what_the_api_says_not_what_an_unsigned_body_says(door: Any, server: Any) -> None:
    words = EcwidWords(server)
    shop = door(words)
    shop.deliver(words.product(Product(501)))
    lie = words.product(Product(501, minute=1))
    told = {**json.loads(lie.body), "eventType": "product.deleted"}
    assert shop.deliver(dataclasses.replace(lie, body=as_json(told))) in ("replaced", "unchanged")
    assert not shop.product(501).deleted
    assert server.asked[-1] == ("/api/v3/1003/products/501", "Bearer secret_token")


@pytest.mark.parametrize("entity", ["../../profile", "1?token=x", "1/../../2", "é"])
def test_an_id_stays_one_part_of_the_path(door: Any, server: Any, entity: str) -> None:
    words = EcwidWords(server)
    shop = door(words)
    shop.deliver(words._sent("product.updated", entity))
    assert server.asked[-1][0].startswith("/api/v3/1003/products/")
    assert server.asked[-1][0].count("/") == 5
    assert "?" not in server.asked[-1][0]


@pytest.mark.parametrize("status", [401, 429, 500, 302])
def test_an_api_that_does_not_answer_is_asked_again_and_given_up_at_last(
    door: Any, server: Any, status: int
) -> None:
    words = EcwidWords(server)
    shop = door(words)
    server.status = status
    assert shop.deliver(words.order(Order(1))) is None
    assert shop.rows()[0].message == f"Ecwid's API answers {status}."
    assert shop.work() == 0
    server.status = 200
    assert shop.work(minutes=2) == 1
    assert shop.rows()[0].verdict == "created"
    server.status = status
    shop.verdict(words.order(Order(2)))
    for hours in range(0, 24 * 8, 8):
        shop.work(hours=hours)
    assert (shop.rows()[0].verdict, shop.rows()[0].attempts) == ("failed", 8)


def test_one_delivery_that_cannot_be_worked_holds_up_no_other(door: Any, server: Any) -> None:
    words = EcwidWords(server)
    shop = door(words)
    server.paths["/api/v3/1003/orders/1"] = {"id": "1", "items": 7}
    assert shop.verdict(words._sent("order.updated", 1, {"orderId": "1"})) == "kept"
    assert shop.deliver(words.order(Order(2))) == "created"
    assert {row.verdict for row in shop.rows()} == {"created", "unreadable"}


def test_an_api_on_the_machines_own_network_is_not_asked(door: Any, server: Any) -> None:
    words = EcwidWords(server)
    shop = door(words)
    shop.connect(address="http://169.254.169.254/latest")
    assert shop.deliver(words.order(Order(1))) is None
    assert "is not a public address" in (shop.rows()[0].message or "")


# -- Saleor -----------------------------------------------------------------------------------------------


def test_new_keys_are_asked_for_once_a_minute(door: Any, server: Any) -> None:
    words = SaleorWords(server)
    shop = door(words)
    assert shop.verdict(words.order(Order(1))) == "kept"
    assert shop.verdict(words.order(Order(2))) == "kept"
    assert [path for path, _ in server.asked] == ["/.well-known/jwks.json"]
    words.key = Key("2")
    words.tell_keys()
    assert shop.verdict(words.order(Order(3))) == "signature_invalid"  # asked a moment ago
    assert len(server.asked) == 1
    _an_hour_passes(shop)
    assert shop.verdict(words.order(Order(3))) == "kept"
    assert len(server.asked) == 2


def _an_hour_passes(shop: PlatformShop) -> None:
    with shop.runtime.database.write() as opened:
        known = connected_platforms.find(opened, shop.runtime.vault, shop.shop_id, "saleor")
        assert known is not None
        then = datetime(2026, 1, 1, tzinfo=UTC)
        connected_platforms.keep_keys(opened, shop.shop_id, "saleor", known.keys or {}, then)


def test_a_signature_that_brings_its_own_algorithm_or_payload_is_refused(door: Any, server: Any) -> None:
    words = SaleorWords(server)
    shop = door(words)
    sent = words.order(Order(1))
    head, _, tail = sent.headers["Saleor-Signature"].partition("..")
    changed = [
        words.key.sign(sent.body, alg="HS256"),
        words.key.sign(sent.body, alg="none"),
        words.key.sign(sent.body, b64=True),
        words.key.sign(sent.body, crit=[]),
        words.key.sign(sent.body, crit=["b64", "exp"]),
        words.key.sign(sent.body, kid="unknown"),
        words.key.sign(sent.body, kid=["1"]),
        f"{head}.{'eyJhIjoxfQ'}.{tail}",
        f"{head}..",
        "..",
        "a..b",
    ]
    for signature in changed:
        headers = {**sent.headers, "Saleor-Signature": signature}
        assert shop.verdict(dataclasses.replace(sent, headers=headers)) == "signature_invalid", signature
    assert shop.verdict(sent) == "kept"


@pytest.mark.parametrize(
    "keys", [{}, {"keys": []}, {"keys": "x"}, [1], {"keys": [{"kty": "oct", "k": "AAAA"}]}]
)
def test_keys_that_are_none_open_nothing(door: Any, server: Any, keys: Any) -> None:
    words = SaleorWords(server)
    server.paths["/.well-known/jwks.json"] = keys
    assert door(words).verdict(words.order(Order(1))) == "signature_invalid"


# -- the API ----------------------------------------------------------------------------------------------


def test_a_shop_is_connected_by_its_api_and_no_secret_is_shown_again(coffee: Any) -> None:
    headers = {"Authorization": f"Bearer {coffee.keys.secret}"}

    def put(platform: str, **told: Any) -> Any:
        return coffee.client.put(f"/v1/platforms/{platform}", json=told, headers=headers)

    made = put("woocommerce").get_json()
    assert made["webhook_address"] == f"http://127.0.0.1:8000/webhooks/woocommerce/{coffee.shop_id}"
    assert made["secret"].startswith("whsec_")
    assert made["secrets"] == 1
    assert "secret" not in put("woocommerce").get_json()
    assert put("woocommerce", new_secret=True).get_json()["secrets"] == 2
    assert put("woocommerce", secret="a secret of my own").get_json()["secrets"] == 2
    for platform, told, field in [
        ("shopify", {"secret": "shpss_0123456789abcdef"}, "account_id"),
        ("shopify", {"account_id": "a.myshopify.com", "secret": "short"}, "secret"),
        *(
            ("shopify", {"account_id": other, "secret": "shpss_0123456789abcdef"}, "account_id")
            for other in ("https://a.myshopify.com", "a.example", "a", "x.example/.myshopify.com")
        ),
        ("generic", {"secret": "not of the standard"}, "secret"),
        ("saleor", {}, "address"),
        ("saleor", {"address": "javascript:alert(1)"}, "address"),
        ("ecwid", {"secret": "0123456789abcdef", "token": "secret_t"}, "account_id"),
        ("woocommerce", {"token": "ck_1:cs_1\nX: 1"}, "token"),
        ("woocommerce", {"token": "ck_1:cs_…"}, "token"),
        ("woocommerce", {"secret": "a secret of my own\r"}, "secret"),
        ("woocommerce", {"token": "ck_1:cs_1", "coupons": True}, "address"),
        ("saleor", {"address": "https://a.example", "token": "t", "coupons": True}, "account_id"),
    ]:
        answer = put(platform, **told)
        assert answer.status_code == 422, (platform, told)
        assert field in answer.get_json()["errors"]
    assert put("woocommerce", address="https://a.example", token="ck_1:cs_1", coupons=True).status_code == 200
    for name in ("address", "token"):  # coupons are made with them
        assert name in put("woocommerce", **{name: None}).get_json()["errors"]
    assert put("woocommerce", token=None, coupons=False).get_json()["has_token"] is False
    assert put("magento").status_code == 404
    kept = coffee.client.get("/v1/platforms", headers=headers)
    assert made["secret"] not in kept.text
    assert [each["platform"] for each in kept.get_json()["platforms"] if each["connected_at"]] == [
        "woocommerce"
    ]
    assert coffee.client.delete("/v1/platforms/woocommerce", headers=headers).status_code == 204
    assert coffee.client.delete("/v1/platforms/woocommerce", headers=headers).status_code == 404


def test_deliveries_are_told_and_worked_again_by_the_api_of_their_own_shop_only(door: Any) -> None:
    words = GenericWords()
    shop = door(words)
    shop.deliver(words.told("order.updated", {"order_id": "1"}))
    own = {"Authorization": f"Bearer {shop.keys.secret}"}
    (told,) = shop.client.get("/v1/deliveries", headers=own).get_json()["deliveries"]
    assert (told["verdict"], told["can_work_again"]) == ("rejected", True)
    _, other_keys = add_shop(shop.runtime)
    others = {"Authorization": f"Bearer {other_keys.secret}"}
    again = {"platform": "generic", "delivery_id": told["delivery_id"]}
    told_of = {"verdict=rejected": 1, "topic=x": 0, "verdict=waits": 0, "skip=1": 0}
    for query, count in told_of.items():
        found = shop.client.get(f"/v1/deliveries?{query}", headers=own).get_json()["deliveries"]
        assert len(found) == count, query
    assert shop.client.get("/v1/deliveries?topic=%00", headers=own).status_code == 422
    assert shop.client.get("/v1/deliveries", headers=others).get_json() == {"deliveries": []}
    assert shop.client.post("/v1/deliveries/work_again", json=again, headers=others).status_code == 404
    assert shop.client.post("/v1/deliveries/work_again", json=again, headers=own).status_code == 202
    assert shop.rows()[0].verdict is None
