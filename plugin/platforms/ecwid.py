"""Ecwid by Lightspeed: its webhooks, which only say what to look at, and its names (REST v3).

Read November 2026: docs.ecwid.com/webhook-automations and /api-reference/rest-api. Not tried on a live shop.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from plugin.errors import Refusal
from plugin.money import as_minor
from plugin.outbound import Message, WayOut
from plugin.platforms.asking import Asking, ask, posted, remove
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
    require_shop,
    spelled,
    text,
    verify_hmac,
)
from plugin.store.connected_platforms import ConnectedPlatform

API = "https://app.ecwid.com/api/v3"
PER_PAGE = 100
_SETTLED = timedelta(minutes=2)
"""What changed later than so long ago is left to the next look: clocks differ."""
_LATE = timedelta(hours=6)
"""By then it has told of an order, even if nobody was here for three hours: it tries again every hour."""
_CLOCKS = timedelta(minutes=15)
"""How far its clock and ours may be apart."""
_UNTOLD = (
    "Orders were placed, and for hours Ecwid told of none of them. See that the address it delivers to can be"
    " reached from outside, and ask Ecwid to send the app's webhooks there again. Until then orders come in"
    " every hour."
)
_PLACES = {"order": "orders", "product": "products", "customer": "customers"}
_STATUS = {
    "AWAITING_PAYMENT": "placed",
    "PAID": "paid",
    "PARTIALLY_REFUNDED": "paid",
    "REFUNDED": "refunded",
    "CANCELLED": "cancelled",
    "INCOMPLETE": "placed",
}
_FULFILLED = ("SHIPPED", "DELIVERED", "OUT_FOR_DELIVERY")
_CANCELLED = ("WILL_NOT_DELIVER", "RETURNED")


class Ecwid(Platform):
    """The secret is the app's client secret, `account_id` the store's number, `token` that of its API, which
    its OAuth brings if nobody tells it.

    The body is not signed: what counts is what the API says of the thing that the body names.
    """

    name: ClassVar[str] = "ecwid"
    makes_coupons: ClassVar[bool] = True
    needs: ClassVar[tuple[str, ...]] = ("secret", "account_id")

    def verify(self, sent: Sent, connected: ConnectedPlatform, now: datetime) -> None:
        """Base64 HMAC-SHA256 of `{eventCreated}.{eventId}`."""
        told = _told(sent)
        signed = f"{told.get('eventCreated')}.{told.get('eventId')}".encode(errors="replace")
        verify_hmac(connected.secrets, signed, sent.headers.get("x-ecwid-webhook-signature"))
        require_shop(connected, text(told.get("storeId")))

    def identify(self, sent: Sent) -> tuple[str, str]:
        """The event's id, which is signed."""
        told = _told(sent)
        return str(told.get("eventId")), str(told.get("eventType"))

    def changes(self, kept: Kept, connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
        """The thing as it is now; what is not there any more was deleted."""
        told = as_object(kept.body)
        about = kept.topic.partition(".")[0]
        if kept.topic == "application.uninstalled":
            return _uninstalled(connected, way_out)
        if about not in _PLACES:
            return []
        of_order = (told.get("data") or {}).get("orderId") if about == "order" else None
        id_ = text(of_order or told.get("entityId"))
        if id_ is None:
            raise Refusal("unreadable", "It does not say what to look at: it has no entityId.")
        value = _read(f"{_PLACES[about]}/{quote(id_, safe='')}", connected, way_out)
        return _changed(about, id_, value, (connected, kept.received_at))

    def reads(self, connected: ConnectedPlatform) -> tuple[str, ...]:
        """All, and whether its webhooks come."""
        is_open = connected.token and connected.account_id
        return ("webhooks", "products", "orders", "gone") if is_open else ()

    def page(self, noun: str, place: Mapping[str, Any] | None, asking: Asking) -> Page:
        """What changed in the next stretch of time that has no more than a page of it."""
        here = window(place, asking.now)
        asked = {"limit": PER_PAGE, "offset": here["offset"], "updatedFrom": here["from"]}
        told = _found(noun, asked | {"updatedTo": here["to"]}, asking)
        total, is_whole = int(told.get("total") or 0), here["to"] == here["until"]
        left = total - here["offset"] if is_whole else here["left"]
        if total > PER_PAGE and here["to"] > here["from"]:
            return Page([], narrowed(here, left), False, left)
        values = told["items"]
        is_over = here["offset"] + len(values) >= total or not values
        of = (asking.connected, asking.now)
        changes, odd = spelled(values, lambda each: _changed(noun[:-1], str(each["id"]), each, of))
        left_after = None if left is None else max(0, left - len(values))
        further = widened(here, left_after) if is_over else {**here, "offset": here["offset"] + len(values)}
        return Page(changes, further, is_over and is_whole, left, unreadable=odd)

    def still_there(self, product_ids: Sequence[str], asking: Asking) -> set[str]:
        """Its search takes ids, and finds products that are switched off too."""
        asked = {"productId": ",".join(product_ids), "limit": PER_PAGE, "responseFields": "items(id)"}
        return {str(each["id"]) for each in _found("products", asked, asking)["items"]}

    def mend_webhooks(self, delivers_to: str, heard_at: datetime, asking: Asking) -> int:
        """No API has them: Ecwid sets an app's webhooks itself, and blocks them where an address fails for
        two weeks. So orders are looked for of which it ought to have told; without one nothing is known."""
        since, until = heard_at + _CLOCKS, asking.now - _LATE
        if since >= until:
            return 0
        placed = {"createdFrom": int(since.timestamp()), "createdTo": int(until.timestamp())}
        told = _found("orders", {"limit": 1, "paymentStatus": "AWAITING_PAYMENT,PAID", **placed}, asking)
        if told["items"]:
            raise Refusal("by_hand", _UNTOLD)
        return 0

    def make_coupon(self, coupon: Coupon, asking: Asking) -> str:
        """A discount coupon."""
        question = _question("discount_coupons", asking.connected)
        told, _ = ask("Ecwid", posted(question.url, coupon_fields(coupon), question.headers), asking)
        return str(told["id"])

    def remove_coupon(self, coupon_id: str, asking: Asking) -> None:
        """By its number."""
        question = _question(f"discount_coupons/{quote(coupon_id, safe='')}", asking.connected)
        remove("Ecwid", replace(question, method="DELETE"), asking)


# -- coupons ----------------------------------------------------------------------------------------------


def coupon_fields(coupon: Coupon) -> dict[str, Any]:
    """A coupon as its API takes it. With a shipping discount no amount is said."""
    sort = "SHIPPING" if coupon.is_shipping else "PERCENT" if coupon.off_share is not None else "ABS"
    off = coupon.off_share * 100 if coupon.off_share is not None else Decimal(coupon.off_amount or "0")
    dates = {
        name: f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} +0000"
        for name, moment in (("launchDate", coupon.starts_at), ("expirationDate", coupon.ends_at))
        if moment is not None
    }
    return {
        "name": coupon.title,
        "code": coupon.code,
        "discountType": sort,
        "status": "ACTIVE",
        "usesLimit": "SINGLE",
        **({} if coupon.is_shipping else {"discount": float(off)}),
        **({"totalLimit": float(coupon.from_amount)} if coupon.from_amount else {}),
        **dates,
    }


