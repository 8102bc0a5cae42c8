"""Every endpoint asked with a neighbour's keys and this shop's ids and tokens: nothing is seen or changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from plugin.app import create_api
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import connected_platforms
from plugin.store.shops import ShopKeys
from tests.conftest import ORIGIN, add_shop
from tests.plugin.offers.shop import offer
from tests.plugin.other_shop import (
    CODE,
    IDS,
    MARK,
    SECRET,
    Tokens,
    everything,
    one_of_everything,
    path_of,
    routes,
    tokens_of,
)
from tests.plugin.platforms.dialect import SECRET as THEIR_SECRET
from tests.plugin.platforms.test_installing import signed

OTHERS = "https://other.example"
CART = [{"product_id": IDS["product_id"], "quantity": 1}]
LINE = {"product_id": IDS["product_id"], "quantity": 1}


def what_is_asked(tokens: Tokens, keys: ShopKeys) -> dict[str, list[dict[str, Any]]]:
    """By method and rule what is asked with, each time another: a query, or the body. A rule that is not here
    fails the test."""
    person = {
        "customer_id": IDS["customer_id"],
        "customer_proof": tokens.customer_proof,
        "consent": "personal",
    }
    shown = {"key": keys.public, "cart": f"{IDS['product_id']}:1", **person, "preview": tokens.preview}
    wish = {"key": keys.public, "slate_id": tokens.slate_id, "cart": CART, "currency": "EUR", **person}
    event = {"event_id": "e1", "type": "click", "at": datetime.now(UTC).isoformat()}
    events = {"key": keys.public, "events": [{**event, "slate_id": tokens.slate_id}]}
    order = {"order_id": IDS["order_id"], "ordered_at": "2026-01-01", "lines": [LINE]}
    sums = {"currency": "EUR", "total_minor": 1, "discount_minor": 0}
    redemption = {
        "code": CODE,
        "order_id": IDS["order_id"],
        **sums,
        "lines": [{**LINE, "unit_price_minor": 1}],
    }
    install = tokens.install
    nothing: list[dict[str, Any]] = [{}]
    return {
        "GET /v1/bundles": [{**shown, "product": IDS["product_id"]}],
        "GET /v1/recommendations": [{**shown, "placement": "cart"}, {**shown, "placement": "home"}],
        "GET /v1/offers": [{**shown, "placement": "cart"}],
        "POST /v1/offers/<path:offer_id>/accept": [wish],
        "POST /v1/offers/<path:offer_id>/dismiss": [wish],
        "POST /v1/events": [events],
        "GET /v1/explain": [
            {"placement": "cart", "cart": f"{IDS['product_id']}:1", "customer_id": IDS["customer_id"]}
        ],
        "PUT /v1/complements": [{"product_id": IDS["product_id"], "complements": []}],
        "PUT /v1/customers": [{"customer_id": IDS["customer_id"], "consent": {"personal": False}}],
        "PUT /v1/offers": [offer(offer_id=IDS["offer_id"])],
        "PUT /v1/orders": [{**order, "status": "cancelled"}],
        "PUT /v1/products": [{"product_id": IDS["product_id"], "title": "Another"}],
        "PUT /v1/platforms/<platform>": [{"secret": THEIR_SECRET, "account_id": "their.myshopify.com"}],
        "PATCH /v1/settings": [{"only_me": True}],
        "POST /v1/deliveries/work_again": [
            {"platform": each, "delivery_id": f"d-{MARK}"} for each in ("generic", "shopify")
        ],
        "POST /v1/redemptions": [redemption, {**redemption, "token": tokens.acceptance}],
        "POST /v1/models/rollback": [{"model_version": 1}, {}],
        "POST /v1/offers/replay": [{"offer": offer(offer_id=IDS["offer_id"])}],
        "POST /v1/trainings": nothing,
        "POST /v1/keys": nothing,
        "POST /webhooks/<platform>/<shop_id>": [{"order": order}],
        "GET /api/manifest": [{}, {"install": install["saleor"]}],
        "GET /api/install/<platform>": [
            {
                **signed({"state": f"{install['shopify']}~app-1", "code": "c", "shop": "a.myshopify.com"}),
                "<platform>": "shopify",
            },
            {"state": f"{install['ecwid']}~app-1", "code": "c-1003", "<platform>": "ecwid"},
        ],
        "POST /api/register": [{"auth_token": "another token", "install": install["saleor"]}],
        "POST /api/install/woocommerce": [
            {"user_id": install["woocommerce"], "consumer_key": "ck_2", "consumer_secret": "cs_2"}
        ],
        "GET /v1/complements": [{"product_id": IDS["product_id"]}, {}],
        "GET /v1/figures/arms": nothing,
        "GET /v1/figures/days": nothing,
        "GET /v1/figures/placements": nothing,
        **dict.fromkeys(WITH_NO_MORE_THAN_THE_ADDRESS, nothing),
    }


WITH_NO_MORE_THAN_THE_ADDRESS = (
    "GET /v1/customers/<path:customer_id>",
    "DELETE /v1/customers/<path:customer_id>",
    "GET /v1/deliveries",
    "GET /v1/models",
    "GET /v1/models/<int:model_version>",
    "GET /v1/offers/all",
    "DELETE /v1/offers/<path:offer_id>",
    "DELETE /v1/orders/<path:order_id>",
    "GET /v1/platforms",
    "GET /v1/platforms/<platform>/pieces",
    "DELETE /v1/platforms/<platform>",
    "DELETE /v1/products/<path:product_id>",
    "GET /v1/settings",
    "GET /v1/trainings",
)
OF_NO_SHOP = {
    *("GET /docs", "GET /healthz", "GET /metrics", "GET /openapi.json", "GET /privacy", "GET /readyz"),
    *("GET /widgets/<version>/<name>.js", "GET /widgets/v1/encore-<platform>.zip"),
}


@dataclass
class Neighbour:
    """Who has a shop beside this one, and what of this one they have got hold of."""

    client: Client
    shop_id: str
    keys: ShopKeys
    tokens: Tokens

    def ask(self, method: str, rule: str, told: dict[str, Any], origin: str | None) -> TestResponse:
        more = {name.strip("<>"): told[name] for name in told if name.startswith("<")}
        sent = {name: value for name, value in told.items() if not name.startswith("<")}
        install = {"install": sent.pop("install")} if "auth_token" in sent else {}
        headers = {
            "Authorization": f"Bearer {self.keys.secret}",
            "Saleor-Api-Url": "https://a.example/graphql/",
        }
        if origin:
            headers["Origin"] = origin
        path = path_of(rule, **more)
        if method in ("GET", "DELETE"):
            return self.client.open(path, method=method, query_string=sent, headers=headers)
        return self.client.open(path, method=method, query_string=install, json=sent, headers=headers)

    def still(self, answer: TestResponse, asked: str) -> None:
        """Go on with the keys that there are now: asking for new ones twice ends the first."""
        if asked == "POST /v1/keys" and answer.status_code == 201:
            self.keys = ShopKeys(**(answer.get_json() or {}))


@pytest.fixture
def app(runtime: Runtime) -> Any:
    live = Live(runtime)
    yield create_api(runtime, live)
    live.close()


@pytest.fixture
def neighbour(runtime: Runtime, shop: tuple[str, ShopKeys], app: Any) -> Neighbour:
    now = datetime.now(UTC)
    kept = one_of_everything(runtime, shop[0], now)
    shop_id, keys = add_shop(runtime, OTHERS)
    with runtime.database.write() as opened:
        connected_platforms.connect(
            opened, runtime.vault, shop_id, "generic", {"secret": THEIR_SECRET, "at": now}
        )
    return Neighbour(Client(app), shop_id, keys, tokens_of(runtime, shop, kept, shop_id))


def test_no_endpoint_shows_or_changes_anything_of_another_shop(
    runtime: Runtime, shop: tuple[str, ShopKeys], app: Any, neighbour: Neighbour
) -> None:
    table = what_is_asked(neighbour.tokens, neighbour.keys)
    assert routes(app) - OF_NO_SHOP == set(table), "say in what_is_asked how another shop would try this"
    neighbour.client.post(f"/webhooks/shopify/{shop[0]}")  # anybody may try: a refusal is kept once a minute
    before = everything(runtime, shop[0])
    for asked in table:
        for told in table[asked]:
            for origin in (None, OTHERS, ORIGIN):
                method, _, rule = asked.partition(" ")
                answer = neighbour.ask(method, rule.replace("<shop_id>", shop[0]), told, origin)
                assert answer.status_code < 500, (asked, answer.text)
                assert "invalid_request" not in answer.text, (asked, answer.text)  # else it was not tried
                assert SECRET not in answer.text, asked
                assert f"https://{MARK}.example" not in answer.text, asked
                if answer.status_code < 300 and method != "GET":
                    assert shop[0] not in answer.text, asked
                neighbour.still(answer, asked)
    assert everything(runtime, shop[0]) == before


def test_what_was_signed_for_one_shop_is_refused_by_the_other(neighbour: Neighbour) -> None:
    table = what_is_asked(neighbour.tokens, neighbour.keys)

    def reasons(asked: str) -> list[str]:
        method, _, rule = asked.partition(" ")
        answers = [neighbour.ask(method, rule, told, OTHERS) for told in table[asked]]
        return [
            (each.get_json(silent=True) or {}).get("reason", each.headers.get("Location", ""))
            for each in answers
        ]

    assert reasons("GET /v1/recommendations") == ["proof_invalid"] * 2
    assert reasons("POST /v1/events") == ["unknown_slate"]
    assert reasons("POST /v1/redemptions") == ["unknown_code", "token_of_other_shop"]
    assert reasons("POST /api/register") == ["signature_invalid"]
    assert reasons("POST /api/install/woocommerce") == ["signature_invalid"]
    assert all("refused=signature_invalid" in each for each in reasons("GET /api/install/<platform>"))
    assert reasons("GET /api/manifest")[1] == "signature_invalid"
    assert reasons("POST /v1/offers/<path:offer_id>/accept")[0] in ("proof_invalid", "unknown_slate")


def test_this_shops_public_key_is_good_for_nothing_on_another_shops_pages(
    shop: tuple[str, ShopKeys], app: Any, neighbour: Neighbour
) -> None:
    table = what_is_asked(neighbour.tokens, shop[1])
    for_browsers = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "OPTIONS" in rule.endpoint or rule.methods == {"OPTIONS"}
    }
    of_pages = [
        asked for asked in table if asked.partition(" ")[2] in for_browsers and not asked.startswith("PUT")
    ]
    assert len(of_pages) == 6
    for asked in of_pages:
        method, _, rule = asked.partition(" ")
        answer = neighbour.ask(method, rule, table[asked][0], OTHERS)
        assert answer.status_code == 403, (asked, answer.text)
