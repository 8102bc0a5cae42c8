"""The platforms whose token comes by OAuth: where the merchant says yes, and what follows on it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.errors import Refusal
from plugin.platforms import ecwid_install, shopify_install
from plugin.runtime import Runtime
from plugin.store.connected_platforms import ConnectedPlatform

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class OAuth:
    """`authorize_address(runtime, connected, client_id, now, besides)`, a scope more for each of `besides`;
    `come_back(runtime, what is asked, now)`.

    `besides`: what may be asked for only by an app that the platform has approved for it. One that has no
    such approval is let in nowhere, so nobody asks unless the merchant says so.
    """

    authorize_address: Callable[[Runtime, ConnectedPlatform, str, datetime, Sequence[str]], str]
    come_back: Callable[[Runtime, Mapping[str, str], datetime], None]
    besides: tuple[str, ...] = ()


OAUTH = {
    "ecwid": OAuth(ecwid_install.authorize_address, ecwid_install.come_back),
    "shopify": OAuth(
        shopify_install.authorize_address, shopify_install.come_back, shopify_install.TO_BE_APPROVED
    ),
}
"""By the platform's name, as it stands in `/api/install/{platform}`."""
WHY_NOT = ("platform_refused", "signature_expired", "signature_invalid", "unreachable", "wrong_shop")
"""The reasons that the merchant's page is told, and believes; whatever else it was: `unreachable`."""


def not_installed(runtime: Runtime, platform: str, told: Mapping[str, str], now: datetime) -> str | None:
    """Take what the platform sent the merchant back with; gives why nothing came of it, if so (`WHY_NOT`)."""
    try:
        OAUTH[platform].come_back(runtime, told, now)
    except Refusal as refusal:
        _LOG.info("Installing at %s: %s", platform, refusal.message)
        reason = "platform_refused" if "error" in told else refusal.reason  # RFC 6749, 4.1.2.1
        return reason if reason in WHY_NOT else "unreachable"
    return None
