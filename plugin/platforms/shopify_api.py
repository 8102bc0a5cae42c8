"""Shopify's GraphQL Admin API, read oldest change first, and what it tells as webhooks tell it.

Written from shopify.dev/docs/api/admin-graphql (version 2026-07, read November 2026). Not tried on a live
shop.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from plugin.errors import Refusal
from plugin.outbound import Message
from plugin.platforms.asking import Asking, Patience, TooSoon, ask, beginning, onwards, posted
from plugin.store.connected_platforms import ConnectedPlatform

VERSION = "2026-07"
"""Answered until 16 July 2027 at the least; a later question is answered by the oldest version that stands
then (shopify.dev/docs/api/usage/versioning)."""
PER_PAGE = (10, 5, 2, 1)
"""As many as one question may cost, 1,000 points: fewer where it is told that more cost too much."""
PARTS_PER_PAGE = 50
_FEW_REFUNDS = 3
_LINES = """nodes { id title sku quantity product { legacyResourceId } variant { legacyResourceId }
  originalUnitPriceSet { shopMoney { amount } }
  discountAllocations { allocatedAmountSet { shopMoney { amount } } }
  taxLines { priceSet { shopMoney { amount } } } } pageInfo { hasNextPage endCursor }"""
_VARIANTS = """nodes { legacyResourceId title price inventoryQuantity inventoryPolicy
  inventoryItem { tracked unitCost { amount } } } pageInfo { hasNextPage endCursor }"""
_REFUND_LINES = """nodes { id quantity lineItem { id } subtotalSet { shopMoney { amount } }
  totalTaxSet { shopMoney { amount } } } pageInfo { hasNextPage endCursor }"""
_ALL_REFUNDS = "query($id: ID!) { node(id: $id) { ... on Order { refunds { id } } } }"
_STILL_THERE = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { legacyResourceId } } }"
_SUBSCRIBED = """query($after: String) { webhookSubscriptions(first: 50, after: $after) {
  nodes { id topic uri } pageInfo { hasNextPage endCursor } } }"""
_SUBSCRIBE = """mutation($topic: WebhookSubscriptionTopic!, $to: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $to) { userErrors { message } } }"""
_UNSUBSCRIBE = "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }"
_PARTS = {"orders": ("Order", "lineItems", _LINES), "products": ("Product", "variants", _VARIANTS)}
_FIELDS = {
    "orders": f"""id legacyResourceId processedAt createdAt updatedAt cancelledAt test email
      displayFinancialStatus displayFulfillmentStatus currencyCode taxesIncluded discountCodes
      customer {{ legacyResourceId }} customAttributes {{ key value }}
      totalShippingPriceSet {{ shopMoney {{ amount }} }}
      refunds(first: {_FEW_REFUNDS}) {{ id refundLineItems(first: 10) {{ {_REFUND_LINES} }} }}""",
    "products": """id legacyResourceId title handle productType tags status publishedAt updatedAt
      featuredMedia { preview { image { url } } }""",
}


def page(
    noun: str, place: Mapping[str, Any] | None, asking: Asking
) -> tuple[list[dict[str, Any]], dict[str, Any], bool, float]:
    """What the next request brings: whole nodes, the place after it, whether it was the last, and for how
    many seconds to leave the API alone.

    Fewer than a page where the parts of one thing emptied the bucket: what is read is kept before more is
    asked for, so that many large orders in a row are read as well.
    """
    here = beginning(place)
    _, part, fields = _PARTS[noun]
    query = (
        f"query($first: Int!, $after: String, $query: String) {{ {noun}(first: $first, after: $after,"
        f" query: $query, sortKey: UPDATED_AT) {{ edges {{ cursor node {{ {_FIELDS[noun]}"
        f" {part}(first: 30) {{ {fields} }} }} }}"
        " pageInfo { hasNextPage endCursor } } }"
    )
    variables = {"after": here["cursor"], "query": f"updated_at:>'{here['after']}'"}
    data, wait_seconds = _as_many_as_may_be(query, variables, asking)
    edges, info = data[noun]["edges"], data[noun]["pageInfo"]
    whole = _completed(noun, edges, asking)
    nodes = [each["node"] for each in edges[:whole]]
    if whole < len(edges):
        further, has_more = {**here, "cursor": edges[whole - 1]["cursor"]}, True
    else:
        further = onwards(here, [each.get("updatedAt") for each in nodes], info["endCursor"])
        has_more = info["hasNextPage"]
    return nodes, further, not has_more, wait_seconds


def still_there(product_ids: Sequence[str], asking: Asking) -> set[str]:
    """Which of these products there are: each that is not is null."""
    ids = [f"gid://shopify/Product/{each}" for each in product_ids]
    nodes = _ask_on(_STILL_THERE, {"ids": ids}, Patience("Shopify", asking))["nodes"]
    return {str(each["legacyResourceId"]) for each in nodes if each}


def _as_many_as_may_be(
    query: str, variables: Mapping[str, Any], asking: Asking
) -> tuple[dict[str, Any], float]:
    *most, last = PER_PAGE
    for first in most:
        with suppress(_TooDearError):
            return graphql(query, {**variables, "first": first}, asking)
    return graphql(query, {**variables, "first": last}, asking)


class _TooDearError(Refusal):
    """One question costs more than any may."""

    def __init__(self) -> None:
        super().__init__("platform_refused", "Shopify's API answers that the question costs too much.")


def question(query: str, variables: Mapping[str, Any], connected: ConnectedPlatform) -> Message:
    """A query as its API is asked it."""
    base = (connected.address or f"https://{connected.account_id}").rstrip("/")
    return posted(
        f"{base}/admin/api/{VERSION}/graphql.json",
        {"query": query, "variables": variables},
        {"X-Shopify-Access-Token": connected.token or ""},
    )


def graphql(query: str, variables: Mapping[str, Any], asking: Asking) -> tuple[dict[str, Any], float]:
    """The data, and how many seconds it takes until as much may be asked again.

    `TooSoon` if it was too much at once; `Refusal("platform_refused")` for errors.
    """
    told, _ = ask("Shopify", question(query, variables, asking.connected), asking)
    if not isinstance(told, dict):
        raise Refusal("platform_refused", "Shopify's API answers with something that is no object.")
    wait_seconds = _wait(told)
    errors = [each for each in told.get("errors") or [] if not _is_of_address(each)]
    codes = {(each.get("extensions") or {}).get("code") for each in errors}
    if "THROTTLED" in codes:
        raise TooSoon("Shopify", wait_seconds)
    if "MAX_COST_EXCEEDED" in codes:
        raise _TooDearError
    if errors or not isinstance(told.get("data"), dict):
        why = str(errors[0].get("message"))[:200] if errors else "no data"
        raise Refusal("platform_refused", f"Shopify's API answers: {why}")
    return told["data"], wait_seconds


def _is_of_address(error: Mapping[str, Any]) -> bool:
    """Whether it says no more than that a mail address may not be seen, which on some plans no app may that
    was made in the shop's admin (shopify.dev/docs/apps/launch/protected-customer-data): it is null then."""
    return bool((error.get("path") or [None])[-1] == "email")


