"""The manifest is true: what it names is served, and it keeps to what a shop accepts of an app's manifest."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    InlineFragmentNode,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from plugin.app import create_api
from plugin.platforms.installing import ticket
from plugin.platforms.saleor import ORDER, PRODUCT, QUERY
from plugin.schemas.event import TYPES
from plugin.schemas.settings import PLACEMENTS
from tests.plugin.conftest import CoffeeShop

# What Saleor looks at in an app's manifest: saleor/app/manifest_schema.py and manifest_validations.py in its
# repository, and docs.saleor.io (developer/extending/apps/architecture/manifest), read in November 2026.
REQUIRED = {"id": str, "version": str, "name": str, "tokenTargetUrl": str}
OPTIONAL = {
    **dict.fromkeys(("about", "author", "audience", "requiredSaleorVersion"), str),
    **dict.fromkeys(("permissions", "webhooks", "extensions"), list),
    **dict.fromkeys(("brand", "encore"), dict),
}
ADDRESSES = {
    *("appUrl", "configurationUrl", "tokenTargetUrl", "dataPrivacyUrl", "homepageUrl", "supportUrl"),
}
WEBHOOK = {"name": str, "targetUrl": str, "query": str, "isActive": bool, "asyncEvents": list}
PERMISSION_OF = {
    **dict.fromkeys(("ORDER",), "MANAGE_ORDERS"),
    **dict.fromkeys(("PRODUCT",), "MANAGE_PRODUCTS"),
    **dict.fromkeys(("CUSTOMER",), "MANAGE_USERS"),
}
"""What an app must be let do to be told of an event; of itself (APP_DELETED) it is told without."""
ALLOWED = {*PERMISSION_OF.values(), "MANAGE_DISCOUNTS", "MANAGE_CHECKOUTS"}
SALEOR = build_schema(Path(__file__).with_name("saleor.graphql").read_text())


def _manifest(coffee: CoffeeShop, **asked: str) -> dict[str, Any]:
    answer = coffee.client.get("/api/manifest", query_string=asked)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture
def installable(coffee: CoffeeShop) -> dict[str, Any]:
    """As a Saleor instance is told it."""
    return _manifest(coffee, install=ticket(coffee.runtime, coffee.shop_id, "saleor", datetime.now(UTC)))


def test_saleor_takes_its_fields(installable: dict[str, Any]) -> None:
    known = {**REQUIRED, **OPTIONAL, **dict.fromkeys(ADDRESSES, str)}
    assert installable.keys() >= REQUIRED.keys()
    assert installable.keys() <= known.keys()
    assert [name for name in installable if not isinstance(installable[name], known[name])] == []
    assert [name for name in REQUIRED if not installable[name].strip()] == []
    assert installable["author"].strip()  # where there is one it is not empty
    for name in ADDRESSES & installable.keys():
        parts = urlsplit(installable[name])
        assert parts.scheme in ("http", "https"), name
        assert parts.netloc == "127.0.0.1:8000", name
    assert re.fullmatch(r"[a-z]+(\.[a-z]+)+", installable["id"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", installable["version"])
    needed = re.fullmatch(r">=(\d+)\.(\d+)\.(\d+) <4", installable["requiredSaleorVersion"])
    assert needed is not None
    # CustomerDeleted, and AppDeleted for the app itself, came in that release; older ones refuse the query.
    assert tuple(map(int, needed.groups())) >= (3, 23, 5)


def test_it_may_do_what_it_needs_and_no_more(installable: dict[str, Any]) -> None:
    may = installable["permissions"]
    assert len(set(may)) == len(may)
    assert set(may) <= ALLOWED
    for webhook in installable["webhooks"]:
        for event in webhook["asyncEvents"]:
            needed = PERMISSION_OF.get(event.partition("_")[0])
            assert needed in may or event == "APP_DELETED", event
    for extension in installable["extensions"]:
        assert extension.keys() >= {"label", "mount", "url"}
        assert set(extension.get("permissions", [])) <= set(may)
        assert not (extension.get("target") == "APP_PAGE" and "://" in extension["url"])


def test_saleor_takes_its_webhook_and_the_query_asks_for_what_saleor_has(installable: dict[str, Any]) -> None:
    (webhook,) = installable["webhooks"]
    assert {name: type(value) for name, value in webhook.items()} == WEBHOOK
    assert urlsplit(webhook["targetUrl"]).scheme in ("http", "https")
    document = parse(webhook["query"])
    assert validate(SALEOR, document) == []
    (subscription,) = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    assert subscription.operation.value == "subscription"
    (event,) = [each for each in subscription.selection_set.selections if isinstance(each, FieldNode)]
    assert event.name.value == "event"
    assert event.selection_set is not None
    parts = [each for each in event.selection_set.selections if isinstance(each, InlineFragmentNode)]
    asked = [re.sub(r"(?<!^)(?=[A-Z])", "_", each.type_condition.name.value).upper() for each in parts]
    assert sorted(asked) == sorted(webhook["asyncEvents"])
    assert sorted(asked) == sorted(re.sub(r"(?<!^)(?=[A-Z])", "_", each).upper() for each in _events())


def _events() -> list[str]:
    """Every event that Saleor's schema, as it is kept here, has."""
    event = SALEOR.type_map["Event"]
    assert isinstance(event, GraphQLInterfaceType)
    return [each.name for each in SALEOR.get_possible_types(event)]


def test_what_history_and_coupons_ask_of_saleor_is_one_fragment_with_its_webhook() -> None:
    for fragment, of in ((ORDER, "Order"), (PRODUCT, "Product")):
        (node,) = parse(fragment).definitions
        assert isinstance(node, FragmentDefinitionNode)
        assert node.type_condition.name.value == of
        assert fragment in QUERY


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
