"""Installing from the platform's side: a ticket good for an hour and one shop, and what it brings back."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from plugin.errors import Refusal
from plugin.outbound import Message
from plugin.platforms import saleor, saleor_api
from plugin.platforms.asking import Asking, ask
from plugin.platforms.connecting import connect, webhook_address
from plugin.platforms.woocommerce_api import shop_address
from plugin.runtime import Runtime
from plugin.store import connected_platforms, leases
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.leases import Lease

HOLDS = timedelta(hours=1)
_BETWEEN = "~"
REGISTER, WC_AUTH = "/api/register", "/api/install/woocommerce"


def ticket(runtime: Runtime, shop_id: str, platform: str, now: datetime) -> str:
    """A text for the platform to bring back; good for an hour, and until the connection has changed."""
    expires = int((now + HOLDS).timestamp())
    return f"{shop_id}.{expires}.{_signature(runtime, shop_id, platform, expires)}"


def shop_of(runtime: Runtime, platform: str, given: str, now: datetime) -> str:
    """The shop that the ticket was made for; `Refusal("signature_invalid")` or `("signature_expired")`."""
    shop_id, _, rest = given.partition(".")
    expires, _, signature = rest.partition(".")
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 12 and shop_id.isprintable()):
        raise _not_ours()
    expected = _signature(runtime, shop_id, platform, int(expires))
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise _not_ours()
    if _is_used(runtime, shop_id, platform, int(expires)):
        raise _not_ours()
    if now.timestamp() > int(expires):
        raise Refusal(
            "signature_expired", "This link to install was made more than an hour ago: take a new one."
        )
    return shop_id


def state(runtime: Runtime, shop_id: str, platform: str, client_id: str, now: datetime) -> str:
    """What an OAuth takes along and brings back: a ticket, and the client id of the app that asks."""
    return f"{ticket(runtime, shop_id, platform, now)}{_BETWEEN}{client_id}"


def of_state(runtime: Runtime, platform: str, given: str, now: datetime) -> tuple[ConnectedPlatform, str]:
    """The connection that `state` was made for, and the client id; raises as `shop_of` does."""
    made, _, client_id = given.partition(_BETWEEN)
    shop_id = shop_of(runtime, platform, made, now)
    with runtime.database.read() as opened:
        connected = connected_platforms.find(opened, runtime.vault, shop_id, platform)
    if connected is None:
        raise _not_ours()
    return connected, client_id


def register_saleor(runtime: Runtime, given: str, told: Mapping[str, str], now: datetime) -> None:
    """Connect the shop to the Saleor instance at `told["address"]`, whose app's token is `told["token"]`.

    The instance is asked first whether the token is its own.
    """
    shop_id = shop_of(runtime, "saleor", given, now)
    tried = ConnectedPlatform(shop_id, "saleor", "", now, address=told["address"], token=told["token"])
    if not saleor_api.is_let_in(Asking(tried, runtime.way_out, now)):
        raise Refusal("signature_invalid", "This instance does not know the token that came with it.")
    installed(runtime, shop_id, "saleor", told, now)


def register_woocommerce(runtime: Runtime, told: Mapping[str, str], now: datetime) -> None:
    """Keep the key pair that WooCommerce made for the shop's address, if it opens the API there."""
    shop_id = shop_of(runtime, "woocommerce", told["user_id"], now)
    token = f"{told['consumer_key']}:{told['consumer_secret']}"
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
    address = known.address if known else None
    tried = ConnectedPlatform(shop_id, "woocommerce", "", now, address=address, token=token)
    asking = Asking(tried, runtime.way_out, now)
    url, headers = shop_address("webhooks?per_page=1", asking)
    ask("WooCommerce", Message(url, headers=headers), asking)
    installed(runtime, shop_id, "woocommerce", {"token": token}, now)


def wc_auth_address(runtime: Runtime, connected: ConnectedPlatform, now: datetime) -> str:
    """Where the merchant lets the shop make a key pair for Encore; the shop then sends it here."""
    public_url = runtime.config.public_url
    asked = {
        "app_name": "Encore",
        "scope": "read_write",
        "user_id": ticket(runtime, connected.shop_id, "woocommerce", now),
        "return_url": f"{public_url}/admin/platforms?of=woocommerce",  # to which it adds success=0 or 1
        "callback_url": f"{public_url}{WC_AUTH}",
    }
    return f"{(connected.address or '').rstrip('/')}/wc-auth/v1/authorize?{urlencode(asked)}"


def manifest_address(runtime: Runtime, shop_id: str, now: datetime) -> str:
    """The manifest that a Saleor instance installs this shop's Encore from."""
    asked = urlencode({"install": ticket(runtime, shop_id, "saleor", now)})
    return f"{runtime.config.public_url}/api/manifest?{asked}"


def saleor_manifest(runtime: Runtime, given: str, now: datetime) -> dict[str, Any]:
    """What a manifest says besides, to be installed with this ticket: its token's target, its webhook."""
    shop_id, public_url = shop_of(runtime, "saleor", given, now), runtime.config.public_url
    webhook = saleor.webhook(webhook_address(public_url, "saleor", shop_id))
    target = f"{public_url}{REGISTER}?{urlencode({'install': given})}"
    return {"tokenTargetUrl": target, "webhooks": [webhook]}


def installed(runtime: Runtime, shop_id: str, platform: str, told: Mapping[str, str], now: datetime) -> None:
    """Connect the shop with what a ticket brought: that one and all before it are used, for as long as any of
    them would hold, whatever becomes of the connection."""
    connect(runtime, shop_id, platform, told, now)
    used = Lease(shop_id, _tickets(platform), "used", HOLDS.total_seconds())
    with runtime.database.write() as opened:
        if not leases.renew(opened, used, now):
            leases.take(opened, used, now)


def _is_used(runtime: Runtime, shop_id: str, platform: str, expires: int) -> bool:
    """Whether a ticket that was made no later than this one has brought something."""
    with runtime.database.read() as opened:
        lapses_at = leases.lapses_at(opened, shop_id, _tickets(platform))
    return lapses_at is not None and expires <= lapses_at.timestamp()


def _tickets(platform: str) -> str:
    return f"tickets of {platform}"


def _signature(runtime: Runtime, shop_id: str, platform: str, expires: int) -> str:
    """Over the present connection too: a ticket ends when that is changed."""
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, platform)
    state = [known.address, known.token] if known else None
    signed = f"{platform}\n{expires}\n{state}".encode()
    return hmac.digest(runtime.vault.key("install", shop_id), signed, "sha256").hex()[:32]


def _not_ours() -> Refusal:
    return Refusal(
        "signature_invalid", "This link to install is not one of ours, or was used: take a new one."
    )
