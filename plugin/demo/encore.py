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


def order_row(order_id: str, cart: Cart, buyer: dict[str, str], now: datetime) -> dict[str, Any]:
    """The cart as a paid order for `PUT /v1/orders`; `buyer` may hold `customer_id` and `visitor_id`."""
    lines = [
        {
            "product_id": line.product.product_id,
            "variant_id": line.product.product_id,
            "quantity": line.quantity,
            "unit_price_minor": line.product.price_minor,
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
    }
    return facts | buyer | {"lines": lines}


def send_order(keys: ShopKeys, row: dict[str, Any]) -> bool:
    """Send an order to Encore; whether it was taken. The shop's own sale never depends on it."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        f"{keys.address}/v1/orders",
        data=json.dumps([row]).encode(),
        headers={"Authorization": f"Bearer {keys.secret_key}", "Content-Type": "application/json"},
        method="PUT",
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return bool(answer.status < 300)
    except urllib.error.HTTPError as error:
        _LOG.warning("Encore refused order %s: %s", row["order_id"], error.read()[:500])
    except OSError as error:
        _LOG.warning("Encore did not answer to order %s: %s", row["order_id"], error)
    return False
