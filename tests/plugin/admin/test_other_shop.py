"""Every page and form of the merchant's pages, by the neighbour's session with this shop's ids."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plugin.admin import create_admin
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store.shops import ShopKeys
from tests.conftest import add_shop
from tests.plugin.admin.conftest import PASSWORD, Visitor, new_link
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

_PRODUCT = IDS["product_id"]
_NOTHING: dict[str, str] = {}


def what_is_asked(tokens: Tokens, shop_id: str) -> dict[str, dict[str, str]]:
    """By method and rule the query or form that names what is this shop's. A rule that is not here fails the
    test."""
    delivery = {"platform": "shopify", "delivery_id": f"d-{MARK}"}
    cart = {"cart": _PRODUCT, "search": MARK, "customer": IDS["customer_id"], "code": CODE}
    person, sure = {"person": IDS["customer_id"]}, {"sure": "yes"}
    return {
        "GET /": {"days": "90"},
        "GET /data": _NOTHING,
        "GET /data/rejects/<int:import_id>": _NOTHING,
        "GET /deliveries": _NOTHING,
        "GET /explain": cart,
        "GET /keys": _NOTHING,
        "GET /models": _NOTHING,
        "GET /models/<int:model_version>": _NOTHING,
        "GET /offers": _NOTHING,
        "GET /offers/bundles": {"product": _PRODUCT, "search": MARK},
        "GET /offers/bundles/one": {"of": _PRODUCT, "search": MARK},
        "GET /offers/edit": {"offer": IDS["offer_id"], "offer_id": IDS["offer_id"]},
        "GET /offers/money": _NOTHING,
        "GET /offers/new": {"copy": IDS["offer_id"], "offer": IDS["offer_id"]},
        "GET /offers/why": cart,
        "GET /password": _NOTHING,
        "GET /placements": _NOTHING,
        "GET /platforms": {"of": "shopify", "client_id": "app-1"},
        "GET /products": {"search": MARK},
        "GET /schedule": _NOTHING,
        "GET /sign-in": {"shop_id": shop_id},
        "GET /sign-in/<token>": _NOTHING,
        "GET /suggestions": _NOTHING,
        "GET /suggestions/categories": {"search": MARK},
        "GET /suggestions/complements": {"product": _PRODUCT, "search": MARK},
        "POST /data/erase": {**person, **sure},
        "POST /data/export": person,
        "POST /deliveries/work-again": delivery,
        "POST /keys/origins": {"origins": "https://neighbour.example"},
        "POST /keys/rotate": sure,
        "POST /models/use": {"model_version": "1"},
        "POST /offers/bundles": {"products_min": "1"},
        "POST /offers/bundles/one": {"of": _PRODUCT, "do": "forbid"},
        "POST /offers/delete": {"offer_id": IDS["offer_id"], "offer": IDS["offer_id"], **sure},
        "POST /offers/edit": {"offer_id": IDS["offer_id"], "kind": "percent_off", "do": "save"},
        "POST /offers/money": {"margin_floor_percent": "5"},
        "POST /offers/pause": {"offer_id": IDS["offer_id"], "paused": "yes"},
        "POST /only-me": {"only_me": "yes"},
        "POST /password": {"present": PASSWORD, "password": PASSWORD, "again": PASSWORD},
        "POST /placements": {"cart.on": "yes", "cart.limit": "3"},
        "POST /platforms/<platform>/connect": {
            "secret": "another secret of a shop",
            "account_id": "their.myshopify.com",
        },
        "POST /platforms/<platform>/disconnect": sure,
        "POST /products/allow": {"product_id": _PRODUCT},
        "POST /products/exclude": {"product_id": _PRODUCT},
        "POST /schedule": {"hour": "3"},
        "POST /sign-in": {"shop_id": shop_id, "password": PASSWORD},
        "POST /sign-in/<token>": {"password": PASSWORD, "again": PASSWORD, "shop_id": shop_id},
        "POST /sign-out": _NOTHING,
        "POST /stop": {"stopped": "yes"},
        "POST /suggestions": {"objective": "revenue", "diversity": "0.5"},
        "POST /suggestions/categories": {"category": SECRET, "mark": "sensitive:yes"},
        "POST /suggestions/complements": {"product": _PRODUCT, "complement": f"q-{MARK}", "do": "drop"},
        "POST /train": {"shop_id": shop_id},
    }


@pytest.fixture
def neighbour(runtime: Runtime, live: Live, shelves: Shelves) -> tuple[str, Visitor]:
    """A merchant beside this one, signed in."""
    shop_id = add_shop(runtime)[0]
    visitor = Visitor(runtime, live=live, shelves=shelves)
    link = new_link(runtime, shop_id)
    assert visitor.post(link, {"password": PASSWORD, "again": PASSWORD}, page=link).status_code == 200
    return shop_id, visitor


def test_no_page_and_no_form_shows_or_changes_anything_of_another_shop(
    runtime: Runtime, shop: tuple[str, ShopKeys], live: Live, shelves: Shelves, neighbour: Any
) -> None:
    own_id, visitor = neighbour
    kept = one_of_everything(runtime, shop[0], datetime.now(UTC))
    tokens = tokens_of(runtime, shop, kept, own_id)
    table = what_is_asked(tokens, shop[0])
    known = routes(create_admin(runtime, live, shelves)) - {"GET /static/<path:filename>"}
    assert known == set(table), "say in what_is_asked how another shop's merchant would try this"
    before = everything(runtime, shop[0])
    for asked in sorted(table, key=lambda each: each.endswith("/sign-out")):
        method, _, rule = asked.partition(" ")
        path = path_of(rule, token=tokens.sign_in)
        if method == "GET":
            answer = visitor.get(path, query_string=table[asked], follow_redirects=True)
        else:
            answer = visitor.post(path, table[asked], page="/platforms")
            assert "This form is no longer valid" not in answer.text, asked  # else it was not tried
        assert answer.status_code < 500, asked
        typed = table[asked].values()
        assert SECRET in typed or SECRET not in answer.text, asked
        assert f"https://{MARK}.example" not in answer.text or f"https://{MARK}.example" in typed, asked
        assert f"d-{MARK}" not in answer.text, asked
    assert everything(runtime, shop[0]) == before
