"""The manifest is true: what it names is served, and it keeps to what a shop accepts of an app's manifest."""

from typing import Any

from plugin.app import create_api
from plugin.schemas.event import TYPES
from plugin.schemas.settings import PLACEMENTS
from tests.plugin.conftest import CoffeeShop

REQUIRED = {"id", "name", "version", "permissions", "appUrl"}
ALLOWED = {"MANAGE_ORDERS", "MANAGE_PRODUCTS", "MANAGE_USERS", "MANAGE_DISCOUNTS", "MANAGE_CHECKOUTS"}


def _manifest(coffee: CoffeeShop) -> dict[str, Any]:
    answer = coffee.client.get("/api/manifest")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_it_says_what_a_shop_requires_and_asks_for_no_more_than_it_needs(coffee: CoffeeShop) -> None:
    manifest = _manifest(coffee)
    assert manifest.keys() >= REQUIRED
    assert set(manifest["permissions"]) <= ALLOWED
    assert manifest["appUrl"].startswith("http://127.0.0.1:8000/")


def test_what_it_names_is_there(coffee: CoffeeShop) -> None:
    encore = _manifest(coffee)["encore"]
    base = "http://127.0.0.1:8000"
    rules = {rule.rule for rule in create_api(coffee.runtime, coffee.live).url_map.iter_rules()}
    named = [encore["settings"]["api"], encore["events"]["endpoint"], *encore["server"]]
    named += [widget["endpoint"] for widget in encore["widgets"]]
    assert {each.removeprefix(base) for each in named} <= rules
    for address in (encore["openapi"], encore["script"], _manifest(coffee)["dataPrivacyUrl"]):
        assert coffee.client.get(address.removeprefix(base)).status_code == 200
    assert tuple(encore["placements"]) == PLACEMENTS
    assert tuple(encore["events"]["types"]) == TYPES


def test_the_privacy_page_says_what_is_kept(coffee: CoffeeShop) -> None:
    page = coffee.client.get("/privacy")
    assert "keyed hash of the mail address" in page.text
    assert "script" not in page.headers["Content-Security-Policy"]