def mend_webhooks(delivers_to: str, topics: Sequence[str], asking: Asking) -> int:
    """Subscribe to those of `topics` that are not sent there; gives how many.

    What the app's configuration subscribes to is not told by its API: it comes twice then, as one event.
    """
    patience = Patience("Shopify", asking)
    known = {each["topic"] for each in _subscribed(delivers_to, patience)}
    missing = [topic for topic in topics if _in_capitals(topic) not in known]
    refused = {topic: why for topic in missing if (why := _refused(topic, delivers_to, patience))}
    if refused:
        why = next(iter(refused.values()))
        raise Refusal("platform_refused", f"{', '.join(refused)} cannot be subscribed to: {why}")
    return len(missing)


def remove_webhooks(delivers_to: str, asking: Asking) -> None:
    """Unsubscribe from all that is sent there; one that is gone meanwhile is not told the next time."""
    patience = Patience("Shopify", asking)
    for each in _subscribed(delivers_to, patience):
        _done(_ask_on(_UNSUBSCRIBE, {"id": each["id"]}, patience)["webhookSubscriptionDelete"])


def _subscribed(delivers_to: str, patience: Patience) -> list[Mapping[str, Any]]:
    """What this app was subscribed to by the API, and that is sent there: `id` and `topic`."""
    found: list[Mapping[str, Any]] = []
    info: Mapping[str, Any] = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        told = _ask_on(_SUBSCRIBED, {"after": info["endCursor"]}, patience)["webhookSubscriptions"]
        found += [each for each in told["nodes"] if each["uri"] == delivers_to]
        info = told["pageInfo"]
    return found


