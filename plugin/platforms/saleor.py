"""Saleor: its webhooks (subscription payloads of `QUERY`), and its names for orders and products.

Measured on Saleor 3.24: the signature's header, its key and the event's name; read besides in November 2026:
docs.saleor.io/developer/extending/webhooks/payload-signature. Deliveries were not tried on a live shop.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from jwt import InvalidTokenError, PyJWKSet, PyJWTError
from jwt.api_jws import PyJWS

from plugin.errors import Refusal
from plugin.money import as_minor
from plugin.outbound import WayOut
from plugin.platforms import saleor_api
from plugin.platforms.asking import Asking
from plugin.platforms.platform import (
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
    spelled,
    text,
    wrong_signature,
)
from plugin.store.connected_platforms import ConnectedPlatform

EVENTS = {
    "order": ("OrderCreated", "OrderUpdated", "OrderFullyPaid", "OrderCancelled", "OrderRefunded"),
    "product": ("ProductCreated", "ProductUpdated"),
    "productVariant": (
        *("ProductVariantUpdated", "ProductVariantOutOfStock"),
        *("ProductVariantBackInStock", "ProductVariantStockUpdated"),
    ),
}
_LEFT = "AppDeleted"
"""Told from 3.23.5 on to the app that was deleted, and to no other."""
_GONE = {"OrderDeleted": "order", "ProductDeleted": "product", "CustomerDeleted": "user"}
_FIELDS = {
    "order": "...Order",
    "product": "...Product",
    "productVariant": "product { ...Product }",
}
ORDER = """
fragment Order on Order {
  id created updatedAt status paymentStatus userEmail voucherCode user { id }
  visitor: metafield(key: "encore_visitor")
  shippingPrice { gross { amount } } total { gross { currency } }
  lines {
    id productName productSku productVariantId quantity variant { id product { id } }
    undiscountedUnitPrice { gross { amount } } totalPrice { gross { amount } tax { amount } }
  }
  fulfillments { status lines { id quantity orderLine { id } } }
}
"""
PRODUCT = """
fragment Product on Product {
  id name updatedAt thumbnail { url } category { name }
  channelListings { isPublished channel { slug currencyCode } }
  variants {
    id name trackInventory stocks { quantity quantityAllocated }
    channelListings { channel { slug } price { amount } costPrice { amount } }
  }
}
"""
ASYNC_EVENTS = tuple(
    re.sub(r"(?<!^)(?=[A-Z])", "_", event).upper()
    for event in (*(each for of_it in EVENTS.values() for each in of_it), *_GONE, _LEFT)
)
"""The same as a manifest names them: ORDER_CREATED."""
QUERY = "".join(
    [
        "subscription { event { __typename issuedAt\n",
        *(
            f"  ... on {event} {{ {name} {{ {_FIELDS[name]} }} }}\n"
            for name, of_it in EVENTS.items()
            for event in of_it
        ),
        *(f"  ... on {event} {{ {name} {{ id }} }}\n" for event, name in _GONE.items()),
        f"  ... on {_LEFT} {{ app {{ id }} recipient {{ id }} }}\n",
        "} }",
        ORDER,
        PRODUCT,
    ]
)
"""What a webhook of Encore asks Saleor to send."""
_STATUS = {
    "FULFILLED": "fulfilled",
    "CANCELED": "cancelled",
    "EXPIRED": "cancelled",
    "RETURNED": "refunded",
}
_PAID = ("FULLY_CHARGED", "PARTIALLY_CHARGED", "PARTIALLY_REFUNDED")
_GIVEN_BACK = ("REFUNDED", "RETURNED", "REFUNDED_AND_RETURNED")


def webhook(delivers_to: str) -> dict[str, Any]:
    """Encore's webhook, as a manifest and the API take it."""
    told = {"name": "Encore", "asyncEvents": list(ASYNC_EVENTS), "query": QUERY}
    return {**told, "targetUrl": delivers_to, "isActive": True}


