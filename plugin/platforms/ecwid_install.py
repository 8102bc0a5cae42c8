"""Installing at Ecwid: its OAuth, from the merchant's yes to the store's token.

Written from api-docs.ecwid.com/reference/get-token-manually (read November 2026). It does not name `state`,
which OAuth 2.0 (RFC 6749, 4.1.2) has brought back. Not tried on a live shop.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from plugin.errors import Refusal
from plugin.outbound import Message
from plugin.platforms.asking import Asking, ask
from plugin.platforms.installing import installed, of_state, state
from plugin.platforms.platform import require_shop
from plugin.runtime import Runtime
from plugin.store.connected_platforms import ConnectedPlatform

OAUTH = "https://my.ecwid.com"
CALLBACK = "/api/install/ecwid"
SCOPES = (
    *("read_store_profile", "read_catalog", "read_orders", "read_customers"),
    *("read_discount_coupons", "create_discount_coupons", "update_discount_coupons"),
)


def authorize_address(
    runtime: Runtime,
    connected: ConnectedPlatform,
    client_id: str,
    now: datetime,
    besides: Sequence[str],
) -> str:
    """Where the merchant lets the app in; `client_id` is that of the app whose secret is kept."""
    asked = {
        "client_id": client_id,
        "redirect_uri": f"{runtime.config.public_url}{CALLBACK}",
        "response_type": "code",
        "scope": " ".join((*SCOPES, *besides)),
        "state": state(runtime, connected.shop_id, "ecwid", client_id, now),
    }
    return f"{_base(connected)}/api/oauth/authorize?{urlencode(asked)}"


def come_back(runtime: Runtime, told: Mapping[str, str], now: datetime) -> None:
    """Take what Ecwid sends the merchant back with, and fetch the token for it; it is kept encrypted.

    Ecwid signs nothing here: the ticket alone says for whom it is. `Refusal("signature_invalid")` unless it
    is ours; `Refusal("platform_refused")` if the merchant said no; `Refusal("wrong_shop")` if the token is of
    another store than the connected one.
    """
    connected, client_id = of_state(runtime, "ecwid", told.get("state", ""), now)
    if not told.get("code"):
        raise Refusal("platform_refused", "Ecwid let the app not in: go on from the page Platforms again.")
    asked = {
        "client_id": client_id,
        "client_secret": connected.secrets[0].decode(),
        "code": told["code"],
        "redirect_uri": f"{runtime.config.public_url}{CALLBACK}",
        "grant_type": "authorization_code",
    }
    # In the body, where its reference has a query: an address with the secret in it would be logged.
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    message = Message(f"{_base(connected)}/api/oauth/token", "POST", headers, urlencode(asked).encode())
    found, _ = ask("Ecwid", message, Asking(connected, runtime.way_out, now))
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise Refusal("platform_refused", "Ecwid's answer has no access token.")
    require_shop(connected, str(found.get("store_id")))
    installed(runtime, connected.shop_id, "ecwid", {"token": found["access_token"]}, now)


def _base(connected: ConnectedPlatform) -> str:
    return (connected.address or OAUTH).rstrip("/")
