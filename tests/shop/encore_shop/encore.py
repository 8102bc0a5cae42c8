"""What the shop's server makes and asks beside the webhooks: proofs, and what was promised."""

import hashlib
import hmac
import json
import time
import urllib.request
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

_PROOF_SECONDS = 3600
_PATIENCE_SECONDS = 5.0


def customer_proof(customer_id: str) -> str:
    """Who the page's customer is; without it nobody gets an answer made from their history."""
    return _proof(f"{settings.ENCORE['shop_id']}\n{customer_id}")


def cart_proof(cart_id: str) -> str:
    """That the page belongs to this cart."""
    return _proof(f"{settings.ENCORE['shop_id']}\ncart\n{cart_id}")


def promised(code: str) -> dict[str, Any] | None:
    """What was promised with `code`; None: nothing. A browser can say anything, so Encore is asked.

    Raises OSError when Encore does not answer.
    """
    query = urlencode({"placement": "checkout", "code": code})
    request = urllib.request.Request(
        f"{settings.ENCORE['address']}/v1/explain?{query}",
        headers={"Authorization": f"Bearer {settings.ENCORE['secret_key']}"},
    )
    with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
        told: dict[str, Any] = json.load(answer)
    return told["promise"]


def _proof(statement: str) -> str:
    expires = int(time.time()) + _PROOF_SECONDS
    signed = f"{statement}\n{expires}".encode()
    made = hmac.new(settings.ENCORE["signing_secret"].encode(), signed, hashlib.sha256).hexdigest()
    return f"{expires}.{made}"