def _refused(topic: str, delivers_to: str, patience: Patience) -> str | None:
    """Why the topic could not be subscribed to, a scope that is missing say: it holds up no other."""
    variables = {"topic": _in_capitals(topic), "to": {"uri": delivers_to}}
    try:
        _done(_ask_on(_SUBSCRIBE, variables, patience)["webhookSubscriptionCreate"])
    except Refusal as refusal:
        if refusal.reason != "platform_refused":
            raise
        return refusal.message
    return None


def _in_capitals(topic: str) -> str:
    """`orders/create` as its API names it, ORDERS_CREATE."""
    return topic.replace("/", "_").upper()


def make_coupon(fields: Mapping[str, Any], is_shipping: bool, asking: Asking) -> str:
    """The new discount's id."""
    kind = "FreeShipping" if is_shipping else "Basic"
    name, argument = f"discountCode{kind}Create", f"{kind[0].lower()}{kind[1:]}CodeDiscount"
    query = (
        f"mutation($coupon: DiscountCode{kind}Input!) {{ {name}({argument}: $coupon)"
        " { codeDiscountNode { id } userErrors { message } } }"
    )
    return str(_done(graphql(query, {"coupon": fields}, asking)[0][name])["codeDiscountNode"]["id"])


def remove_coupon(coupon_id: str, asking: Asking) -> None:
    """Remove a discount with its code; one that is gone already is no error."""
    query = "mutation($id: ID!) { discountCodeDelete(id: $id) { userErrors { code message } } }"
    told = graphql(query, {"id": coupon_id}, asking)[0]["discountCodeDelete"]
    wrong = told.get("userErrors") or []
    if not all("does not exist" in str(each.get("message")) for each in wrong):
        _done(told)


def _done(told: Mapping[str, Any]) -> Mapping[str, Any]:
    if told.get("userErrors"):
        why = str(told["userErrors"][0].get("message"))[:200]
        raise Refusal("platform_refused", f"Shopify's API answers: {why}")
    return told


def _wait(told: Mapping[str, Any]) -> float:
    """Until the bucket holds what this question cost at the most."""
    cost = (told.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    missing = float(cost.get("requestedQueryCost") or 0) - float(status.get("currentlyAvailable") or 0)
    return max(0.0, missing / float(status.get("restoreRate") or 50)) if status else 0.0


# -- what did not fit -------------------------------------------------------------------------------------


def _ask_on(query: str, variables: Mapping[str, Any], patience: Patience) -> dict[str, Any]:
    """The data; afterwards the bucket holds as much as that cost, for the next question."""
    data, wait_seconds = patience.ask(lambda: graphql(query, variables, patience.asking))
    if wait_seconds and patience.asking.pause is not None:
        patience.wait(wait_seconds)
    return data


def _completed(noun: str, edges: Sequence[Mapping[str, Any]], asking: Asking) -> int:
    """Read what did not fit of each, up to the first that had to be waited for; gives how many are whole."""
    for count, edge in enumerate(edges, 1):
        patience, (kind, part, fields) = Patience("Shopify", asking), _PARTS[noun]
        _read_rest(edge["node"], (kind, part, fields), patience)
        if noun == "orders":
            _read_refunds(edge["node"], patience)
        if patience.pauses:
            return count
    return len(edges)


def _read_rest(node: dict[str, Any], what: tuple[str, str, str], patience: Patience) -> None:
    """Read the rest of one connection of a node."""
    kind, part, fields = what
    query = (
        f"query($id: ID!, $after: String) {{ node(id: $id) {{ ... on {kind}"
        f" {{ {part}(first: {PARTS_PER_PAGE}, after: $after) {{ {fields} }} }} }} }}"
    )
    while node[part]["pageInfo"]["hasNextPage"]:
        variables = {"id": node["id"], "after": node[part]["pageInfo"]["endCursor"]}
        more = _ask_on(query, variables, patience)["node"][part]
        node[part] = {"nodes": node[part]["nodes"] + more["nodes"], "pageInfo": more["pageInfo"]}


def _read_refunds(node: dict[str, Any], patience: Patience) -> None:
    """Refunds are a list without pages: if it may have been cut, all are named, and each is read alone."""
    if len(node["refunds"]) >= _FEW_REFUNDS:
        known = {each["id"] for each in node["refunds"]}
        named = _ask_on(_ALL_REFUNDS, {"id": node["id"]}, patience)["node"]["refunds"]
        node["refunds"] += [_unread(each["id"]) for each in named if each["id"] not in known]
    for each in node["refunds"]:
        _read_rest(each, ("Refund", "refundLineItems", _REFUND_LINES), patience)


def _unread(refund_id: str) -> dict[str, Any]:
    return {
        "id": refund_id,
        "refundLineItems": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}},
    }


