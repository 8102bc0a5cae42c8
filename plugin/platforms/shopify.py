"""Shopify: its webhooks, and its names for orders and products (REST form, as webhooks send them).

Read November 2026: shopify.dev/docs/api/webhooks, /docs/apps/build/webhooks/ignore-duplicates and
/docs/apps/build/privacy-law-compliance. Not tried on a live shop.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from plugin.errors import Refusal
from plugin.money import as_minor
from plugin.outbound import WayOut
from plugin.platforms import shopify_api
from plugin.platforms.asking import Asking
from plugin.platforms.platform import (
    VISITOR,
    Change,
    Coupon,
    Kept,
    Page,
    Platform,
    Sent,
    as_object,
    deleted_order,
    fingerprint,
    require,
    require_shop,
    spelled,
    text,
    told_wrong,
    verify_hmac,
)
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.vault import fingerprint as token_mark

# financial_status -> status; what is partly paid or refunded was bought.
STATUS = {
    "paid": "paid",
    "partially_paid": "paid",
    "partially_refunded": "paid",
    "pending": "placed",
    "authorized": "placed",
    "expired": "cancelled",
    "voided": "cancelled",
    "refunded": "refunded",
}
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", re.ASCII | re.IGNORECASE)
_SHUT_OUT = (401, 402, 404, 423)
"""What its API answers to a token that ended; and to any, where the shop is unpaid, closed or locked."""
_ORDERS = ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")


class Shopify(Platform):
    """The secret is the app's client secret, `account_id` the shop's `….myshopify.com`."""

    name: ClassVar[str] = "shopify"
    makes_coupons: ClassVar[bool] = True
    secret_is_all: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("secret", "account_id")

    def check_account(self, account_id: str) -> None:
        """The domain that each delivery names, which no other domain of the shop's replaces."""
        if not _DOMAIN.fullmatch(account_id):
            raise told_wrong("account_id", "Shopify calls a shop by its domain, such as beans.myshopify.com.")

    def verify(self, sent: Sent, connected: ConnectedPlatform, now: datetime) -> None:
        """Base64 HMAC-SHA256 of the body. Headers are not signed: the shop's name, which must be there, only
        catches mix-ups."""
        verify_hmac(connected.secrets, sent.body, sent.headers.get("x-shopify-hmac-sha256"))
        require_shop(connected, sent.headers.get("x-shopify-shop-domain", ""))

    def identify(self, sent: Sent) -> tuple[str, str]:
        """One event may come by several subscriptions, and be told under several topics."""
        topic = sent.headers.get("x-shopify-topic", "")
        event = sent.headers.get("x-shopify-event-id") or sent.headers.get("x-shopify-webhook-id")
        return f"{topic}:{event or fingerprint(sent.body)}", topic

    def changes(self, kept: Kept, connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
        """Orders, products and erasures; other topics change nothing."""
        about, _, event = kept.topic.partition("/")
        read = _READERS.get((about, event))
        if read is None:
            return []
        changes = read(as_object(kept.body), connected, kept.received_at)
        is_of_token = any(change.noun == "tokens" for change in changes)
        return [] if is_of_token and _is_let_in(connected, way_out) else changes

    def reads(self, connected: ConnectedPlatform) -> tuple[str, ...]:
        """All and its webhooks, once the app's access token is told."""
        return ("webhooks", "products", "orders", "gone") if connected.token else ()

    def page(self, noun: str, place: Mapping[str, Any] | None, asking: Asking) -> Page:
        """The next ten that changed, as a webhook would tell each; products with what they cost."""
        nodes, further, is_last, wait_seconds = shopify_api.page(noun, place, asking)
        read = _order if noun == "orders" else _product
        changes, odd = spelled(
            nodes, lambda each: read(shopify_api.as_webhook(noun, each), asking.connected, asking.now)
        )
        return Page(changes, further, is_last, wait_seconds=wait_seconds, unreadable=odd)

    def still_there(self, product_ids: Sequence[str], asking: Asking) -> set[str]:
        """Drafts and archived ones too."""
        return shopify_api.still_there(product_ids, asking)

    def mend_webhooks(self, delivers_to: str, heard_at: datetime, asking: Asking) -> int:
        """Shopify removes a subscription whose deliveries fail for hours: one that is missing was switched
        off."""
        return shopify_api.mend_webhooks(delivers_to, TOPICS, asking)

    def removes_webhooks(self, connected: ConnectedPlatform) -> bool:
        """Where its API is asked."""
        return bool(connected.token)

    def remove_webhooks(self, delivers_to: str, asking: Asking) -> None:
        """All of them, but for what the app's configuration subscribes to, which no API tells."""
        shopify_api.remove_webhooks(delivers_to, asking)

    def make_coupon(self, coupon: Coupon, asking: Asking) -> str:
        """A discount with one code."""
        return shopify_api.make_coupon(coupon_fields(coupon), coupon.is_shipping, asking)

    def remove_coupon(self, coupon_id: str, asking: Asking) -> None:
        """The discount with its code."""
        shopify_api.remove_coupon(coupon_id, asking)


def _order(value: Mapping[str, Any], _connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    require(value, "id", "line_items", "financial_status")
    if value.get("test"):
        return []
    return [Change("orders", str(value["id"]), order_of(value))]


def _order_gone(value: Mapping[str, Any], _connected: ConnectedPlatform, at: datetime) -> list[Change]:
    return [deleted_order(_bare_id(value), at)]


def _product(value: Mapping[str, Any], connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    require(value, "id", "title", "variants")
    is_part = len(value.get("variant_gids") or ()) > len(value["variants"])  # at most 100 are sent whole
    return [Change("products", str(value["id"]), product_of(value, connected), is_part)]


def _product_gone(value: Mapping[str, Any], _connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    return [Change("products", _bare_id(value))]


def _customer_gone(value: Mapping[str, Any], _connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    require(value, "id")
    if "line_items" in value or "variants" in value:
        raise Refusal("unreadable", "This is not what its topic promises: it is no customer.")
    return [Change("customers", str(value["id"]))]


def _redact(value: Mapping[str, Any], connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    require(value, "customer", "orders_to_redact", "shop_domain")
    require_shop(connected, value["shop_domain"])
    require(value["customer"], "id")
    who, orders = value["customer"], [str(each) for each in value["orders_to_redact"] or ()]
    return [Change("customers", str(who["id"]), email=who.get("email") or None, orders=orders)]


def _data_request(value: Mapping[str, Any], connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    require(value, "customer", "data_request", "shop_domain")
    require_shop(connected, value["shop_domain"])
    require(value["customer"], "id")
    raise Refusal("data_requested", str(value["customer"]["id"]))


def _uninstalled(value: Mapping[str, Any], connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    """Its token is dead. Shopify waits 48 hours for the merchant to come back, then asks for the rest."""
    require(value, "id", "myshopify_domain")
    require_shop(connected, value["myshopify_domain"])
    return [Change("tokens", token_mark(connected.token or ""))]


def _is_let_in(connected: ConnectedPlatform, way_out: WayOut) -> bool:
    """Whether the token opens the shop: it is a new one if the app was installed again before this came."""
    if not connected.token:
        return False
    answer = way_out.send(shopify_api.question("{ shop { id } }", {}, connected))
    if answer.status not in (200, *_SHUT_OUT):
        raise Refusal("platform_refused", f"Shopify's API answers {answer.status}.")
    return answer.status == 200


def _shop_gone(value: Mapping[str, Any], connected: ConnectedPlatform, _at: datetime) -> list[Change]:
    """No other message has these two fields alone: a topic's header is not signed."""
    require(value, "shop_id", "shop_domain")
    if len(value) > 2:
        raise Refusal("unreadable", "This is not what its topic promises: it names more than the shop.")
    require_shop(connected, value["shop_domain"])
    return [Change("shops", connected.shop_id)]


_READERS = {
    **{("orders", event): _order for event in _ORDERS},
    ("orders", "delete"): _order_gone,
    ("products", "create"): _product,
    ("products", "update"): _product,
    ("products", "delete"): _product_gone,
    ("customers", "delete"): _customer_gone,
    ("customers", "redact"): _redact,
    ("customers", "data_request"): _data_request,
    ("app", "uninstalled"): _uninstalled,
    ("shop", "redact"): _shop_gone,
}
_OF_THE_APP = ("customers/redact", "customers/data_request", "shop/redact")
"""Only the app's own configuration subscribes to these."""
TOPICS = tuple(topic for topic in map("/".join, _READERS) if topic not in _OF_THE_APP)
"""What its API is to subscribe to."""


def _bare_id(value: Mapping[str, Any]) -> str:
    """A deletion names an id and no more: whole things under its topic are another delivery's body."""
    require(value, "id")
    if len(value) > 1:
        raise Refusal("unreadable", "This is not what its topic promises: a deletion has an id alone.")
    return str(value["id"])


def coupon_fields(coupon: Coupon) -> dict[str, Any]:
    """A coupon as its API takes it (`DiscountCodeBasicInput`, `DiscountCodeFreeShippingInput`)."""
    together = {"productDiscounts": coupon.stacks, "shippingDiscounts": coupon.stacks}
    fields: dict[str, Any] = {
        "title": coupon.title,
        "code": coupon.code,
        "startsAt": coupon.starts_at.isoformat(),
        "endsAt": coupon.ends_at.isoformat() if coupon.ends_at else None,
        "usageLimit": 1,
        "context": {"all": "ALL"},
    }
    if coupon.from_amount:
        fields["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": coupon.from_amount}}
    if coupon.is_shipping:
        without = {name: also for name, also in together.items() if name != "shippingDiscounts"}
        combined = {**without, "orderDiscounts": coupon.stacks}
        return {**fields, "destination": {"all": True}, "combinesWith": combined}
    off: dict[str, Any] = {"discountAmount": {"amount": coupon.off_amount, "appliesOnEachItem": False}}
    if coupon.off_share is not None:
        off = {"percentage": float(coupon.off_share)}
    gets = {"value": off, "items": {"all": True}}
    return {**fields, "customerGets": gets, "combinesWith": {**together, "orderDiscounts": coupon.stacks}}


# -- names ------------------------------------------------------------------------------------------------


def order_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """An order as Encore's own row; what was given back follows as lines of negative quantity."""
    currency = value.get("currency") or None
    lines = list(value["line_items"])
    customer = value.get("customer") or {}
    notes = {each.get("name"): each.get("value") for each in value.get("note_attributes") or []}
    return {
        "order_id": str(value["id"]),
        "ordered_at": value.get("processed_at") or value.get("created_at"),
        "updated_at": value.get("updated_at"),
        "status": _status(value),
        "currency": currency,
        "prices_include_tax": value.get("taxes_included"),
        "customer_id": text(customer.get("id")),
        "email": value.get("email") or customer.get("email") or None,
        "visitor_id": text(notes.get(VISITOR)),
        "coupon_codes": [str(each["code"]) for each in value.get("discount_codes") or [] if each.get("code")],
        "shipping_minor": as_minor(_shop_money(value.get("total_shipping_price_set")), currency or ""),
        "lines": [_line(each, currency or "") for each in lines] + _returns(value, lines, currency or ""),
    }


def _status(value: Mapping[str, Any]) -> str:
    if value.get("cancelled_at"):
        return "cancelled"
    status = STATUS.get(str(value.get("financial_status")), "placed")
    return "fulfilled" if status == "paid" and value.get("fulfillment_status") == "fulfilled" else status


def _line(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {
        "line_id": text(line.get("id")),
        **_product_names(line),
        "quantity": line.get("quantity"),
        "unit_price_minor": as_minor(line.get("price"), currency),
        "discount_minor": _sum(
            (each.get("amount") for each in line.get("discount_allocations") or []), currency
        ),
        "tax_minor": _sum((each.get("price") for each in line.get("tax_lines") or []), currency),
    }


def _product_names(line: Mapping[str, Any]) -> dict[str, str | None]:
    """A product that was deleted, or never was one, is known by its SKU or its title."""
    product_id = text(line.get("product_id")) or line.get("sku") or line.get("title") or ""
    return {"product_id": str(product_id)[:200], "variant_id": text(line.get("variant_id"))}


def _returns(
    value: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], currency: str
) -> list[dict[str, Any]]:
    known = {line.get("id"): line for line in lines}
    given_back = [
        each for refund in value.get("refunds") or [] for each in refund.get("refund_line_items") or []
    ]
    return [_return(each, known.get(each.get("line_item_id")) or {}, currency) for each in given_back]


def _return(given_back: Mapping[str, Any], line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    line = line or given_back.get("line_item") or {}
    quantity, price = given_back.get("quantity") or 0, as_minor(line.get("price"), currency)
    subtotal, tax = (as_minor(given_back.get(name), currency) for name in ("subtotal", "total_tax"))
    # As of any line, quantity times price less discount is what was paid: here what was paid back, negative.
    discount = subtotal - quantity * price if subtotal is not None and price is not None else None
    return {
        "line_id": f"return-{given_back.get('id')}",
        **_product_names(line),
        "quantity": -quantity,
        "unit_price_minor": price,
        "discount_minor": discount,
        "tax_minor": None if tax is None else -tax,
    }


def product_of(value: Mapping[str, Any], connected: ConnectedPlatform) -> dict[str, Any]:
    """A product as Encore's own row; what it costs the shop only the API tells."""
    image = value.get("image") or next(iter(value.get("images") or []), None) or {}
    row = {
        "product_id": str(value["id"]),
        "title": value["title"],
        "image_url": image.get("src"),
        "categories": [value["product_type"]] if value.get("product_type") else [],
        "tags": [each.strip() for each in str(value.get("tags") or "").split(",") if each.strip()][:100],
        "visible": value.get("status", "active") == "active" and value.get("published_at") is not None,
        "updated_at": value.get("updated_at"),
        "variants": [_variant(each, connected.currency) for each in value["variants"]],
    }
    if connected.account_id and value.get("handle"):
        row["url"] = f"https://{connected.account_id}/products/{value['handle']}"
    return row


def _variant(variant: Mapping[str, Any], currency: str) -> dict[str, Any]:
    title = variant.get("title")
    is_counted = variant.get("inventory_management") and variant.get("inventory_policy") != "continue"
    cost = {"cost_minor": as_minor(variant["cost"], currency)} if variant.get("cost") is not None else {}
    return {
        "variant_id": str(variant["id"]),
        "title": None if title == "Default Title" else title,
        "price_minor": as_minor(variant.get("price"), currency),
        "stock": variant.get("inventory_quantity") if is_counted else None,
        **cost,
    }


def _shop_money(both: Mapping[str, Any] | None) -> Any:
    return ((both or {}).get("shop_money") or {}).get("amount")


def _sum(amounts: Iterable[Any], currency: str) -> int | None:
    known = [as_minor(each, currency) for each in amounts]
    return sum(each for each in known if each is not None)
