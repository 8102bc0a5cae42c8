"""Installed from the platform's side: by a ticket that holds for an hour, one shop and one use."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client, TestResponse

from plugin.app import create_api
from plugin.platforms.connecting import connect
from plugin.platforms.installing import manifest_address, ticket, wc_auth_address
from plugin.platforms.oauth import OAUTH
from plugin.platforms.saleor import QUERY
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import connected_platforms
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.shops import ShopKeys
from tests.conftest import add_shop
from tests.plugin.http_servers import JsonHandler, running
from tests.plugin.platforms.dialect import SECRET

TOKENS = {"Bearer its own token", "Basic Y2tfMTpjc18x"}


class _Handler(JsonHandler):
    """A Saleor instance, Ecwid, a WooCommerce and a Shopify shop that know one token each."""

    def do_POST(self) -> None:
        text = self.read()
        if self.path == "/api/oauth/token":  # Ecwid's: a form
            form = {name: values[0] for name, values in parse_qs(text.decode()).items()}
            self.write(*_ecwid_token(form))
            return
        told = json.loads(text)
        if self.path == "/admin/oauth/access_token":
            is_right = told == {"client_id": "app-1", "client_secret": SECRET, "code": "c0de"}
            self.write(200 if is_right else 400, {"access_token": "shpat_1"})
            return
        is_known = self.headers["Authorization"] in TOKENS
        self.write(200, {"data": {"app": {"id": "QXBwOjE="} if is_known else None}})

    def do_GET(self) -> None:
        self.write(200 if self.headers["Authorization"] in TOKENS else 401, [])


def _ecwid_token(form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The store's number stands at the end of the code."""
    store = form.pop("code").partition("-")[2]
    is_right = form == {
        "client_id": "app-1",
        "client_secret": SECRET,
        "redirect_uri": "http://127.0.0.1:8000/api/install/ecwid",
        "grant_type": "authorization_code",
    }
    if not is_right or not store:
        return 400, {"error": "invalid_grant"}
    told = {"access_token": "secret_1", "token_type": "bearer", "scope": "read_orders"}
    return 200, {**told, "store_id": int(store)}


@pytest.fixture
def there() -> Iterator[str]:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), _Handler)) as opened:
        yield f"http://127.0.0.1:{opened.server_port}"


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Client]:
    live = Live(runtime)
    yield Client(create_api(runtime, live))
    live.close()


def known(runtime: Runtime, shop_id: str, platform: str) -> ConnectedPlatform | None:
    with runtime.database.read() as opened:
        return connected_platforms.find(opened, runtime.vault, shop_id, platform)


def register(client: Client, target: str, api: str, token: str = "its own token") -> TestResponse:
    path = target.removeprefix("http://127.0.0.1:8000")
    return client.post(path, json={"auth_token": token}, headers={"Saleor-Api-Url": api})


def test_saleor_installs_from_the_manifest_of_one_shop(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client, there: str
) -> None:
    address = manifest_address(runtime, shop[0], datetime.now(UTC))
    manifest = client.get(address.removeprefix("http://127.0.0.1:8000")).get_json()
    (webhook,) = manifest["webhooks"]
    assert webhook["targetUrl"] == f"http://127.0.0.1:8000/webhooks/saleor/{shop[0]}"
    assert {"ORDER_FULLY_PAID", "PRODUCT_VARIANT_BACK_IN_STOCK", "CUSTOMER_DELETED"} <= set(
        webhook["asyncEvents"]
    )
    assert webhook["query"] == QUERY
    target, api = manifest["tokenTargetUrl"], f"{there}/graphql/"
    assert register(client, target, api, "another").status_code == 401
    assert known(runtime, shop[0], "saleor") is None
    assert register(client, target, api).get_json() == {"success": True}
    found = known(runtime, shop[0], "saleor")
    assert found is not None
    assert (found.address, found.token) == (api, "its own token")
    assert register(client, target, api).status_code == 401  # used
    with runtime.database.write() as opened:
        connected_platforms.disconnect(opened, shop[0], "saleor")
    assert register(client, target, api).status_code == 401  # also when all is as it was before
    later = manifest_address(runtime, shop[0], datetime.now(UTC) + timedelta(seconds=2))
    manifest = client.get(later.removeprefix("http://127.0.0.1:8000")).get_json()
    assert register(client, manifest["tokenTargetUrl"], api).status_code == 200
    assert "tokenTargetUrl" not in client.get("/api/manifest").get_json()


