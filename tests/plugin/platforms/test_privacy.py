"""What platforms ask to be told, forgotten or removed: one customer, or the shop."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.platforms import shopify_api
from plugin.store import connected_platforms, customers, orders
from tests.plugin.platforms.answering import answering
from tests.plugin.platforms.dialect import SECRET, Dialect, Order, as_json
from tests.plugin.platforms.ecwid import EcwidWords
from tests.plugin.platforms.saleor import SaleorWords
from tests.plugin.platforms.shopify import ShopifyWords
from tests.plugin.platforms.woocommerce import WooCommerceWords


def test_all_that_is_kept_of_a_customer_is_told_to_their_own_shop(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    shop.deliver(words.order(Order(1)))
    headers = {"Authorization": f"Bearer {shop.keys.secret}"}
    told = shop.client.get("/v1/customers/71", headers=headers).get_json()
    assert [each["order_id"] for each in told["orders"]] == ["1"]
    assert told["customer"] is None
    assert "email_hash" not in json.dumps(told)
    for path in ("/v1/customers/72", "/v1/customers/%00"):
        assert shop.client.get(path, headers=headers).status_code == 404
    assert shop.client.delete("/v1/customers/71", headers=headers).status_code == 204
    told = shop.client.get("/v1/customers/71", headers=headers).get_json()
    assert told["orders"] == []
    assert told["customer"]["erased_at"] is not None


@pytest.mark.parametrize("words", [WooCommerceWords(), ShopifyWords()], ids=["woocommerce", "shopify"])
@pytest.mark.parametrize(
    ("customer_id", "email"),
    [(None, "deleted@site.invalid"), (None, ""), (None, "ann@example.org"), (77, "")],
)
def test_an_erased_order_stays_nobodys_whatever_its_platform_makes_of_it(
    door: Any, words: Dialect, customer_id: int | None, email: str
) -> None:
    shop = door(words)
    shop.deliver(words.order(Order(1)))
    assert shop.order(1)["visitor_id"] is not None
    assert shop.deliver(words.customer_erased(71)) == "erased"
    again = Order(1, customer_id=customer_id, email=email, status="fulfilled", minute=3)
    assert shop.deliver(words.order(again)) == "replaced"
    headers = {"Authorization": f"Bearer {shop.keys.secret}"}
    lines = [{"product_id": "p", "quantity": 1}]
    row = {"order_id": words.id(1), "ordered_at": "2026-03-01T00:00:00Z", "visitor_id": "v", "lines": lines}
    shop.client.put("/v1/orders", json=[row], headers=headers)  # as the shop's own program may tell it
    assert [shop.order(1)[name] for name in customers.LINKS] == [None] * 3
    with shop.runtime.database.read() as opened:
        assert orders.training_lines(opened, shop.shop_id).is_empty()


def test_the_orders_of_a_redaction_are_nobodys(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    shop.deliver(words.order(Order(299938, customer_id=None, email="", status="paid")))
    shop.deliver(words.order(Order(299939, customer_id=None, email="", status="paid")))
    assert shop.deliver(words.customer_erased(77)) == "erased"
    assert shop.order(299938)["visitor_id"] is None
    with shop.runtime.database.read() as opened:
        learnt = orders.training_lines(opened, shop.shop_id)["order_id"].unique().to_list()
    assert learnt == [words.id(299939)]


def test_who_is_erased_before_anything_is_known_stays_nobody(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    headers = {"Authorization": f"Bearer {shop.keys.secret}"}
    assert shop.client.delete("/v1/customers/71", headers=headers).status_code == 404
    assert shop.client.delete("/v1/customers/%00", headers=headers).status_code == 404
    assert shop.deliver(words.order(Order(1))) == "created"
    assert [shop.order(1)[name] for name in customers.LINKS] == [None] * 3


def test_a_delivery_that_names_no_shop_is_not_taken(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    sent = words.order(Order(1))
    nameless = {name: value for name, value in sent.headers.items() if "shop-domain" not in name.lower()}
    assert len(nameless) == len(sent.headers) - 1
    assert shop.verdict(replace(sent, headers=nameless)) == "wrong_shop"


SHOP = {"shop_id": 954889, "shop_domain": "beans.myshopify.com"}


def test_who_asks_what_is_kept_of_them_is_named_by_id_alone(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    told = {**SHOP, "orders_requested": [1], "customer": {"id": 71, "email": "a@b.example"}}
    sent = words._sent("customers/data_request", as_json({**told, "data_request": {"id": 9999}}))
    assert shop.deliver(sent) == "data_requested"
    assert shop.rows()[0].message == "71"


def test_who_is_redacted_does_not_come_back_as_a_guest_either(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    assert shop.deliver(words.customer_erased(71)) == "erased"
    assert shop.deliver(words.order(Order(1, customer_id=None, email="Ann@example.org"))) == "created"
    assert shop.deliver(words.order(Order(2, customer_id=None, email="bob@example.org"))) == "created"
    assert shop.order(1)["email_hash"] is None
    assert shop.order(2)["email_hash"] is not None


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({**SHOP, "shop_domain": "other.myshopify.com"}, None),
        ({**SHOP, "customer": {"id": 71}, "orders_to_redact": []}, "unreadable"),
        ({"id": 1}, "unreadable"),
    ],
)
def test_what_does_not_ask_to_remove_this_shop_removes_nothing(
    door: Any, told: dict[str, Any], verdict: str | None
) -> None:
    words = ShopifyWords()
    shop = door(words)
    assert shop.deliver(words._sent("shop/redact", as_json(told))) == verdict
    assert shop.rows()


UNINSTALLED = as_json(
    {"id": 954889, "myshopify_domain": "beans.myshopify.com", "email": "owner@beans.example"}
)


@pytest.mark.parametrize(
    ("status", "verdict", "stays"),
    [(200, "ignored", True), (502, None, True), *((each, "removed", False) for each in (401, 402, 404, 423))],
)
def test_that_shopify_was_uninstalled_ends_the_token_if_it_opens_nothing(
    door: Any, status: int, verdict: str | None, stays: bool
) -> None:
    """The event of long ago may come after the app was installed again, with a new token."""
    with answering() as server:
        words = ShopifyWords()
        shop = door(words)
        shop.connect(address=server.address, token="shpat_0123456789abcdef")
        server.status = status
        server.paths[f"/admin/api/{shopify_api.VERSION}/graphql.json"] = {"data": {"shop": {"id": "1"}}}
        assert shop.deliver(words._sent("app/uninstalled", UNINSTALLED)) == verdict
        with shop.runtime.database.read() as opened:
            known = connected_platforms.find(opened, shop.runtime.vault, shop.shop_id, "shopify")
        assert known is not None
        assert bool(known.token) == stays


def test_a_token_that_came_while_the_one_before_it_was_asked_about_stays(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering() as server:
        words = ShopifyWords()
        shop = door(words)
        shop.connect(address=server.address, token="shpat_0123456789abcdef")
        server.status = 401
        send = shop.runtime.way_out.send

        def installed_again_meanwhile(*told: Any) -> Any:
            answer = send(*told)
            shop.connect(token="shpat_another_of_theirs")
            return answer

        monkeypatch.setattr(shop.runtime.way_out, "send", installed_again_meanwhile)
        assert shop.deliver(words._sent("app/uninstalled", UNINSTALLED)) == "unchanged"
    with shop.runtime.database.read() as opened:
        known = connected_platforms.find(opened, shop.runtime.vault, shop.shop_id, "shopify")
    assert known is not None
    assert known.token == "shpat_another_of_theirs"


def test_a_shop_that_left_is_removed_whole_with_a_receipt(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    shop.deliver(words.order(Order(1)))
    assert shop.deliver(words._sent("app/uninstalled", UNINSTALLED)) == "unchanged"  # it had no token
    assert shop.order(1)
    assert shop.verdict(words._sent("shop/redact", as_json(SHOP))) == "kept"
    assert shop.work() == 1
    assert shop.verdict(words._sent("shop/redact", as_json(SHOP))) == "not_found"
    receipt = json.loads((shop.runtime.config.home / "receipts" / f"{shop.shop_id}.json").read_text())
    assert (receipt["cause"], receipt["rows"]["orders"], receipt["rows"]["shops"]) == ("shopify", 1, 1)
    assert "owner" not in json.dumps(receipt)


def test_a_shop_with_two_platforms_is_not_removed_because_one_was_left(door: Any) -> None:
    words = ShopifyWords()
    shop = door(words)
    with shop.runtime.database.write() as opened:
        told = {"secret": SECRET, "at": datetime.now(UTC)}
        connected_platforms.connect(opened, shop.runtime.vault, shop.shop_id, "woocommerce", told)
    assert shop.deliver(words._sent("shop/redact", as_json(SHOP))) == "by_hand"
    assert f"encore shop remove {shop.shop_id}" in (shop.rows()[0].message or "")


@pytest.mark.parametrize(("status", "stays"), [(200, True), (500, True), (403, False)])
def test_that_ecwid_was_uninstalled_is_believed_if_its_token_opens_nothing(
    door: Any, status: int, stays: bool
) -> None:
    with answering() as server:
        words = EcwidWords(server)
        shop = door(words)
        server.status = status
        server.paths["/api/v3/1003/profile"] = {}
        assert shop.verdict(words._sent("application.uninstalled", 1003)) == "kept"
        shop.work()
        assert bool(shop.rows()) == stays


@pytest.mark.parametrize(
    ("token", "app", "about", "verdict"),
    [
        ("of the app", None, "QXBwOjE=", "gone"),
        ("of the app", {"id": "QXBwOjE="}, "QXBwOjE=", "ignored"),  # it was installed again since
        ("of the app", None, "QXBwOjI=", "ignored"),  # another app was deleted
        (None, None, "QXBwOjE=", "by_hand"),
    ],
)
def test_saleor_tells_that_the_app_was_deleted_and_the_shop_goes_if_its_token_opens_nothing(
    door: Any, token: str | None, app: Any, about: str, verdict: str
) -> None:
    with answering() as server:
        words = SaleorWords(server)
        shop = door(words)
        shop.connect(token=token)
        server.paths["/graphql/"] = {"data": {"app": app}}
        assert shop.deliver(words.order(Order(1))) == "created"
        told = words._sent("AppDeleted", {"app": {"id": about}, "recipient": {"id": "QXBwOjE="}})
        assert shop.verdict(told) == "kept"
        shop.work()
        if verdict != "gone":
            assert shop.rows()[0].verdict == verdict
            assert shop.order(1)
            return
        receipt = json.loads((shop.runtime.config.home / "receipts" / f"{shop.shop_id}.json").read_text())
        assert (receipt["cause"], receipt["rows"]["orders"]) == ("saleor", 1)