# -- as webhooks tell it ----------------------------------------------------------------------------------


def as_webhook(noun: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """A node of `page` as a webhook would tell it."""
    return _order(node) if noun == "orders" else _product(node)


def _order(node: Mapping[str, Any]) -> dict[str, Any]:
    lines = {each["id"]: _line(each) for each in node["lineItems"]["nodes"]}
    given_back = [each for one in node.get("refunds") or [] for each in one["refundLineItems"]["nodes"]]
    return {
        "id": node["legacyResourceId"],
        "processed_at": node.get("processedAt"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "cancelled_at": node.get("cancelledAt"),
        "test": node.get("test"),
        "email": node.get("email"),
        "financial_status": str(node.get("displayFinancialStatus") or "").lower(),
        "fulfillment_status": str(node.get("displayFulfillmentStatus") or "").lower(),
        "currency": node.get("currencyCode"),
        "taxes_included": node.get("taxesIncluded"),
        "customer": {"id": (node.get("customer") or {}).get("legacyResourceId")},
        "note_attributes": [
            {"name": each["key"], "value": each["value"]} for each in node.get("customAttributes") or []
        ],
        "discount_codes": [{"code": each} for each in node.get("discountCodes") or []],
        "total_shipping_price_set": {"shop_money": {"amount": _amount(node.get("totalShippingPriceSet"))}},
        "line_items": list(lines.values()),
        "refunds": [{"refund_line_items": [_given_back(each) for each in given_back]}],
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _number(line["id"]),
        "title": line.get("title"),
        "sku": line.get("sku"),
        "quantity": line.get("quantity"),
        "product_id": (line.get("product") or {}).get("legacyResourceId"),
        "variant_id": (line.get("variant") or {}).get("legacyResourceId"),
        "price": _amount(line.get("originalUnitPriceSet")),
        "discount_allocations": _amounts("amount", "allocatedAmountSet", line.get("discountAllocations")),
        "tax_lines": _amounts("price", "priceSet", line.get("taxLines")),
    }


def _given_back(each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": _number(each.get("id") or each["lineItem"]["id"]),
        "quantity": each.get("quantity"),
        "line_item_id": _number(each["lineItem"]["id"]),
        "subtotal": _amount(each.get("subtotalSet")),
        "total_tax": _amount(each.get("totalTaxSet")),
    }


def _product(node: Mapping[str, Any]) -> dict[str, Any]:
    media = ((node.get("featuredMedia") or {}).get("preview") or {}).get("image") or {}
    return {
        "id": node["legacyResourceId"],
        "title": node["title"],
        "handle": node.get("handle"),
        "product_type": node.get("productType"),
        "tags": ",".join(node.get("tags") or []),
        "status": str(node.get("status") or "active").lower(),
        "published_at": node.get("publishedAt"),
        "updated_at": node.get("updatedAt"),
        "image": {"src": media.get("url")},
        "variants": [_variant(each) for each in node["variants"]["nodes"]],
    }


def _variant(node: Mapping[str, Any]) -> dict[str, Any]:
    item = node.get("inventoryItem") or {}
    return {
        "id": node["legacyResourceId"],
        "title": node.get("title"),
        "price": node.get("price"),
        "inventory_quantity": node.get("inventoryQuantity"),
        "inventory_policy": str(node.get("inventoryPolicy") or "").lower(),
        "inventory_management": "shopify" if item.get("tracked") else None,
        "cost": (item.get("unitCost") or {}).get("amount"),
    }


def _number(global_id: Any) -> str:
    """The number at the end of `gid://shopify/LineItem/1234`, which webhooks call the id."""
    return str(global_id).rpartition("/")[2].partition("?")[0]


def _amounts(name: str, within: str, found: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [{name: _amount(each.get(within))} for each in found or []]


def _amount(both: Mapping[str, Any] | None) -> Any:
    return ((both or {}).get("shopMoney") or {}).get("amount")
