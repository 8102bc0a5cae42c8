"""Any shop: Encore's own rows, signed as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com)."""

import base64
import binascii
import hmac
from datetime import datetime, timedelta
from typing import Any, ClassVar

from plugin.errors import Refusal
from plugin.outbound import WayOut
from plugin.platforms.platform import (
    Change,
    Kept,
    Platform,
    Sent,
    as_object,
    deleted_order,
    require,
    secret_refused,
    wrong_signature,
)
from plugin.store.connected_platforms import ConnectedPlatform

TOLERANCE = timedelta(minutes=5)
"""How far from now the time of an attempt may lie; each attempt is signed anew."""
_NOUNS = {"order": ("orders", "order_id"), "product": ("products", "product_id")}
_NOUNS["customer"] = ("customers", "customer_id")


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of id, time and body, under the secret's part after `whsec_`."""
    key = base64.b64decode(secret.removeprefix(b"whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


class Generic(Platform):
    """`type` is `order.…`, `product.…` or `customer.…`: `….deleted` takes away, all else puts `data`."""

    name: ClassVar[str] = "generic"
    makes_secret: ClassVar[bool] = True
    has_own_ids: ClassVar[bool] = False
    is_tried: ClassVar[bool] = True

    def check_secret(self, secret: str) -> None:
        """`whsec_` and the base64 of 24 to 64 bytes."""
        try:
            size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
        except ValueError:
            size = 0
        if not (secret.startswith("whsec_") and 24 <= size <= 64):
            raise secret_refused("A secret of Standard Webhooks is whsec_ and the base64 of 24 to 64 bytes.")

    def verify(self, sent: Sent, connected: ConnectedPlatform, now: datetime) -> None:
        """One of the signatures named must be right, and its time near."""
        message_id, given = sent.headers.get("webhook-id"), sent.headers.get("webhook-signature")
        moment = sent.headers.get("webhook-timestamp", "")
        if not (message_id and given and moment.isdecimal() and len(moment) < 12):
            raise Refusal(
                "signature_missing", "webhook-id, webhook-timestamp and webhook-signature are needed."
            )
        offered = [each.encode(errors="replace") for each in given.split(" ")[:10]]
        expected = [_expected(each, message_id, int(moment), sent.body) for each in connected.secrets]
        if not sum(hmac.compare_digest(one, other) for one in expected for other in offered):
            raise wrong_signature()
        if abs(now.timestamp() - int(moment)) > TOLERANCE.total_seconds():
            raise Refusal("signature_expired", "It was signed too long ago, or a clock is wrong.")

    def identify(self, sent: Sent) -> tuple[str, str]:
        """`webhook-id`, which is signed; the topic stands in the body, which a job reads."""
        return sent.headers["webhook-id"], ""

    def changes(self, kept: Kept, connected: ConnectedPlatform, way_out: WayOut) -> list[Change]:
        """The row or rows in `data`."""
        told = as_object(kept.body)
        require(told, "type", "data")
        about, _, event = str(told["type"]).partition(".")
        if about not in _NOUNS:
            return []
        rows = told["data"] if isinstance(told["data"], list) else [told["data"]]
        return [_change(about, event, row, kept.received_at) for row in rows]


def _expected(secret: bytes, message_id: str, timestamp: int, body: bytes) -> bytes:
    try:
        return signature(secret, message_id, timestamp, body).encode()
    except binascii.Error:
        return b""


def _change(about: str, event: str, row: Any, at: datetime) -> Change:
    noun, id_name = _NOUNS[about]
    if not isinstance(row, dict) or not isinstance(row.get(id_name), str):
        raise Refusal("unreadable", f"data is no row with a {id_name}.")
    if event != "deleted":
        return Change(noun, row[id_name], row)
    return deleted_order(row[id_name], at) if noun == "orders" else Change(noun, row[id_name])
