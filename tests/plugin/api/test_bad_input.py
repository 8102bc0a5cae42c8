"""What must be refused: a 4xx in the one error shape, and nothing stored."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse

from plugin.api.access import BURST, Access, Buckets
from plugin.app import create_api, create_app
from plugin.errors import Refusal
from plugin.serving import proof
from plugin.store import tables as t
from tests.conftest import ORIGIN, add_shop
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import BROWSER, ask, publish, shown


class _Endless:
    """A body that never ends, and counts what is read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 < size < 10_000_000, "reads the whole body"
        self.read_bytes += size
        return b"x" * size


def refused(answer: TestResponse, status: int, reason: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = json.loads(answer.text)
    assert set(body) == {"code", "status", "reason", "message", "errors"}
    assert (body["code"], body["reason"]) == (status, reason)
    return body


@pytest.fixture
def nothing_kept(unchanged_coffee: CoffeeShop) -> Iterator[CoffeeShop]:
    """The coffee shop; afterwards nothing in its database has become more or less, no slate and no event."""
    before = _counts(unchanged_coffee)
    assert before["slates"] == before["events"] == 0
    yield unchanged_coffee
    assert _counts(unchanged_coffee) == before


def _counts(shop: CoffeeShop) -> dict[str, int]:
    with shop.runtime.database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in t.metadata.sorted_tables
        }


def test_an_unknown_key(nothing_kept: CoffeeShop) -> None:
    refused(ask(nothing_kept.client, "pk_nobodys"), 401, "unknown_key")
    refused(send(nothing_kept, {"key": "pk_nobodys", "events": []}), 401, "unknown_key")
    refused(send(nothing_kept, {"events": []}), 401, "unknown_key")


def test_the_secret_key_is_no_public_key(nothing_kept: CoffeeShop) -> None:
    refused(ask(nothing_kept.client, nothing_kept.keys.secret), 401, "unknown_key")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {},
        {"Sec-Fetch-Site": "cross-site", "Host": "127.0.0.1:8000"},
        {"Sec-Fetch-Site": "same-origin", "Host": "rebound.example"},
        {"Sec-Fetch-Site": "same-origin", "Host": "127.0.0.1:8000", "Origin": "https://elsewhere.example"},
    ],
)
def test_a_wrong_origin(nothing_kept: CoffeeShop, headers: dict[str, str]) -> None:
    answer = ask(nothing_kept.client, nothing_kept.keys.public, headers=headers)
    refused(answer, 403, "wrong_origin")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_on_encores_own_host_may_ask(nothing_kept: CoffeeShop) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Host": "127.0.0.1:8000"}
    assert shown(ask(nothing_kept.client, nothing_kept.keys.public, headers=headers)) == []


def test_a_client_behind_a_proxy_cannot_choose_the_host(nothing_kept: CoffeeShop) -> None:
    config = replace(nothing_kept.runtime.config, trusted_proxies=1)
    behind = Client(create_app(replace(nothing_kept.runtime, config=config), nothing_kept.live))
    headers = {"Sec-Fetch-Site": "same-origin", "Host": "rebound.example"}
    chosen = {**headers, "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Host": "127.0.0.1:8000"}
    refused(ask(behind, nothing_kept.keys.public, headers=chosen), 403, "wrong_origin")
    sent_on = {**headers, "Host": "127.0.0.1:8000", "X-Forwarded-Proto": "https"}
    assert shown(ask(behind, nothing_kept.keys.public, headers=sent_on)) == []


