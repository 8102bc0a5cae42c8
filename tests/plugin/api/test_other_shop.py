"""Every endpoint asked with another shop's keys and this shop's ids: nothing is seen, nothing changes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client

from plugin.app import create_api
from plugin.intake import rows
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import connected_platforms, deliveries
from plugin.store.deliveries import Arrival
from plugin.store.shops import ShopKeys
from plugin.store.tables import metadata
from tests.conftest import ORIGIN, add_shop
from tests.plugin.offers.shop import offer

MARK = "onlyhere"
"""Stands in every id and title of the one shop."""
THEIRS = {
    "product_id": f"p-{MARK}",
    "order_id": f"o-{MARK}",
    "customer_id": f"c-{MARK}",
    "offer_id": f"f-{MARK}",
    "platform": "generic",
    "model_version": "1",
    "training_id": "1",
    "name": "overview",
}
BODIES: dict[str, Any] = {
    "/v1/deliveries/work_again": {"platform": "generic", "delivery_id": f"d-{MARK}"},
    "/v1/redemptions": {
        "code": MARK,
        "order_id": f"o-{MARK}",
        "currency": "EUR",
        "total_minor": 1,
        "lines": [],
    },
    "/v1/models/rollback": {"model_version": 1},
}


@pytest.fixture
def shop_id(runtime: Runtime, shop: tuple[str, ShopKeys]) -> str:
    """A shop with one of everything."""
    now = datetime.now(UTC)
    line = {"product_id": THEIRS["product_id"], "quantity": 1, "unit_price_minor": 100}
    order = {
        "order_id": THEIRS["order_id"],
        "ordered_at": now.isoformat(),
        "customer_id": THEIRS["customer_id"],
    }
    product = {"product_id": THEIRS["product_id"], "title": MARK}
    given = {
        "products": product,
        "customers": {"customer_id": THEIRS["customer_id"], "consent": {"personal": True}},
        "orders": {**order, "lines": [line]},
        "complements": {"product_id": THEIRS["product_id"], "complements": [f"q-{MARK}"]},
        "offers": offer(offer_id=THEIRS["offer_id"]),
    }
    for noun, row in given.items():
        (verdict,) = rows.keep(runtime, shop[0], noun, [row], now)
        assert verdict.verdict == "created", verdict
    with runtime.database.write() as opened:
        told = {"secret": "whsec_x", "address": f"https://{MARK}.example", "at": now}
        connected_platforms.connect(opened, runtime.vault, shop[0], "generic", told)
        deliveries.add(opened, runtime.vault, Arrival(shop[0], "generic", f"d-{MARK}", MARK, now, b"{}"))
    return shop[0]


def everything(runtime: Runtime, shop_id: str) -> dict[str, list[str]]:
    """All rows of the shop."""
    with runtime.database.read() as opened:
        return {
            table.name: sorted(
                str(row) for row in opened.execute(table.select().where(table.c.shop_id == shop_id))
            )
            for table in metadata.sorted_tables
        }


def test_no_endpoint_shows_or_changes_anything_of_another_shop(runtime: Runtime, shop_id: str) -> None:
    _, keys = add_shop(runtime, "https://other.example")
    live = Live(runtime)
    app = create_api(runtime, live)
    client, asked = Client(app), 0
    client.post(f"/webhooks/generic/{shop_id}")  # anybody may try: that it was refused is kept once a minute
    before = everything(runtime, shop_id)
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for converter in ("<path:", "<int:", "<"):
            for name, value in {**THEIRS, "shop_id": shop_id}.items():
                path = path.replace(f"{converter}{name}>", value)
        for method in (rule.methods or set()) & {"GET", "PUT", "POST", "PATCH", "DELETE"}:
            for origin in (None, "https://other.example", ORIGIN):
                asked_by_page = {"key": keys.public, "placement": "cart", "cart": f"{THEIRS['product_id']}:1"}
                query = asked_by_page if origin else {}
                headers = {"Authorization": f"Bearer {keys.secret}", **({"Origin": origin} if origin else {})}
                body = None if method in ("GET", "DELETE") else BODIES.get(rule.rule, {})
                answer = client.open(path, method=method, query_string=query, headers=headers, json=body)
                assert answer.status_code < 500, (method, path)
                # What was asked with may stand in the answer; what only the shop knows may not.
                known = answer.text.replace(THEIRS["product_id"], "").replace(path, "")
                assert f"{MARK}.example" not in known, (method, path)
                assert f'"{MARK}"' not in known, (method, path)
                if answer.status_code < 300 and method != "GET":
                    assert shop_id not in answer.text, (method, path)
                keys = _still(client, keys, answer, rule.rule)
                asked += 1
    live.close()
    assert asked > 100
    assert everything(runtime, shop_id) == before


def _still(client: Client, keys: ShopKeys, answer: Any, rule: str) -> ShopKeys:
    """The keys to go on with: asking for new ones twice ends the first."""
    if rule == "/v1/keys" and answer.status_code == 201:
        return ShopKeys(**answer.get_json())
    return keys
