"""What platforms deliver: checked on the raw bytes, kept as a row, answered; a job works it."""

import json
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request

from plugin.api import body
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.outbound import Message
from plugin.platforms import PLATFORMS, Platform
from plugin.platforms.platform import Sent, fingerprint
from plugin.runtime import Runtime
from plugin.schemas.parts import is_storable
from plugin.schemas.platform import DeliveredOut, DeliveryIn
from plugin.store import connected_platforms, deliveries
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.deliveries import Arrival

_LOG = logging.getLogger(__name__)
LARGEST_BYTES = 5 << 20
_LONGEST_ID = 200
_LONGEST_TOPIC = 100
_KEYS_REST = _NOTES_REST = timedelta(minutes=1)
_KEYS_PATIENCE_SECONDS = 5.0
_NOTE_WAIT_SECONDS = 0.05
_WAIT_SECONDS = 4.0  # Shopify goes away after five


def blueprint(runtime: Runtime) -> Blueprint:
    """`POST /webhooks/{platform}/{shop}`."""
    routes = Blueprint("webhooks", __name__)

    @routes.post("/webhooks/<platform>/<shop_id>")
    @described(Description(body=DeliveryIn, answers={200: DeliveredOut}, refusals=(401, 404, 413, 429)))
    def deliver(platform: str, shop_id: str) -> Response:
        """Take a delivery of a platform that the shop is connected to; at most 5 MB.

        Whatever is authentic is taken, and answered before it is worked; the verdict says whether it was seen
        before. What became of it stands on the merchant's page, and in `GET /v1/deliveries`.
        """
        now = datetime.now(UTC)
        connected = _connected(runtime, platform, shop_id)
        sent = Sent({name.lower(): text for name, text in request.headers.items()}, body.read(LARGEST_BYTES))
        if PLATFORMS[platform].is_ping(sent):
            return _answer("ping")
        _verify(runtime, PLATFORMS[platform], (connected, sent), now)
        delivery_id, topic = PLATFORMS[platform].identify(sent)
        arrival = Arrival(shop_id, platform, _as_key(delivery_id), _plain(topic), now, sent.body)
        with runtime.database.write(wait_seconds=_WAIT_SECONDS) as connection:
            is_new = deliveries.add(connection, runtime.vault, arrival)
        return _answer("kept" if is_new else "seen_before")

    return routes


def _connected(runtime: Runtime, platform: str, shop_id: str) -> ConnectedPlatform:
    if platform in PLATFORMS and is_storable(shop_id):
        with runtime.database.read() as connection:
            found = connected_platforms.find(connection, runtime.vault, shop_id, platform)
        if found is not None:
            return found
    raise Refusal("not_found", "No shop is connected to this platform under this address.")


def _verify(
    runtime: Runtime, platform: Platform, what: tuple[ConnectedPlatform, Sent], now: datetime
) -> None:
    """Raise the platform's refusal unless the delivery is authentic, also by the keys it has today."""
    connected, sent = what
    try:
        try:
            platform.verify(sent, connected, now)
        except Refusal as refusal:
            fresh = _with_fresh_keys(runtime, platform, connected, now)
            if refusal.reason != "signature_invalid" or fresh is None:
                raise
            platform.verify(sent, fresh, now)
    except Refusal as refusal:
        _note(runtime, connected, refusal.reason, now)
        raise


def _note(runtime: Runtime, connected: ConnectedPlatform, reason: str, now: datetime) -> None:
    """Keep why a delivery was refused, once a minute: anybody can send one. No writer is waited for."""
    if connected.refused_at is not None and now < connected.refused_at + _NOTES_REST:
        return
    with suppress(Refusal), runtime.database.write(wait_seconds=_NOTE_WAIT_SECONDS) as connection:
        connected_platforms.refused(connection, connected.shop_id, connected.platform, reason, now)


def _with_fresh_keys(
    runtime: Runtime, platform: Platform, connected: ConnectedPlatform, now: datetime
) -> ConnectedPlatform | None:
    """The platform with the keys that it tells now; None if it has none, or was asked a moment ago."""
    url, of = platform.keys_address(connected), (connected.shop_id, connected.platform)
    if url is None or (connected.keys_read_at is not None and now < connected.keys_read_at + _KEYS_REST):
        return None
    with runtime.database.write(wait_seconds=_WAIT_SECONDS) as connection:
        if not connected_platforms.may_read_keys(connection, *of, _KEYS_REST, now):
            return None
    try:
        answer = runtime.way_out.send(Message(url), _KEYS_PATIENCE_SECONDS)
        keys = body.as_json(answer.body) if answer.status == 200 else None
    except Refusal as refusal:
        _LOG.warning("The keys of %s of shop %s: %s", connected.platform, connected.shop_id, refusal.message)
        return None
    if not isinstance(keys, dict):
        return None
    with runtime.database.write(wait_seconds=_WAIT_SECONDS) as connection:
        connected_platforms.keep_keys(connection, *of, keys, now)
        return connected_platforms.find(connection, runtime.vault, *of)


def _as_key(delivery_id: str) -> str:
    """The id, if a column can hold the whole of it; else what tells it apart: headers may bring anything."""
    if delivery_id.isprintable() and len(delivery_id) <= _LONGEST_ID:
        return delivery_id
    return fingerprint(delivery_id.encode(errors="surrogatepass"))


def _plain(topic: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in topic)[:_LONGEST_TOPIC]


def _answer(verdict: str) -> Response:
    text = json.dumps({"verdict": verdict})
    return Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})