def test_an_answer_is_for_the_asking_origin_alone(nothing_kept: CoffeeShop) -> None:
    headers = ask(nothing_kept.client, nothing_kept.keys.public).headers
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in headers
    assert headers["Vary"] == "Origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_refusal_can_be_read_by_the_page_that_asked(nothing_kept: CoffeeShop) -> None:
    answer = ask(nothing_kept.client, nothing_kept.keys.public, limit=99)
    body = refused(answer, 422, "invalid_request")
    assert "limit" in body["errors"]
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_preflight_is_answered_for_a_day(nothing_kept: CoffeeShop) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = nothing_kept.client.options("/v1/events", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    asked["Origin"] = "https://elsewhere.example"
    answer = nothing_kept.client.options("/v1/events", headers=asked)
    assert "Access-Control-Allow-Origin" not in answer.headers


def proved(
    shop: CoffeeShop, ahead_seconds: int, secret: str | None = None, who: str = "c1"
) -> dict[str, str]:
    statement = proof.customer_statement(shop.shop_id, who)
    key = (secret or shop.keys.signing).encode()
    made = proof.signed(key, statement, int(time.time()) + ahead_seconds)
    return {"customer_id": "c1", "customer_proof": made}


def test_a_forged_or_lapsed_proof(nothing_kept: CoffeeShop) -> None:
    shop = nothing_kept

    def ask_with(**query: str) -> TestResponse:
        return ask(shop.client, shop.keys.public, consent="personal", **query)

    refused(ask_with(**proved(shop, 60, secret="guessed")), 403, "proof_invalid")
    refused(ask_with(**proved(shop, 60, who="c2")), 403, "proof_invalid")
    refused(ask_with(**proved(shop, 25 * 3600)), 403, "proof_invalid")
    refused(ask_with(**proved(shop, -1)), 403, "proof_expired")
    refused(ask_with(customer_id="c1", customer_proof="soon"), 403, "proof_invalid")
    refused(ask_with(customer_proof=proved(shop, 60)["customer_proof"]), 403, "proof_invalid")
    refused(ask_with(cart_id="c1", cart_proof=proved(shop, 60)["customer_proof"]), 403, "proof_invalid")
    assert ask_with(**proved(shop, 60)).status_code == 200
    assert ask_with(customer_id="c1").status_code == 200


def test_a_proof_is_never_logged(nothing_kept: CoffeeShop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    given = proved(nothing_kept, -1)
    refused(ask(nothing_kept.client, nothing_kept.keys.public, **given), 403, "proof_expired")
    assert given["customer_proof"] not in caplog.text


@pytest.mark.parametrize(
    "cart",
    [
        ",".join(f"p{n}:1" for n in range(201)),
        "beans:-1",
        "beans:0",
        "beans:1.5",
        "beans",
        "beans:1,,tea:1",
        ":1",
        "beans:１",
        "beans:9999999",
        f"{'a' * 201}:1",
        f"{quote('é' * 201)}:1",
        f"beans/{'a' * 201}:1",
        "beans/:1",
    ],
    ids=[
        "201 items",
        "negative",
        "zero",
        "a fraction",
        "none",
        "gap",
        "no product",
        "wide digit",
        "too many",
        "a long product",
        "a long encoded product",
        "a long variant",
        "no variant",
    ],
)
def test_a_cart_that_is_none(nothing_kept: CoffeeShop, cart: str) -> None:
    body = refused(ask(nothing_kept.client, nothing_kept.keys.public, cart=cart), 422, "invalid_request")
    assert list(body["errors"]) == ["cart"]


def test_ids_are_percent_encoded_each_by_itself(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id, [("a:b/c,d%", "grinder")])
    cart = f"{quote('a:b/c,d%', safe='')}/{quote('x,y', safe='')}:2"
    assert shown(ask(coffee.client, coffee.keys.public, cart=cart)) == ["grinder"]


@pytest.mark.parametrize("placement", ["", "everywhere", None])
def test_a_placement_that_is_none(nothing_kept: CoffeeShop, placement: str | None) -> None:
    address = f"/v1/recommendations?key={nothing_kept.keys.public}"
    address += "" if placement is None else f"&placement={placement}"
    answer = nothing_kept.client.get(address, headers={"Origin": ORIGIN})
    refused(answer, 422, "invalid_request")


def test_more_parameters_than_anybody_needs(nothing_kept: CoffeeShop) -> None:
    many = {f"p{n}": "1" for n in range(100)}
    refused(ask(nothing_kept.client, nothing_kept.keys.public, **many), 422, "invalid_request")


TAKING_A_BODY = [
    ("POST", "/v1/events"),
    ("PUT", "/v1/orders"),
    ("PUT", "/v1/products"),
    ("PUT", "/v1/complements"),
    ("PUT", "/v1/customers"),
    ("PUT", "/v1/offers"),
    ("POST", "/v1/offers/replay"),
    ("PATCH", "/v1/settings"),
    ("POST", "/v1/offers/<path:offer_id>/accept"),
    ("POST", "/v1/offers/<path:offer_id>/dismiss"),
    ("POST", "/v1/redemptions"),
    ("POST", "/v1/keys"),
    ("POST", "/v1/trainings"),
    ("POST", "/v1/models/rollback"),
    ("PUT", "/v1/platforms/<platform>"),
    ("POST", "/v1/deliveries/work_again"),
    ("POST", "/api/register"),
    ("POST", "/api/install/woocommerce"),
]
# What platforms send is taken as it is, once it is authentic: tried in tests/plugin/platforms.
OF_PLATFORMS = ("POST", "/webhooks/<platform>/<shop_id>")


def test_every_route_that_takes_a_body_is_tried_here(coffee: CoffeeShop) -> None:
    rules = create_api(coffee.runtime, coffee.live).url_map.iter_rules()
    found = {(method, rule.rule) for rule in rules for method in rule.methods or ()}
    assert {each for each in found if each[0] in ("POST", "PUT", "PATCH")} == {*TAKING_A_BODY, OF_PLATFORMS}


@pytest.mark.parametrize(("method", "path"), TAKING_A_BODY)
def test_a_body_of_100_megabytes_is_refused_without_being_read(
    nothing_kept: CoffeeShop, method: str, path: str
) -> None:
    body = _Endless()
    options: dict[str, Any] = {"method": method, "headers": bearer(nothing_kept)}
    announced = {"wsgi.input": body, "CONTENT_LENGTH": str(100 * 2**20)}
    answer = nothing_kept.client.open(path, environ_overrides=announced, **options)
    refused(answer, 413, "too_large")
    assert body.read_bytes == 0
    chunked = {"wsgi.input": body, "CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    answer = nothing_kept.client.open(path, environ_overrides=chunked, **options)
    refused(answer, 413, "too_large")
    assert body.read_bytes < (200_000 if path == "/v1/events" else 20_000_000)


@pytest.mark.parametrize(("method", "path"), TAKING_A_BODY)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_malformed_json_is_told_as_such_everywhere(
    nothing_kept: CoffeeShop, method: str, path: str, kind: str
) -> None:
    headers = {**bearer(nothing_kept), "Content-Type": kind}
    for text in (b'{"stopped": tru', b'{"holdout_share": NaN}'):
        answer = nothing_kept.client.open(path, method=method, data=text, headers=headers)
        refused(answer, 400, "malformed_json")


def bearer(shop: CoffeeShop) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.keys.secret}"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"key": NaN', b"[" * 20_000], ids=repr)
def test_malformed_json(nothing_kept: CoffeeShop, body: bytes) -> None:
    refused(send(nothing_kept, body), 400, "malformed_json")


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"key"'])
def test_json_that_is_no_object(nothing_kept: CoffeeShop, body: bytes) -> None:
    refused(send(nothing_kept, body), 422, "invalid_request")


def test_too_many_requests(nothing_kept: CoffeeShop) -> None:
    access = Access(nothing_kept.live, "http://127.0.0.1:8000", Buckets(per_second=1, burst=3))
    environ = {"HTTP_ORIGIN": ORIGIN}
    for _ in range(3):
        access.admit(nothing_kept.keys.public, environ, 100.0)
    with pytest.raises(Refusal) as refusal:
        access.admit(nothing_kept.keys.public, environ, 100.5)
    assert refusal.value.reason == "too_many_requests"
    access.admit(nothing_kept.keys.public, environ, 101.1)
    assert BURST > 1000


def test_addresses_and_methods_that_are_none(nothing_kept: CoffeeShop) -> None:
    refused(nothing_kept.client.get("/v1/nothing"), 404, "not_found")
    answer = nothing_kept.client.delete("/v1/recommendations")
    refused(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_another_shops_key_shows_nothing_of_this_one(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    _, other_keys = add_shop(coffee.runtime, "https://other.example")
    coffee.live.refresh()
    asked = {"headers": {"Origin": "https://other.example"}, "cart": "beans:1"}
    assert shown(ask(coffee.client, other_keys.public, **asked)) == []
    refused(ask(coffee.client, other_keys.public, cart="beans:1"), 403, "wrong_origin")
    theirs = proved(coffee, 60)
    answer = ask(coffee.client, other_keys.public, consent="personal", **asked, **theirs)
    refused(answer, 403, "proof_invalid")


def send(shop: CoffeeShop, body: bytes | dict[str, Any]) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER, "Content-Type": "text/plain"}
    return shop.client.post("/v1/events", data=data, headers=headers)
