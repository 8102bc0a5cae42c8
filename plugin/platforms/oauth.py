"""The platforms whose token comes by OAuth: where the merchant says yes, and what follows on it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.errors import Refusal
from plugin.platforms import ecwid_install, shopify_install
from plugin.runtime import Runtime
from plugin.store.connected_platforms import ConnectedPlatform

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class OAuth:
    """`authorize_address(runtime, connected, client_id, now)`; `come_back(runtime, what is asked, now)`."""

    authorize_address: Callable[[Runtime, ConnectedPlatform, str, datetime], str]
    come_back: Callable[[Runtime, Mapping[str, str], datetime], None]


OAUTH = {
    "ecwid": OAuth(ecwid_install.authorize_address, ecwid_install.come_back),
    "shopify": OAuth(shopify_install.authorize_address, shopify_install.come_back),
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
