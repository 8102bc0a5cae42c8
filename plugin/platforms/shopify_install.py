"""Installing at Shopify: its OAuth, from the merchant's yes to the access token.

Written from shopify.dev/docs/apps/build/authentication-authorization (authorization code grant, read November
2026). Not tried on a live shop.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from plugin.errors import Refusal
from plugin.platforms.asking import Asking, ask, posted
from plugin.platforms.installing import installed, of_state, state
from plugin.platforms.platform import require_shop
from plugin.runtime import Runtime
from plugin.store.connected_platforms import ConnectedPlatform

CALLBACK = "/api/install/shopify"
SCOPES = ("read_orders", "read_products", "read_inventory", "read_customers", "write_discounts")
TO_BE_APPROVED = ("read_all_orders",)
"""Orders of more than 60 days ago. Shopify answers an app that has no approval for it with an error
(`missing_shopify_permission`) before it asks anybody, whatever else is asked for."""


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
        "scope": ",".join((*SCOPES, *besides)),
        "redirect_uri": f"{runtime.config.public_url}{CALLBACK}",
        "state": state(runtime, connected.shop_id, "shopify", client_id, now),
    }
    return f"{_base(connected)}/admin/oauth/authorize?{urlencode(asked)}"


def come_back(runtime: Runtime, told: Mapping[str, str], now: datetime) -> None:
    """Take what Shopify sends the merchant back with, and fetch the token for it; it is kept encrypted.

    `Refusal("signature_invalid")` unless the ticket is ours and the whole question is signed by the app's
    secret; `Refusal("wrong_shop")` for another shop than the connected one.
    """
    connected, client_id = of_state(runtime, "shopify", told.get("state", ""), now)
    if not _is_signed(connected, told):
        raise Refusal("signature_invalid", "This did not come from Shopify, or the app's secret is another.")
    require_shop(connected, told.get("shop", ""))
    secret = connected.secrets[0].decode()
    asked = {"client_id": client_id, "client_secret": secret, "code": told.get("code", "")}
    url = f"{_base(connected)}/admin/oauth/access_token"
    found, _ = ask("Shopify", posted(url, asked, {}), Asking(connected, runtime.way_out, now))
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
        raise Refusal("platform_refused", "Shopify's answer has no access token.")
    installed(runtime, connected.shop_id, "shopify", {"token": found["access_token"]}, now)


def _is_signed(connected: ConnectedPlatform, told: Mapping[str, str]) -> bool:
    """Hex HMAC-SHA256 of all that is asked but `hmac`, by name, as `name=value` with `&` between."""
    signed = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "hmac").encode()
    given = told.get("hmac", "").encode(errors="replace")
    expected = [hmac.digest(each, signed, "sha256").hex().encode() for each in connected.secrets]
    return bool(sum(hmac.compare_digest(each, given) for each in expected))


def _base(connected: ConnectedPlatform) -> str:
    return (connected.address or f"https://{connected.account_id}").rstrip("/")
