"""Leaving a platform: its webhooks are removed while there is a token that opens its API, then that goes."""

import logging
from collections.abc import Mapping

from plugin.errors import Refusal
from plugin.jobs.platform_way import Resting, refusal_of
from plugin.platforms import PLATFORMS
from plugin.platforms.asking import Asking
from plugin.platforms.connecting import webhook_address
from plugin.runtime import Runtime
from plugin.store import connected_platforms, platform_coupons

_LOG = logging.getLogger(__name__)
MOST_TRIES = 28
"""With the waits between them about a day."""


def leave_all(runtime: Runtime, shop_id: str, asked: Mapping[str, Asking]) -> None:
    """Remove the webhooks of each platform that was disconnected, and forget it as soon as no coupon of it is
    left either. What cannot be removed within a day is given up, coupons too: the token goes then."""
    with runtime.database.read() as opened:
        left = connected_platforms.leaving(opened, runtime.vault, shop_id)
    for each in left:
        if each.platform in asked:
            _leave(runtime, asked[each.platform])


def _leave(runtime: Runtime, asking: Asking) -> None:
    connected = asking.connected
    refusal = _removed(runtime, asking)
    was_asked = not isinstance(refusal, Resting)  # a coupon's question may have met the silence before
    is_to_be_tried = refusal is not None and connected.silences + was_asked < MOST_TRIES
    with runtime.database.write() as opened:
        if is_to_be_tried:
            if was_asked:  # a refusal is waited out as a silence is, and counted as one
                connected_platforms.heard(opened, connected, asking.now, has_answered=False)
            return
        if refusal is None and platform_coupons.any_of(opened, connected.shop_id, connected.platform):
            return
        connected_platforms.forget(opened, connected.shop_id, connected.platform)
    if refusal is not None:
        text = "The webhooks of shop %s go on being sent by %s until they are removed there: %s"
        _LOG.warning(text, connected.shop_id, connected.platform, refusal.message)


def remove_webhooks(runtime: Runtime, asking: Asking) -> bool:
    """Remove what the platform delivers by to Encore; False if it may go on."""
    is_let = PLATFORMS[asking.connected.platform].removes_webhooks(asking.connected)
    return is_let and _removed(runtime, asking) is None


def _removed(runtime: Runtime, asking: Asking) -> Refusal | None:
    """Remove them, if the platform lets Encore; gives why that failed."""
    connected = asking.connected
    platform = PLATFORMS[connected.platform]
    if not platform.removes_webhooks(connected):
        return None
    delivers_to = webhook_address(runtime.config.public_url, connected.platform, connected.shop_id)
    return refusal_of(lambda: platform.remove_webhooks(delivers_to, asking))
