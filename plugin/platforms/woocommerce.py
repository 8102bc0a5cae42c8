"""WooCommerce: its webhooks, and its names for orders and products (REST v3, which webhooks send too).

Signatures, the ping, failures and one order's messages were measured on WooCommerce 11.0.1 (WordPress 7.1);
read besides in November 2026: woocommerce.github.io/woocommerce-rest-api-docs and its class WC_Webhook.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from plugin.money import as_minor
from plugin.outbound import WayOut
from plugin.platforms import woocommerce_api
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
    spelled,
    text,
    verify_hmac,
)
from plugin.store.connected_platforms import ConnectedPlatform

# REST v3 statuses, with or without the `wc-` that the database has.
STATUS = {
    "pending": "placed",
    "on-hold": "placed",
    "checkout-draft": "placed",
    "processing": "paid",
    "completed": "fulfilled",
    "cancelled": "cancelled",
    "failed": "cancelled",
    "trash": "cancelled",
    "refunded": "refunded",
}
TOPICS = (
    *(f"{about}.{event}" for about in ("order", "product") for event in ("created", "updated", "deleted")),
    "order.restored",
    "product.restored",
    "customer.deleted",
)
"""What a webhook each is to tell."""
_LEAST_QUANTITY, _MOST_QUANTITY = 1e-6, 1e12  # beyond them it is none that could be divided by
_PING = re.compile(rb"webhook_id=\d+")


class WooCommerce(Platform):
    """The secret is the webhook's own. What is refused is not sent again: all that is authentic is taken."""

    name: ClassVar[str] = "woocommerce"
    makes_secret: ClassVar[bool] = True
    makes_coupons: ClassVar[bool] = True
    coupons_need: ClassVar[tuple[str, ...]] = ("address", "token")

    def is_ping(self, sent: Sent) -> bool:
        """Sent, unsigned, when a webhook is saved: without a 200 it cannot be made."""
        return "x-wc-webhook-signature" not in sent.headers and bool(_PING.fullmatch(sent.body))

    def verify(self, sent: Sent, connected: ConnectedPlatform, now: datetime) -> None:
        """Base64 HMAC-SHA256 of the body."""
        verify_hmac(connected.secrets, sent.body, sent.headers.get("x-wc-webhook-signature"))

    def identify(self, sent: Sent) -> tuple[str, str]:
        """A webhook's delivery id is made of the second: two deliveries in one second share it."""
        given = sent.headers.get("x-wc-webhook-delivery-id", "")
        topic = sent.headers.get("x-wc-webhook-topic", "")
        return f"{given}:{topic}:{fingerprint(sent.body)}", topic

    def changes(self, kept: Kept, connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
        """Orders, products and erasures; other topics change nothing."""
        about, _, event = kept.topic.partition(".")
        if about not in ("order", "product", "customer"):
            return []
        value = as_object(kept.body)
        require(value, "id")
        if event == "deleted":
            return [_gone(about, value, kept.received_at)]
        if about == "order":
            require(value, "line_items", "status")
            asking = Asking(connected, way_out, kept.received_at)
            return [_order(value, asking if self.reads(connected) else None)]
        if about == "product":
            require(value, "name", "type")
            return [_product(value, connected.currency)]
        return []  # what customers consent to, only the shop can say

    def reads(self, connected: ConnectedPlatform) -> tuple[str, ...]:
        """All and its webhooks, once the shop's address and its key pair (`ck_…:cs_…`) are told."""
        return ("webhooks", "products", "orders", "gone") if connected.address and connected.token else ()

    def page(self, noun: str, place: Mapping[str, Any] | None, asking: Asking) -> Page:
        """The next hundred that changed; of a product with variations those too."""
        values, further, is_last, left = woocommerce_api.page(noun, place, asking)
        currency = asking.connected.currency
        if noun == "orders":
            changes, odd = spelled(values, lambda each: [_order(each, asking)])
            return Page(changes, further, is_last, left, unreadable=odd)
        wholes = [each for each in values if each.get("type") != "variation"]
        changes, odd = spelled(wholes, lambda each: [_product(each, currency)])
        for each in values:
            if each.get("variations"):
                of_it = woocommerce_api.variations(str(each["id"]), asking)
                changes += [_part(str(each["id"]), one, currency) for one in of_it]
        return Page(changes, further, is_last, left, unreadable=odd)

    def still_there(self, product_ids: Sequence[str], asking: Asking) -> set[str]:
        """Drafts and private ones too; its API leaves the trash out."""
        return woocommerce_api.still_there(product_ids, asking)

    def mend_webhooks(self, delivers_to: str, heard_at: datetime, asking: Asking) -> int:
        """WooCommerce switches one off at the seventh failure in a row, and never on again by itself."""
        return woocommerce_api.mend_webhooks(delivers_to, TOPICS, asking)

    def removes_webhooks(self, connected: ConnectedPlatform) -> bool:
        """Where its API is asked."""
        return bool(connected.address and connected.token)

    def remove_webhooks(self, delivers_to: str, asking: Asking) -> None:
        """All of them, those made by hand too."""
        woocommerce_api.remove_webhooks(delivers_to, asking)

    def make_coupon(self, coupon: Coupon, asking: Asking) -> str:
        """A coupon of the whole cart. Its code comes back in small letters: here case does not count."""
        percent = None if coupon.off_share is None else str(coupon.off_share * 100)
        return woocommerce_api.make_coupon(
            {
                "code": coupon.code,
                "description": coupon.title,
                "discount_type": "percent" if percent is not None else "fixed_cart",
                "amount": percent or coupon.off_amount or "0",
                "free_shipping": coupon.is_shipping,
                "minimum_amount": coupon.from_amount or "0",
                "individual_use": not coupon.stacks,
                "usage_limit": 1,
                "date_expires_gmt": coupon.ends_at and f"{coupon.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            },
            asking,
        )

    def remove_coupon(self, coupon_id: str, asking: Asking) -> None:
        """For good, not into the bin: there its code would still be taken."""
        woocommerce_api.remove_coupon(coupon_id, asking)


def _order(value: Mapping[str, Any], asking: Asking | None) -> Change:
    """The order itself tells what was given back as one amount; of which lines, only the API does."""
    is_in_part = bool(value.get("refunds")) and value.get("status") != "refunded"
    order_id = str(value["id"])
    refunds = woocommerce_api.refunds(order_id, asking) if is_in_part and asking else ()
    return Change("orders", order_id, order_of(value, refunds))


def _gone(about: str, value: Mapping[str, Any], at: datetime) -> Change:
    """A deletion names an id and no more: whole things under its topic are another delivery's body."""
    require({} if len(value) > 1 else value, "id")
    if about == "order":
        return deleted_order(str(value["id"]), at)
    return Change(f"{about}s", str(value["id"]))


# -- names ------------------------------------------------------------------------------------------------


def order_of(value: Mapping[str, Any], refunds: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """An order of the REST API (`/wp-json/wc/v3/orders`) as Encore's own row; a guest has customer_id 0.

    What was given back (`refunds`, as `/orders/{id}/refunds` has them) follows as lines of negative quantity.
    """
    currency = value.get("currency") or None
    billing = value.get("billing") or {}
    noted = {each.get("key"): each.get("value") for each in value.get("meta_data") or []}
    return {
        "order_id": str(value.get("id", "")),
        "ordered_at": value.get("date_created_gmt") or value.get("date_created"),
        "updated_at": value.get("date_modified_gmt") or value.get("date_modified"),
        "status": STATUS.get(str(value.get("status", "")).removeprefix("wc-"), "placed"),
        "currency": currency,
        "prices_include_tax": value.get("prices_include_tax"),
        "customer_id": text(value.get("customer_id")),
        "email": billing.get("email") or None,
        "visitor_id": text(noted.get(VISITOR)),
        "coupon_codes": [str(each["code"]) for each in value.get("coupon_lines") or [] if each.get("code")],
        "shipping_minor": as_minor(value.get("shipping_total"), currency or ""),
        "lines": [
            *(_line_of(line, currency or "") for line in value.get("line_items") or []),
            *(_return(each, currency or "") for each in _given_back(refunds)),
        ],
    }


def _given_back(refunds: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines of refunds; not those of 0 pieces, where money alone was given back."""
    return [line for each in refunds for line in each.get("line_items") or [] if line.get("quantity")]


def _return(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Its quantity and sums are negative already."""
    return {**_line_of(line, currency), "line_id": f"return-{line.get('id')}"}


def _line_of(line: Mapping[str, Any], currency: str) -> dict[str, Any]:
    quantity = line.get("quantity")
    subtotal, total = as_minor(line.get("subtotal"), currency), as_minor(line.get("total"), currency)
    price = _price(subtotal, quantity)
    full = subtotal if price is None or quantity is None else round(price * quantity)
    return {
        "line_id": text(line.get("id")),
        "product_id": str(line.get("product_id") or line.get("sku") or line.get("name") or "")[:200],
        "variant_id": text(line.get("variation_id")),
        "quantity": quantity,
        # `price` is a float, and its rounding differs: the price is made from the sums, which are texts.
        "unit_price_minor": price,
        # What a rounded price is too low or too high by stands here: the line costs what was paid for it.
        "discount_minor": full - total if full is not None and total is not None else None,
        "tax_minor": as_minor(line.get("total_tax"), currency),
    }


def _price(subtotal: int | None, quantity: Any) -> int | None:
    is_counted = isinstance(quantity, (int, float)) and _LEAST_QUANTITY < abs(quantity) < _MOST_QUANTITY
    return round(subtotal / quantity) if subtotal is not None and is_counted else None


def _product(value: Mapping[str, Any], currency: str) -> Change:
    """A variation comes as a product of its own, with its parent's id; the parent names no more than ids."""
    if value.get("type") == "variation":
        return _part(str(value.get("parent_id")), value, currency)
    variations = value.get("variations") or []
    variants = [{"variant_id": str(each)} for each in variations] or [_variant(value, currency)]
    row = {
        "product_id": str(value["id"]),
        "title": value["name"],
        "url": value.get("permalink"),
        "image_url": next((each.get("src") for each in value.get("images") or []), None),
        "categories": [each["name"] for each in value.get("categories") or [] if each.get("name")][:20],
        "tags": [each["name"] for each in value.get("tags") or [] if each.get("name")][:100],
        "visible": value.get("status") == "publish" and value.get("catalog_visibility") != "hidden",
        "updated_at": value.get("date_modified_gmt"),
        "variants": variants,
    }
    return Change("products", str(value["id"]), row)


def _part(parent: str, variation: Mapping[str, Any], currency: str) -> Change:
    row = {"product_id": parent, "variants": [_variant(variation, currency)]}
    return Change("products", parent, row, is_part=True)


def _variant(value: Mapping[str, Any], currency: str) -> dict[str, Any]:
    variant = {
        "variant_id": str(value["id"]),
        "price_minor": as_minor(value.get("price"), currency),
        "stock": _stock(value),
    }
    cost = value.get("cost_of_goods_sold")  # only where the shop has switched it on
    if isinstance(cost, dict) and cost.get("total_value") is not None:
        variant["cost_minor"] = as_minor(cost["total_value"], currency)
    return variant


def _stock(value: Mapping[str, Any]) -> Any:
    """None: as many as one likes, since it is not counted or may be ordered beyond the count."""
    if value.get("manage_stock") is True:
        return value.get("stock_quantity") if value.get("backorders", "no") == "no" else None
    return 0 if value.get("stock_status") == "outofstock" else None
