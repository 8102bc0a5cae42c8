"""Saleor's GraphQL API, read oldest change first; vouchers made and removed, its webhook looked after.

Written from docs.saleor.io/api-reference (read November 2026). Not tried on a live shop.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from plugin.errors import Refusal
from plugin.platforms.asking import Asking, ask, beginning, onwards, posted

PER_PAGE = 50
_CHANNEL = "query($slug: String) { channel(slug: $slug) { id } }"
_CREATE = (
    "mutation($input: VoucherInput!) { voucherCreate(input: $input)"
    " { voucher { id } errors { code message } } }"
)
_LIST = (
    "mutation($id: ID!, $input: VoucherChannelListingInput!)"
    " { voucherChannelListingUpdate(id: $id, input: $input) { errors { code message } } }"
)
_DELETE = "mutation($id: ID!) { voucherDelete(id: $id) { errors { code message } } }"
_STILL_THERE = (
    "query($ids: [ID!], $first: Int) { products(first: $first, filter: { ids: $ids })"
    " { edges { node { id } } } }"
)
_WEBHOOKS = "{ app { webhooks { id targetUrl isActive subscriptionQuery asyncEvents { eventType } } } }"
_NEW_WEBHOOK = (
    "mutation($input: WebhookCreateInput!) { webhookCreate(input: $input) { errors { code message } } }"
)
_WEBHOOK = (
    "mutation($id: ID!, $input: WebhookUpdateInput!)"
    " { webhookUpdate(id: $id, input: $input) { errors { code message } } }"
)
_NO_WEBHOOK = "mutation($id: ID!) { webhookDelete(id: $id) { errors { code message } } }"


def page(
    noun: str, fragment: str, place: Mapping[str, Any] | None, asking: Asking
) -> tuple[list[dict[str, Any]], dict[str, Any], bool, int | None]:
    """What the next request brings: nodes, the place after it, whether it was the last, how many are left."""
    here = beginning(place)
    found = _connection(noun, fragment, here, asking)
    nodes = [each["node"] for each in found["edges"]]
    further = onwards(here, [each.get("updatedAt") for each in nodes], found["pageInfo"]["endCursor"])
    return nodes, further, not found["pageInfo"]["hasNextPage"], found.get("totalCount")


def _connection(noun: str, fragment: str, here: Mapping[str, Any], asking: Asking) -> dict[str, Any]:
    """What its API has of `noun` that changed since, oldest change first, a page of it."""
    name = "Order" if noun == "orders" else "Product"
    query = (
        f"query($first: Int, $after: String, $since: DateTime) {{ {noun}(first: $first, after: $after,"
        " filter: { updatedAt: { gte: $since } }, sortBy: { field: LAST_MODIFIED_AT, direction: ASC })"
        f" {{ totalCount edges {{ node {{ ...{name} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        f"{fragment}"
    )
    variables = {"first": PER_PAGE, "after": here["cursor"], "since": here["after"]}
    found: dict[str, Any] = graphql(query, variables, asking)[noun]
    return found


def still_there(product_ids: Sequence[str], asking: Asking) -> set[str]:
    """Which of these products there are."""
    variables = {"ids": list(product_ids), "first": len(product_ids)}
    edges = graphql(_STILL_THERE, variables, asking)["products"]["edges"]
    return {str(each["node"]["id"]) for each in edges}


def graphql(query: str, variables: Mapping[str, Any], asking: Asking) -> dict[str, Any]:
    """The data that its API answers with; `Refusal("platform_refused")` for errors."""
    headers = {"Authorization": f"Bearer {asking.connected.token or ''}"}
    message = posted(asking.connected.address or "", {"query": query, "variables": variables}, headers)
    told, _ = ask("Saleor", message, asking)
    errors = told.get("errors") or [] if isinstance(told, dict) else [{"message": "no object"}]
    if errors or not isinstance(told.get("data"), dict):
        why = str(errors[0].get("message"))[:200] if errors else "no data"
        raise Refusal("platform_refused", f"Saleor's API answers: {why}")
    data: dict[str, Any] = told["data"]
    return data


def is_let_in(asking: Asking) -> bool:
    """Whether the instance knows the token as one of its apps'."""
    return bool(graphql("{ app { id } }", {}, asking).get("app"))