# -- stretches of time ------------------------------------------------------------------------------------
# Its API sorts by no time of change. So a stretch of time is asked for, halved until it has no more than a
# page; what changes meanwhile leaves it for a later one, and nothing is left out. Seconds since 1970.


def window(place: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    """The stretch to ask for: `from` to `to`, `until` being what is settled now. Page by page only in one
    second that has more than a page (`offset`)."""
    here = dict(place or {"from": 0, "width": None, "offset": 0, "left": None})
    here["until"] = max(here["from"], int((now - _SETTLED).timestamp()))
    wanted = here["until"] if here["width"] is None else here["from"] + here["width"]
    return {**here, "to": min(wanted, here["until"])}


def narrowed(here: Mapping[str, Any], left: int | None) -> dict[str, Any]:
    """The first half of the stretch."""
    width = (here["to"] - here["from"]) // 2
    return {"from": here["from"], "width": width, "offset": 0, "left": left}


def widened(here: Mapping[str, Any], left: int | None) -> dict[str, Any]:
    """What comes after the stretch, twice as wide; the whole rest after the last one."""
    width = None if here["to"] == here["until"] else 2 * (here["to"] - here["from"]) + 1
    return {"from": here["to"] + 1, "width": width, "offset": 0, "left": left}


def _told(sent: Sent) -> dict[str, Any]:
    try:
        return as_object(sent.body)
    except Refusal as refusal:
        raise Refusal("signature_invalid", f"{refusal.message} Its signature cannot be checked.") from None


def _uninstalled(connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
    """Not signed either: it is true if the token no longer opens the store."""
    answer = way_out.send(_question("profile", connected))
    if answer.status == 200:
        return []
    if answer.status not in (401, 403):
        raise Refusal("platform_refused", f"Ecwid's API answers {answer.status}.")
    return [Change("shops", connected.shop_id)]


def _question(path: str, connected: ConnectedPlatform) -> Message:
    if not connected.token or not connected.account_id:
        raise Refusal("not_connected", "Without the store's number and an API token nothing can be read.")
    url = f"{(connected.address or API).rstrip('/')}/{quote(connected.account_id, safe='')}/{path}"
    return Message(url, headers={"Authorization": f"Bearer {connected.token}"})


def _found(noun: str, asked: Mapping[str, Any], asking: Asking) -> dict[str, Any]:
    """What its search answers: the `items` of a page, and how many there are in `total`."""
    told, _ = ask("Ecwid", _question(f"{noun}?{urlencode(asked)}", asking.connected), asking)
    if not isinstance(told, dict) or not isinstance(told.get("items"), list):
        raise Refusal("platform_refused", "Ecwid's API answers with something that is no list.")
    return told


def _read(path: str, connected: ConnectedPlatform, way_out: WayOut) -> dict[str, Any] | None:
    """What the API has at `path`; None if it has nothing there."""
    answer = way_out.send(_question(path, connected))
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise Refusal("platform_refused", f"Ecwid's API answers {answer.status}.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal("platform_refused", "Ecwid's API answers with something that is not JSON.")
    return found


def _changed(
    about: str, id_: str, value: Mapping[str, Any] | None, of: tuple[ConnectedPlatform, datetime]
) -> list[Change]:
    connected, at = of
    if about == "order":
        if value is None:
            return [deleted_order(id_, at)]
        return [Change("orders", str(value["id"]), order_of(value, connected.currency))]
    if value is None:
        return [Change(_PLACES[about], id_)]
    if about == "product":
        return [Change("products", str(value["id"]), product_of(value, connected.currency))]
    return []  # what customers consent to, only the shop can say


# -- names ------------------------------------------------------------------------------------------------


def order_of(value: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """An order as Encore's own row, in the store's one currency.

    It says how much was given back, not of which line: a part refund leaves the lines as they are.
    """
    coupon = (value.get("discountCoupon") or {}).get("code")
    return {
        "order_id": str(value["id"]),
        "ordered_at": _moment(value.get("createTimestamp")),
        "updated_at": _moment(value.get("updateTimestamp")),
        "status": _status(value),
        "currency": currency,
        "prices_include_tax": value.get("pricesIncludeTax"),
        "customer_id": text(value.get("customerId")),
        "email": value.get("email") or None,
        "visitor_id": text((value.get("extraFields") or {}).get(VISITOR)),
        "coupon_codes": [str(coupon)] if coupon else [],
        "shipping_minor": as_minor((value.get("shippingOption") or {}).get("shippingRate"), currency),
        "lines": [_line(each, currency) for each in value.get("items") or []],
    }


def _status(value: Mapping[str, Any]) -> str:
    status = _STATUS.get(str(value.get("paymentStatus")), "placed")
    fulfilment = value.get("fulfillmentStatus")
    if fulfilment in _CANCELLED and status != "refunded":
        return "cancelled"
    return "fulfilled" if status == "paid" and fulfilment in _FULFILLED else status


def _line(item: Mapping[str, Any], currency: str) -> dict[str, Any]:
    taken_off = [item.get("couponAmount"), *(each.get("total") for each in item.get("discounts") or [])]
    known = [as_minor(each, currency) for each in taken_off]
    product_id = text(item.get("productId")) or item.get("sku") or item.get("name") or ""
    return {
        "line_id": text(item.get("id")),
        "product_id": str(product_id)[:200],
        "variant_id": text(item.get("combinationId")),
        "quantity": item.get("quantity"),
        "unit_price_minor": as_minor(item.get("price"), currency),
        "discount_minor": sum(each for each in known if each is not None),
        "tax_minor": as_minor(item.get("tax"), currency),
    }


def product_of(value: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A product as Encore's own row; one without variations has one variant, of its own id."""
    return {
        "product_id": str(value["id"]),
        "title": value.get("name"),
        "url": value.get("url"),
        "image_url": value.get("imageUrl"),
        "visible": value.get("enabled", True),
        "updated_at": _moment(value.get("updateTimestamp")),
        "variants": [
            _variant({**value, **each}, currency)
            for each in value.get("combinations") or [{"id": value["id"]}]
        ],
    }


def _variant(value: Mapping[str, Any], currency: str) -> dict[str, Any]:
    variant = {
        "variant_id": str(value["id"]),
        "price_minor": as_minor(value.get("price"), currency),
        "stock": None if value.get("unlimited", "quantity" not in value) else value.get("quantity"),
    }
    if value.get("costPrice") is not None:
        variant["cost_minor"] = as_minor(value["costPrice"], currency)
    return variant


def _moment(seconds: Any) -> str | None:
    if not isinstance(seconds, int):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None