class Saleor(Platform):
    """`address` is that of its API (`https://….saleor.cloud/graphql/`), `account_id` the channel to read."""

    name: ClassVar[str] = "saleor"
    makes_coupons: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("address",)
    coupons_need: ClassVar[tuple[str, ...]] = ("account_id", "token")

    def keys_address(self, connected: ConnectedPlatform) -> str | None:
        """The well-known place of its keys."""
        if not connected.address:
            return None
        parts = urlsplit(connected.address)
        return f"{parts.scheme}://{parts.netloc}/.well-known/jwks.json"

    def verify(self, sent: Sent, connected: ConnectedPlatform, now: datetime) -> None:
        """A detached JWS, RS256, over the body, by one of the instance's own keys."""
        given = sent.headers.get("saleor-signature")
        if not given:
            raise Refusal("signature_missing", "A delivery must be signed; this one has no signature.")
        try:
            key_id = PyJWS().get_unverified_header(given).get("kid")
            keys = {each.key_id: each for each in PyJWKSet.from_dict(dict(connected.keys or {})).keys}
            PyJWS().decode_complete(given, keys[key_id].key, ["RS256"], detached_payload=sent.body)
        except (PyJWTError, InvalidTokenError, KeyError, TypeError, ValueError):
            raise wrong_signature() from None

    def identify(self, sent: Sent) -> tuple[str, str]:
        """Saleor gives a delivery no id; each event's body has its own time, a second try the same."""
        return fingerprint(sent.body), sent.headers.get("saleor-event", "")

    def changes(self, kept: Kept, connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
        """What the event in the body is about; the header that names it is not signed."""
        value = as_object(kept.body)
        require(value, "__typename")
        event = value["__typename"]
        if event in _GONE:
            require(value, _GONE[event])
            return [_gone(_GONE[event], str(value[_GONE[event]]["id"]), kept.received_at)]
        if event == _LEFT:
            return _left(value, Asking(connected, way_out, kept.received_at))
        about = next((name for name, of_it in EVENTS.items() if event in of_it), None)
        if about is None:
            return []
        require(value, about)
        if about == "order":
            return [Change("orders", value["order"]["id"], order_of(value["order"]))]
        product = value["product"] if about == "product" else value["productVariant"]["product"]
        return [Change("products", product["id"], product_of(product, connected))]

    def reads(self, connected: ConnectedPlatform) -> tuple[str, ...]:
        """All and its webhooks, once the app's token is told."""
        return ("webhooks", "products", "orders", "gone") if connected.token else ()

    def page(self, noun: str, place: Mapping[str, Any] | None, asking: Asking) -> Page:
        """The next fifty that changed, as webhooks tell them."""
        fragment = ORDER if noun == "orders" else PRODUCT
        nodes, further, is_last, left = saleor_api.page(noun, fragment, place, asking)
        changes, odd = spelled(nodes, lambda each: [_read(noun, each, asking.connected)])
        return Page(changes, further, is_last, left, unreadable=odd)

    def still_there(self, product_ids: Sequence[str], asking: Asking) -> set[str]:
        """An app that may see products sees them in every channel, published or not."""
        return saleor_api.still_there(product_ids, asking)

    def mend_webhooks(self, delivers_to: str, heard_at: datetime, asking: Asking) -> int:
        """An app may look after its own; Saleor's staff switch one off, or its events were fewer once."""
        return saleor_api.mend_webhooks(webhook(delivers_to), asking)

    def removes_webhooks(self, connected: ConnectedPlatform) -> bool:
        """Where its API is asked."""
        return bool(connected.token)

    def remove_webhooks(self, delivers_to: str, asking: Asking) -> None:
        """All of them, an app may do that with its own."""
        saleor_api.remove_webhooks(delivers_to, asking)

    def make_coupon(self, coupon: Coupon, asking: Asking) -> str:
        """A voucher with one code, in the connected channel; without one none can be made."""
        off = coupon.off_amount
        if coupon.off_share is not None or coupon.is_shipping:
            off = str((coupon.off_share or 1) * 100)
        listed = {"discountValue": off, "minAmountSpent": coupon.from_amount}
        return saleor_api.make_coupon(voucher_fields(coupon), listed, asking)

    def remove_coupon(self, coupon_id: str, asking: Asking) -> None:
        """The voucher with its code."""
        saleor_api.remove_coupon(coupon_id, asking)


def _read(noun: str, node: Mapping[str, Any], connected: ConnectedPlatform) -> Change:
    row = order_of(node) if noun == "orders" else product_of(node, connected)
    return Change(noun, node["id"], row)


def voucher_fields(coupon: Coupon) -> dict[str, Any]:
    """A coupon as its API takes it (`VoucherInput`). Saleor has one voucher a checkout."""
    is_share = coupon.off_share is not None or coupon.is_shipping
    return {
        "name": coupon.title,
        "type": "SHIPPING" if coupon.is_shipping else "ENTIRE_ORDER",
        "discountValueType": "PERCENTAGE" if is_share else "FIXED",
        "addCodes": [coupon.code],
        "singleUse": True,
        "usageLimit": 1,
        "startDate": coupon.starts_at.isoformat(),
        "endDate": coupon.ends_at.isoformat() if coupon.ends_at else None,
    }


def _left(value: Mapping[str, Any], asking: Asking) -> list[Change]:
    """The app was deleted; an event of long ago, sent once more after a new install, is not believed."""
    require(value, "app", "recipient")
    if value["app"]["id"] != value["recipient"]["id"]:
        return []
    if not asking.connected.token:
        raise Refusal(
            "by_hand",
            "Saleor deleted an app whose token is not known here. If all is to go, the operator runs"
            f" `encore shop remove {asking.connected.shop_id}`.",
        )
    return [] if saleor_api.is_let_in(asking) else [Change("shops", asking.connected.shop_id)]


def _gone(about: str, id_: str, at: datetime) -> Change:
    if about == "order":
        return deleted_order(id_, at)
    return Change("products" if about == "product" else "customers", id_)


# -- names ------------------------------------------------------------------------------------------------


def order_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """An order as Encore's own row, in gross prices; what was given back follows as negative lines."""
    currency = value["total"]["gross"]["currency"]
    lines = {line["id"]: _line(line, currency) for line in value["lines"]}
    return {
        "order_id": value["id"],
        "ordered_at": value["created"],
        "updated_at": value.get("updatedAt"),
        "status": _status(value),
        "currency": currency,
        "prices_include_tax": True,
        "customer_id": text((value.get("user") or {}).get("id")),
        "email": value.get("userEmail") or None,
        "visitor_id": text(value.get("visitor")),
        "coupon_codes": [value["voucherCode"]] if value.get("voucherCode") else [],
        "shipping_minor": as_minor(_gross(value.get("shippingPrice")), currency),
        "lines": [*lines.values(), *_returns(value.get("fulfillments") or [], lines)],
    }


def _status(value: Mapping[str, Any]) -> str:
    if value.get("paymentStatus") == "FULLY_REFUNDED":
        return "refunded"
    told = _STATUS.get(str(value.get("status")))
    return told or ("paid" if value.get("paymentStatus") in _PAID else "placed")


def _line(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    variant = line.get("variant") or {}
    price = as_minor(_gross(line.get("undiscountedUnitPrice")), currency)
    total = as_minor(_gross(line.get("totalPrice")), currency)
    discount = price * line["quantity"] - total if price is not None and total is not None else None
    product_id = (variant.get("product") or {}).get("id") or line.get("productSku") or line.get("productName")
    return {
        "line_id": line["id"],
        "product_id": str(product_id or "")[:200],
        "variant_id": variant.get("id") or line.get("productVariantId"),
        "quantity": line["quantity"],
        "unit_price_minor": price,
        "discount_minor": discount,
        "tax_minor": as_minor(((line.get("totalPrice") or {}).get("tax") or {}).get("amount"), currency),
    }


def _returns(
    fulfillments: Iterable[Mapping[str, Any]], lines: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    given_back = [line for each in fulfillments if each["status"] in _GIVEN_BACK for line in each["lines"]]
    return [_return(each, lines[each["orderLine"]["id"]]) for each in given_back]


def _return(given_back: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    share = -given_back["quantity"] / line["quantity"] if line["quantity"] else 0
    parts = {
        name: None if line[name] is None else round(line[name] * share)
        for name in ("discount_minor", "tax_minor")
    }
    return {**line, **parts, "line_id": f"return-{given_back['id']}", "quantity": -given_back["quantity"]}


def product_of(value: Mapping[str, Any], connected: ConnectedPlatform) -> dict[str, Any]:
    """A product as Encore's own row, as one channel sells it: the named one, or one in its currency."""
    listings = value.get("channelListings") or []
    channel = connected.account_id or next(
        (
            each["channel"]["slug"]
            for each in listings
            if each["channel"]["currencyCode"] == connected.currency
        ),
        None,
    )
    row = {
        "product_id": value["id"],
        "title": value["name"],
        "image_url": (value.get("thumbnail") or {}).get("url"),
        "visible": any(each["isPublished"] for each in listings if each["channel"]["slug"] == channel),
        "updated_at": value.get("updatedAt"),
        "variants": [_variant(each, channel, connected.currency) for each in value.get("variants") or []],
    }
    if value.get("category"):
        row["categories"] = [value["category"]["name"]]
    return row


def _variant(variant: Mapping[str, Any], channel: str | None, currency: str) -> dict[str, Any]:
    sold = [each for each in variant.get("channelListings") or [] if each["channel"]["slug"] == channel]
    price, cost = (
        (sold[0].get(name) or {}).get("amount") if sold else None for name in ("price", "costPrice")
    )
    left = sum(each["quantity"] - each.get("quantityAllocated", 0) for each in variant.get("stocks") or [])
    row = {
        "variant_id": variant["id"],
        "title": variant.get("name"),
        "price_minor": as_minor(price, currency),
        "stock": left if variant.get("trackInventory", True) else None,
    }
    if cost is not None:
        row["cost_minor"] = as_minor(cost, currency)
    return row


def _gross(price: Mapping[str, Any] | None) -> Any:
    return ((price or {}).get("gross") or {}).get("amount")