@pytest.mark.parametrize("api", ["http://169.254.169.254/graphql/", "", "file:///etc/passwd", "http://a b/"])
def test_an_instance_that_is_nowhere_to_be_asked_is_not_connected(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client, api: str
) -> None:
    given = ticket(runtime, shop[0], "saleor", datetime.now(UTC))
    assert register(client, f"/api/register?install={given}", api).status_code in (400, 422)
    assert known(runtime, shop[0], "saleor") is None


def test_a_ticket_is_of_its_shop_its_platform_and_its_hour(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client, there: str
) -> None:
    now, api = datetime.now(UTC), f"{there}/graphql/"
    good = ticket(runtime, shop[0], "saleor", now)
    of_other_shop = good.replace(shop[0], "shop_0000000000")
    of_other_platform = ticket(runtime, shop[0], "woocommerce", now)
    late = ticket(runtime, shop[0], "saleor", now - timedelta(hours=2))
    for given in ("", "a", "a.b.c", f"{good}0", of_other_shop, of_other_platform, late, f"{shop[0]}.²."):
        answer = client.post(
            "/api/register",
            query_string={"install": given},
            json={"auth_token": "its own token"},
            headers={"Saleor-Api-Url": api},
        )
        assert answer.status_code == 401, given
    assert client.get("/api/manifest", query_string={"install": late}).status_code == 401


def test_woocommerce_brings_the_key_that_the_merchant_let_it_make(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client, there: str
) -> None:
    now = datetime.now(UTC)
    connect(runtime, shop[0], "woocommerce", {"address": there}, now)
    found = known(runtime, shop[0], "woocommerce")
    assert found is not None
    asked = urlsplit(wc_auth_address(runtime, found, now))
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert asked.path == "/wc-auth/v1/authorize"
    assert query["callback_url"] == "http://127.0.0.1:8000/api/install/woocommerce"
    told = {"key_id": 1, "user_id": query["user_id"], "key_permissions": "read_write"}
    path = "/api/install/woocommerce"
    wrong = client.post(path, json={**told, "consumer_key": "ck_2", "consumer_secret": "cs_2"})
    assert wrong.status_code == 400
    pair = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
    assert client.post(path, json={**told, **pair}).status_code == 200
    found = known(runtime, shop[0], "woocommerce")
    assert found is not None
    assert found.token == "ck_1:cs_1"
    assert client.post(path, json={**told, **pair}).status_code == 401


def signed(told: dict[str, str], secret: str = SECRET) -> dict[str, str]:
    """As Shopify signs what it sends the merchant back with."""
    text = "&".join(f"{name}={told[name]}" for name in sorted(told))
    return {**told, "hmac": hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()}


def refused(client: Client, path: str, query: dict[str, str]) -> str:
    """The reason that the merchant's page is told, to which they are sent on."""
    answer = client.get(path, query_string=query)
    page, _, told = answer.headers["Location"].partition("?")
    assert (answer.status_code, page) == (303, "http://127.0.0.1:8000/admin/platforms")
    assert f"of={path.rpartition('/')[2]}&" in told
    return parse_qs(told)["refused"][0]


def test_shopify_sends_the_merchant_back_with_a_code_for_the_token(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client, there: str
) -> None:
    now = datetime.now(UTC)
    told = {"secret": SECRET, "account_id": "beans.myshopify.com", "address": there}
    connect(runtime, shop[0], "shopify", told, now)
    found = known(runtime, shop[0], "shopify")
    assert found is not None
    asked = parse_qs(urlsplit(OAUTH["shopify"].authorize_address(runtime, found, "app-1", now, ())).query)
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/api/install/shopify"]
    assert "read_all_orders" not in asked["scope"][0].split(",")  # an app that has it not is let in nowhere
    granted = OAUTH["shopify"].authorize_address(runtime, found, "app-1", now, ("read_all_orders",))
    assert "read_all_orders" in parse_qs(urlsplit(granted).query)["scope"][0].split(",")
    back = {"code": "c0de", "shop": "beans.myshopify.com", "state": asked["state"][0], "timestamp": "1"}
    good, path = signed(back), "/api/install/shopify"
    wrong: list[tuple[dict[str, str], str]] = [
        ({**good, "code": "another"}, "signature_invalid"),
        (signed(back, "another secret of theirs"), "signature_invalid"),
        ({name: value for name, value in good.items() if name != "hmac"}, "signature_invalid"),
        (signed({**back, "shop": "other.myshopify.com"}), "wrong_shop"),
        (signed({**back, "state": "forged"}), "signature_invalid"),
        (signed({**back, "state": f"{ticket(runtime, shop[0], 'saleor', now)}~app-1"}), "signature_invalid"),
        (signed({**back, "code": "used"}), "platform_refused"),
    ]
    for query, reason in wrong:
        assert refused(client, path, query) == reason, query
    answer = client.get(path, query_string=good)
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://127.0.0.1:8000/admin/platforms")
    found = known(runtime, shop[0], "shopify")
    assert found is not None
    assert found.token == "shpat_1"
    assert refused(client, path, good) == "signature_invalid"  # used


