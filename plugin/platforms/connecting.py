"""Connecting a shop to a platform: what it needs to be told, and the secret that the two share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.platforms import PLATFORMS
from plugin.runtime import Runtime
from plugin.store import connected_platforms, offer_codes, offers
from plugin.vault import new_key


def connect(
    runtime: Runtime, shop_id: str, platform: str, told: Mapping[str, Any], now: datetime
) -> str | None:
    """Connect the shop, or change what is told; gives the secret in clear if it was made here.

    `told`: any of `address`, `account_id`, `coupons`, `secret`, `token`, and `new_secret` to have one made.
    What is not told stays. `Refusal("unknown_platform")`; `Refusal("invalid_request")` if something needed
    is missing.
    """
    one = PLATFORMS.get(platform)
    if one is None:
        raise Refusal("unknown_platform", f"There is no platform {platform}. Known: {', '.join(PLATFORMS)}.")
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, platform)
    facts = {name: value for name, value in told.items() if name != "new_secret"}
    is_first = known is None or not known.secrets
    made = new_key("whsec") if told.get("new_secret") or (one.makes_secret and is_first) else None
    if made is not None and not facts.get("secret"):
        facts["secret"] = made
    _require_sendable(facts)
    if facts.get("secret"):
        one.check_secret(facts["secret"])
    needs = (*one.needs, "token") if facts.get("coupons") else one.needs
    _require(needs, facts, known)
    if facts.get("coupons") and not one.makes_coupons:
        wrong = {"coupons": ["This platform makes none."]}
        raise Refusal("invalid_request", "This platform makes no coupons.", wrong)
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop_id, platform, {**facts, "at": now})
        for offer in offers.all_of(opened, shop_id) if "coupons" in facts else ():
            offer_codes.fill(opened, shop_id, offer.offer_id, now)
    return made if facts.get("secret") == made else None


def webhook_address(public_url: str, platform: str, shop_id: str) -> str:
    """Where the platform delivers to."""
    return f"{public_url}/webhooks/{platform}/{shop_id}"


def _require_sendable(facts: Mapping[str, Any]) -> None:
    """What goes out in headers is printable ASCII; anything else is a copy that went wrong."""
    odd = [name for name in ("secret", "token") if not _is_sendable(facts.get(name) or "")]
    if odd:
        text = "It has a character that no header takes: copy it again."
        raise Refusal("invalid_request", text, {name: [text] for name in odd})


def _is_sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _require(
    needs: tuple[str, ...],
    facts: Mapping[str, Any],
    known: connected_platforms.ConnectedPlatform | None,
) -> None:
    kept = {"secret": known and known.secrets, **(vars(known) if known else {})}
    missing = [name for name in needs if not facts.get(name, kept.get(name))]
    if missing:
        raise Refusal(
            "invalid_request",
            f"This platform needs {' and '.join(missing)} too.",
            {name: ["This platform needs it."] for name in missing},
        )
