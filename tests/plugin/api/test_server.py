"""What the shop's server sends: one verdict a row, and nothing without the shop's own secret key."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.api import errors, server
from plugin.runtime import Runtime
from plugin.store import customers, orders, products, trainings
from plugin.store.database import Database
from plugin.store.shops import ShopKeys
from plugin.vault import Vault
from tests.conftest import add_shop, make_config

Shop = tuple[str, ShopKeys]


@pytest.fixture
def client(runtime: Runtime) -> FlaskClient:
    return client_of(runtime)


def client_of(runtime: Runtime) -> Any:
    app = Flask("test")
    app.extensions["encore"] = runtime
    app.register_blueprint(server.blueprint)
    errors.register(app)
    return app.test_client()


def order(order_id: str = "1", **fields: Any) -> dict[str, Any]:
    line = {"product_id": "a", "quantity": 2, "unit_price_minor": 250}
    return {"order_id": order_id, "ordered_at": "2026-02-02T10:00:00Z", "lines": [line], **fields}


def put(client: FlaskClient, shop: Shop, noun: str, body: Any, **options: Any) -> Any:
    headers = {"Authorization": f"Bearer {shop[1].secret}"}
    return client.put(f"/v1/{noun}", json=body, headers=headers, **options)


def words(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["verdict"] for each in answer.json["verdicts"]]


def test_orders_come_in_and_the_same_again_changes_nothing(
    client: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    answer = put(client, shop, "orders", [order("1"), order("2", email="Ana@Example.com")])
    assert words(answer) == ["created", "created"]
    assert answer.json["counts"] == {"created": 2}
    assert answer.headers["Cache-Control"] == "no-store"
    assert (
        words(put(client, shop, "orders", [order("1"), order("2", email="ana@example.com ")]))
        == ["unchanged"] * 2
    )
    with runtime.database.read() as connection:
        found = orders.find(connection, shop[0], "2")
    assert found
    assert found["lines"][0]["unit_price_minor"] == 250
    assert "ana" not in str(found).lower()


def test_a_single_object_and_ndjson_are_taken_too(client: FlaskClient, shop: Shop) -> None:
    assert words(put(client, shop, "orders", order("1"))) == ["created"]
    lines = "\n".join([json.dumps(order("1")), "{no json", "", json.dumps(order("3"))])
    headers = {"Authorization": f"Bearer {shop[1].secret}", "Content-Type": "application/x-ndjson"}
    answer = client.put("/v1/orders", data=lines, headers=headers)
    assert words(answer) == ["unchanged", "rejected", "created"]


def test_a_bad_row_rejects_only_itself_and_says_why(client: FlaskClient, shop: Shop) -> None:
    bad = order("2", lines=[{"product_id": "a\u0000", "quantity": "x", "colour": "red"}])
    answer = put(client, shop, "orders", [order("1"), bad, 7, order("3", status="lost")])
    assert words(answer) == ["created", "rejected", "rejected", "rejected"]
    told = answer.json["verdicts"][1]
    assert (told["row"], told["id"]) == (2, "2")
    assert set(told["errors"]) == {"lines.0.product_id", "lines.0.quantity", "lines.0.colour"}
    assert "NUL" in told["message"]
    assert answer.json["counts"] == {"created": 1, "rejected": 3}


def test_null_is_as_if_it_were_not_given(client: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    nulls = dict.fromkeys(("status", "slate_ids", "coupon_codes", "updated_at"))
    assert words(put(client, shop, "orders", [order(), order(**nulls)])) == ["created", "unchanged"]
    product = {"product_id": "p", "title": "Tea"}
    nulls = dict.fromkeys(("categories", "tags", "visible", "variants", "url"))
    assert words(put(client, shop, "products", [product, product | nulls])) == ["created", "unchanged"]
    person: dict[str, Any] = {"customer_id": "c"}
    asked = [person, person | {"consent": None}, person | {"consent": {"mail": None, "at": None}}]
    assert words(put(client, shop, "customers", asked)) == ["created", "unchanged", "unchanged"]
    answer = put(client, shop, "products", [{"product_id": "q", "title": None, "colour": None}])
    assert set(answer.json["verdicts"][0]["errors"]) == {"title", "colour"}


def test_an_erasure_asks_for_a_training_if_it_is_told_to(
    client: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    put(client, shop, "customers", [{"customer_id": "c"}, {"customer_id": "d"}])
    headers = {"Authorization": f"Bearer {shop[1].secret}"}
    refused = client.delete("/v1/customers/c?retrain=tomorrow", headers=headers)
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["retrain"])
    assert client.delete("/v1/customers/c", headers=headers).status_code == 204
    with runtime.database.read() as connection:
        assert trainings.latest(connection, shop[0]) is None
    answer = client.delete("/v1/customers/d?retrain=now", headers=headers)
    assert answer.status_code == 202
    assert (answer.get_json()["cause"], answer.get_json()["status"]) == ("erasure", "requested")
    again = client.delete("/v1/customers/d?retrain=now", headers=headers)  # a program may ask again
    assert again.get_json()["training_id"] == answer.get_json()["training_id"]


def test_an_older_order_is_told_so(client: FlaskClient, shop: Shop) -> None:
    put(client, shop, "orders", [order(updated_at="2026-02-03T00:00:00Z")])
    assert words(put(client, shop, "orders", [order(updated_at="2026-02-02T23:00:00-00:30")])) == ["older"]


def test_products_and_customers_come_in(client: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    variant = {"variant_id": "v", "price_minor": 500, "stock": 3}
    product = {"product_id": "p", "title": "<b>Tea</b>'; DROP TABLE products; --", "variants": [variant]}
    assert words(put(client, shop, "products", [product, {"product_id": "q"}])) == ["created", "rejected"]
    customer = {"customer_id": "c", "consent": {"personal": True, "mail": False}, "email": "a@b.example"}
    assert words(put(client, shop, "customers", [customer, customer])) == ["created", "unchanged"]
    with runtime.database.read() as connection:
        (kept,) = products.changed_since(connection, shop[0], 0)
        row = customers.find(connection, shop[0], "c")
    assert kept.title == product["title"]
    assert row
    assert (row["consent_personal"], row["email_encrypted"]) == (True, None)


def test_deletions(client: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    put(client, shop, "orders", [order("a/b", customer_id="c")])
    put(client, shop, "products", [{"product_id": "p", "title": "Tea"}])
    put(client, shop, "customers", [{"customer_id": "c"}])
    headers = {"Authorization": f"Bearer {shop[1].secret}"}
    for path in ("customers/c", "orders/a%2Fb", "products/p"):
        assert client.delete(f"/v1/{path}", headers=headers).status_code == 204
    for path in ("orders/a%2Fb", "products/p", "customers/nobody"):
        assert client.delete(f"/v1/{path}", headers=headers).status_code == 404
    with runtime.database.read() as connection:
        assert orders.find(connection, shop[0], "a/b") is None


def test_an_id_that_no_database_can_hold_is_nobodys(database: Database, tmp_path: Path) -> None:
    opened = Runtime(make_config(tmp_path), Vault("s"), database)
    headers = {"Authorization": f"Bearer {add_shop(opened)[1].secret}"}
    for noun in ("orders", "products", "customers"):
        answer = client_of(opened).delete(f"/v1/{noun}/a%00b", headers=headers)
        assert (answer.status_code, answer.json["reason"]) == (404, "not_found")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer sk_guess", "Basic {secret}", "Bearer {public}"]
)
def test_without_the_secret_key_nothing_is_kept(
    client: FlaskClient, runtime: Runtime, shop: Shop, authorization: str
) -> None:
    value = authorization.format(secret=shop[1].secret, public=shop[1].public)
    answer = client.put("/v1/orders", json=[order()], headers={"Authorization": value})
    assert (answer.status_code, answer.json["reason"]) == (401, "unknown_key")
    assert client.delete("/v1/orders/1", headers={"Authorization": value}).status_code == 401
    with runtime.database.read() as connection:
        assert orders.find(connection, shop[0], "1") is None


def test_another_shops_key_sees_and_changes_nothing(
    client: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    other = add_shop(runtime)
    put(client, shop, "orders", [order("1")])
    assert (
        client.delete("/v1/orders/1", headers={"Authorization": f"Bearer {other[1].secret}"}).status_code
        == 404
    )
    assert words(put(client, other, "orders", [order("1")])) == ["created"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,", b"\xff\xfe", b'[{"order_id": NaN}]', b"[" * 100_000], ids=range(6)
)
def test_malformed_json_is_refused_whole(client: FlaskClient, shop: Shop, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {shop[1].secret}", "Content-Type": "application/json"}
    answer = client.put("/v1/orders", data=body, headers=headers)
    assert (answer.status_code, answer.json["reason"]) == (400, "malformed_json")


def test_too_many_rows_or_bytes_are_refused_whole(client: FlaskClient, shop: Shop) -> None:
    for body in ([1] * 10_001, ["x" * (16 << 20)]):
        answer = put(client, shop, "products", body)
        assert (answer.status_code, answer.json["reason"]) == (413, "too_large")