def test_ecwid_sends_the_merchant_back_with_a_code_for_the_stores_token(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client, there: str
) -> None:
    now, path = datetime.now(UTC), "/api/install/ecwid"
    connect(runtime, shop[0], "ecwid", {"secret": SECRET, "account_id": "1003", "address": there}, now)
    found = known(runtime, shop[0], "ecwid")
    assert found is not None
    asked = urlsplit(OAUTH["ecwid"].authorize_address(runtime, found, "app-1", now, ()))
    query = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert asked.path == "/api/oauth/authorize"
    assert query["redirect_uri"] == f"http://127.0.0.1:8000{path}"
    assert query["response_type"] == "code"
    assert {"read_orders", "read_catalog"} <= set(query["scope"].split())
    good = {"code": "c0de-1003", "state": query["state"]}
    lapsed = OAUTH["ecwid"].authorize_address(runtime, found, "app-1", now - timedelta(hours=2), ())
    other, _ = add_shop(runtime)
    connect(runtime, other, "ecwid", {"secret": SECRET, "account_id": "1004", "address": there}, now)
    others = good["state"].replace(shop[0], other)  # this ticket, in another's name
    wrong: list[tuple[dict[str, str], str]] = [
        ({"code": "c0de-1003"}, "signature_invalid"),
        ({**good, "state": "forged"}, "signature_invalid"),
        ({**good, "state": others}, "signature_invalid"),
        ({**good, "state": parse_qs(urlsplit(lapsed).query)["state"][0]}, "signature_expired"),
        ({**good, "state": f"{ticket(runtime, shop[0], 'shopify', now)}~app-1"}, "signature_invalid"),
        ({**good, "state": good["state"].replace("app-1", "app-2")}, "platform_refused"),
        ({**good, "code": "c0de-1004"}, "wrong_shop"),  # another store let the app in
        ({**good, "code": "used"}, "platform_refused"),
        ({"error": "access_denied", "state": good["state"]}, "platform_refused"),
        ({"error": "access_denied"}, "platform_refused"),
    ]
    for told, reason in wrong:
        assert refused(client, path, told) == reason, told
        after = known(runtime, shop[0], "ecwid")
        assert after is not None
        assert after.token is None
    answer = client.get(path, query_string=good)
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://127.0.0.1:8000/admin/platforms")
    found = known(runtime, shop[0], "ecwid")
    assert found is not None
    assert found.token == "secret_1"
    assert refused(client, path, good) == "signature_invalid"  # used
    unconnected = known(runtime, other, "ecwid")
    assert unconnected is not None
    assert unconnected.token is None
    for platform in ("woocommerce", "generic", "magento"):
        assert client.get(f"/api/install/{platform}", query_string=good).status_code in (404, 405)


def test_the_page_is_told_no_reason_that_it_has_no_words_for(
    runtime: Runtime, shop: tuple[str, ShopKeys], client: Client
) -> None:
    now, told = datetime.now(UTC), {"secret": SECRET, "account_id": "1003", "address": "http://10.1.2.3"}
    connect(runtime, shop[0], "ecwid", told, now)
    found = known(runtime, shop[0], "ecwid")
    assert found is not None
    asked = urlsplit(OAUTH["ecwid"].authorize_address(runtime, found, "app-1", now, ()))
    back = {"code": "c0de-1003", "state": parse_qs(asked.query)["state"][0]}
    assert refused(client, "/api/install/ecwid", back) == "unreachable"  # the address is forbidden
