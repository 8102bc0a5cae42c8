"""How the demo shop's server speaks to Encore: HTTP and keys, as any shop's server would."""

import hashlib
import hmac
import json
import logging
import os
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from plugin.demo.cart import Cart
from plugin.demo.data import CURRENCY
from plugin.demo.promise import Promise

_LOG = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 5.0
PROOF_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class ShopKeys:
    """What a shop is given when it joins Encore, and the key of its own session cookie."""

    address: str
    shop_id: str
    public_key: str
    secret_key: str
    signing_secret: str
    session_key: str

    @classmethod
    def read(cls, path: Path) -> "ShopKeys":
        """The keys that `write` left at `path`."""
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        """Keep the keys at `path`, readable by their owner alone."""
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file)
        draft.replace(path)

    def customer_proof(self, customer_id: str, now: datetime) -> str:
        """What proves to Encore that the page's customer is signed in here."""
        expires = int((now + PROOF_LIFE).timestamp())
        message = f"{self.shop_id}\n{customer_id}\n{expires}".encode()
        return f"{expires}.{hmac.new(self.signing_secret.encode(), message, hashlib.sha256).hexdigest()}"


def order_row(
    order_id: str, cart: Cart, promise: Promise | None, buyer: dict[str, str], now: datetime
) -> dict[str, Any]:
    """The cart as a paid order for `PUT /v1/orders`; `buyer` may hold `customer_id` and `visitor_id`."""
    off = _discounts(promise)
    lines = [
        {
            "product_id": line.product.product_id,
            "variant_id": line.product.product_id,
            "quantity": line.quantity,
            "unit_price_minor": line.product.price_minor,
            "discount_minor": off.get(line.product.product_id, 0),
        }
        for line in cart
    ]
    when = now.isoformat()
    facts = {
        "order_id": order_id,
        "ordered_at": when,
        "updated_at": when,
        "status": "paid",
        "currency": CURRENCY,
        "coupon_codes": [promise.code] if promise else [],
        "shipping_minor": promise.shipping_minor(cart) if promise else cart.shipping_minor,
    }
    return facts | buyer | {"lines": lines}


def _discounts(promise: Promise | None) -> dict[str, int]:
    off: dict[str, int] = {}
    for product_id, _, discount_minor in promise.lines if promise else ():
        off[product_id] = off.get(product_id, 0) + discount_minor
    return off


def send_order(keys: ShopKeys, row: dict[str, Any]) -> bool:
    """Send an order to Encore; whether it was taken. The shop's own sale never depends on it."""
    return _told(keys, "PUT", "/v1/orders", [row]) == ""


def redeem(keys: ShopKeys, promise: Promise, row: dict[str, Any]) -> str:
    """Redeem what was accepted with the order of `row`; empty: it is done, else the reason why not.

    A discount is given only after a yes; "unanswered": Encore has not said either.
    """
    names = ("product_id", "variant_id", "quantity", "unit_price_minor")
    lines = [{name: line[name] for name in names} for line in row["lines"]]
    goods_minor = sum(line["unit_price_minor"] * line["quantity"] for line in lines)
    claim = {
        "code": promise.code,
        "token": promise.token,
        "order_id": row["order_id"],
        "currency": row["currency"],
        "discount_minor": promise.discount_minor,
        "shipping_minor": row["shipping_minor"],
        "free_shipping": promise.shipping_discount_minor > 0,
        "total_minor": goods_minor - promise.discount_minor + row["shipping_minor"],
        "lines": lines,
    }
    return _told(keys, "POST", "/v1/redemptions", claim)


def _told(keys: ShopKeys, method: str, path: str, body: Any) -> str:
    """Tell Encore; empty: it was taken, else the reason why not, or "unanswered"."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{keys.address}{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {keys.secret_key}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        answer = error.read()[:2000]
        _LOG.warning("Encore refused %s %s: %s", method, path, answer[:500])
        return _reason(answer)
    except OSError as error:
        _LOG.warning("Encore did not answer to %s %s: %s", method, path, error)
        return "unanswered"


def _reason(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["reason"])
    except (ValueError, KeyError, TypeError):
        return "unanswered"
