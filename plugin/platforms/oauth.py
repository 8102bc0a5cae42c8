"""The platforms whose token comes by OAuth: where the merchant says yes, and what follows on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from plugin.platforms import ecwid_install, shopify_install
from plugin.runtime import Runtime
from plugin.store.connected_platforms import ConnectedPlatform


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
