"""Telling the shop's server what it must do for a redeemed promise: signed, and tried again for three days.

Signed as Standard Webhooks says (https://github.com/standard-webhooks/standard-webhooks, version 1.0.0): any
library of it can check them with the shop's signing secret.
"""

import base64
import hmac
import json
import logging
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

from plugin.runtime import Runtime
from plugin.store import handovers, shops
from plugin.store.handovers import Handover

_LOG = logging.getLogger(__name__)
_AT_ONCE = 20
_PATIENCE_SECONDS = 15
_AGAIN = [timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 840, 1200, 1440)]
"""How long to wait after each attempt that failed; after the last one it is given up."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A signed message goes to the address that was set, and nowhere else."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        """None of them."""


_OPENER = urllib.request.build_opener(_NoRedirects)


def tell(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Tell the shop's server what is due; without a `webhook_url` it waits."""
    with runtime.database.read() as opened:
        waiting = handovers.due(opened, shop_id, now, _AT_ONCE)
        shop = shops.load(opened, runtime.vault, shop_id) if waiting else None
    if shop is None or not shop.settings.offers.webhook_url:
        return
    for each in waiting:
        told = _told(shop.settings.offers.webhook_url, shop.signing_secrets[0], each, now)
        again_at = None if told else _again_at(each, now)
        with runtime.database.write() as opened:
            handovers.tried(opened, each, again_at, now if told else None)
        if not told and again_at is None:
            _LOG.error("Shop %s never heard what to do for %s.", shop_id, each.redemption_id)


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 of id, time and body, under the secret's part after `whsec_`."""
    key = base64.b64decode(secret.removeprefix(b"whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _told(address: str, secret: bytes, handover: Handover, now: datetime) -> bool:
    body, timestamp = json.dumps(handover.told).encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": handover.redemption_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, handover.redemption_id, timestamp, body),
    }
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - http(s), as saved
    try:
        with _OPENER.open(request, timeout=_PATIENCE_SECONDS) as answer:
            return bool(200 <= answer.status < 300)
    except (OSError, HTTPException) as error:
        _LOG.warning("The shop's server did not take %s: %s", handover.redemption_id, error)
        return False


def _again_at(handover: Handover, now: datetime) -> datetime | None:
    return now + _AGAIN[handover.attempts] if handover.attempts < len(_AGAIN) else None
