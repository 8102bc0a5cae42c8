"""Telling Encore by webhooks, signed as Standard Webhooks 1.0 says; in a thread, so that no shopper waits.

What is told is read anew for each attempt, so that a late one brings what stands then. It is a small shop's
way: what was not sent when the process ends is made good by `tell_encore`, which sends everything.
"""

import base64
import hmac
import json
import logging
import secrets
import time
import urllib.request
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import close_old_connections

from tests.shop.encore_shop import rows

_LOG = logging.getLogger(__name__)
_PATIENCE_SECONDS = 5.0
_WAITS_SECONDS = (0, 1, 5, 30)


@dataclass(frozen=True)
class Message:
    """`kind`: as the generic platform's `type`; `keys`: of what, in the shop's own tables."""

    kind: str
    keys: tuple[int, ...]
    message_id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")


_WAITING: SimpleQueue[Message] = SimpleQueue()
_STARTING = Lock()
_started: list[Thread] = []


def send(message: Message) -> None:
    """Have it sent soon, after all that were before it."""
    if not settings.ENCORE:
        return
    with _STARTING:
        if not _started:
            _started.append(Thread(target=_send_all, daemon=True))
            _started[0].start()
    _WAITING.put(message)


def deliver(message: Message) -> bool:
    """Send it now; whether Encore took it within a few attempts."""
    for wait_seconds in _WAITS_SECONDS:
        time.sleep(wait_seconds)
        try:
            _post(message)
            return True
        except ObjectDoesNotExist:  # gone again, which is told by itself
            return True
        except OSError as error:
            _LOG.warning("Encore did not take %s %s: %s", message.kind, message.keys, error)
    return False


def _send_all() -> None:
    while True:
        message = _WAITING.get()
        close_old_connections()
        try:
            deliver(message)
        except Exception:
            _LOG.exception("%s %s cannot be told", message.kind, message.keys)


def _post(message: Message) -> None:
    told = {
        "type": message.kind,
        "timestamp": _now(),
        "data": [_row(message.kind, key) for key in message.keys],
    }
    body = json.dumps(told).encode()
    request = urllib.request.Request(settings.ENCORE["webhook_address"], body, _headers(message, body))
    with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS):
        pass


def _row(kind: str, key: int) -> dict[str, Any]:
    noun, _, event = kind.partition(".")
    if event == "deleted":
        return {f"{noun}_id": str(key)}
    return rows.order(key) if noun == "order" else rows.product(key)


def _headers(message: Message, body: bytes) -> dict[str, str]:
    key = base64.b64decode(settings.ENCORE["webhook_secret"].removeprefix("whsec_"))
    moment = str(int(time.time()))
    signed = f"{message.message_id}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message.message_id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
