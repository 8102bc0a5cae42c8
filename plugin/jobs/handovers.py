"""Telling the shop's server what it must do for a redeemed promise: signed, and tried again for three days.

Signed as Standard Webhooks says (https://github.com/standard-webhooks/standard-webhooks, version 1.0.0): any
library of it can check them with the shop's signing secret.
"""

import json
import logging
from datetime import datetime, timedelta

from plugin.errors import Refusal
from plugin.outbound import Message, WayOut
from plugin.platforms.generic import signature
from plugin.runtime import Runtime
from plugin.store import handovers, shops
from plugin.store.handovers import Handover

_LOG = logging.getLogger(__name__)
_AT_ONCE = 20
_AGAIN = [timedelta(minutes=m) for m in (1, 5, 30, 120, 300, 600, 840, 1200, 1440)]
"""How long to wait after each attempt that failed; after the last one it is given up."""


def tell(runtime: Runtime, shop_id: str, now: datetime) -> None:
    """Tell the shop's server what is due; without a `webhook_url` it waits."""
    with runtime.database.read() as opened:
        waiting = handovers.due(opened, shop_id, now, _AT_ONCE)
        shop = shops.load(opened, runtime.vault, shop_id) if waiting else None
    if shop is None or not shop.settings.offers.webhook_url:
        return
    url, secret = shop.settings.offers.webhook_url, shop.signing_secrets[0]
    for each in waiting:
        told = _told(runtime.way_out, _message(url, secret, each, now))
        again_at = None if told else _again_at(each, now)
        with runtime.database.write() as opened:
            handovers.tried(opened, each, again_at, now if told else None)
        if not told and again_at is None:
            _LOG.error("Shop %s never heard what to do for %s.", shop_id, each.redemption_id)


def _message(url: str, secret: bytes, handover: Handover, now: datetime) -> Message:
    body, timestamp = json.dumps(handover.told).encode(), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": handover.redemption_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, handover.redemption_id, timestamp, body),
    }
    return Message(url, "POST", headers, body)


def _told(way_out: WayOut, message: Message) -> bool:
    try:
        return 200 <= way_out.send(message).status < 300
    except Refusal as refusal:
        _LOG.warning("The shop's server did not take %s: %s", message.headers["webhook-id"], refusal.message)
        return False


def _again_at(handover: Handover, now: datetime) -> datetime | None:
    return now + _AGAIN[handover.attempts] if handover.attempts < len(_AGAIN) else None