def remove_webhooks(delivers_to: str, asking: Asking) -> None:
    """Remove those of the app's that deliver there. In the midst of a delivery Saleor only switches one off,
    and says so: then it is asked again."""
    for each in _webhooks(delivers_to, asking):
        _gone(graphql(_NO_WEBHOOK, {"id": each["id"]}, asking)["webhookDelete"])


def _webhooks(delivers_to: str, asking: Asking) -> list[dict[str, Any]]:
    """Those of the app's that deliver there."""
    app: dict[str, Any] | None = graphql(_WEBHOOKS, {}, asking)["app"]
    if app is None:
        raise Refusal(
            "platform_refused",
            "Saleor does not know the app's token, or the app is switched off: switch it on in Saleor's"
            " dashboard under Extensions, or install it again.",
        )
    return [each for each in app["webhooks"] or () if each["targetUrl"] == delivers_to]


def mend_webhooks(wanted: Mapping[str, Any], asking: Asking) -> int:
    """Switch on those of the app's webhooks that deliver where the wanted one does, have them send what it
    sends, and make it if there is none; gives how many were mended. An app may do that with its own."""
    ours = _webhooks(wanted["targetUrl"], asking)
    changes = [(each["id"], change) for each in ours if (change := _mended(each, wanted))]
    for id_, change in changes:
        _done(graphql(_WEBHOOK, {"id": id_, "input": change}, asking)["webhookUpdate"])
    if ours:
        return len(changes)
    _done(graphql(_NEW_WEBHOOK, {"input": wanted}, asking)["webhookCreate"])
    return 1


def _mended(webhook: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What must be changed about a webhook that delivers to us. An update without events keeps them."""
    change: dict[str, Any] = {} if webhook["isActive"] else {"isActive": True}
    events = {each["eventType"] for each in webhook["asyncEvents"]}
    is_same = (webhook["subscriptionQuery"] or "").split() == wanted["query"].split()
    if not is_same or not events.issuperset(wanted["asyncEvents"]):
        change |= {"asyncEvents": wanted["asyncEvents"], "query": wanted["query"]}
    return change


def make_coupon(fields: Mapping[str, Any], listed: Mapping[str, Any], asking: Asking) -> str:
    """The new voucher's id; `listed`: what it gives, and from what cart on, in the connected channel."""
    slug = asking.connected.account_id
    channel = graphql(_CHANNEL, {"slug": slug}, asking)["channel"] if slug else None
    if channel is None:
        raise Refusal("not_connected", "Vouchers need the channel that is to have them.")
    voucher_id = str(_done(graphql(_CREATE, {"input": fields}, asking)["voucherCreate"])["voucher"]["id"])
    listing = {"id": voucher_id, "input": {"addChannels": [{"channelId": channel["id"], **listed}]}}
    try:
        _done(graphql(_LIST, listing, asking)["voucherChannelListingUpdate"])
    except Refusal:  # without its channel nobody can use it, and nobody would ever remove it
        with suppress(Refusal):
            remove_coupon(voucher_id, asking)
        raise
    return voucher_id


def remove_coupon(coupon_id: str, asking: Asking) -> None:
    """Remove a voucher with its code; one that is gone already is no error."""
    _gone(graphql(_DELETE, {"id": coupon_id}, asking)["voucherDelete"])


def _gone(told: Mapping[str, Any]) -> None:
    if any(each.get("code") != "NOT_FOUND" for each in told.get("errors") or []):
        _done(told)


def _done(told: Mapping[str, Any]) -> Mapping[str, Any]:
    if told.get("errors"):
        why = str(told["errors"][0].get("message"))[:200]
        raise Refusal("platform_refused", f"Saleor's API answers: {why}")
    return told
