"""Connecting a shop to a platform: what it needs to be told, and the secret that the two share."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.platforms import PLATFORMS
from plugin.platforms.platform import Platform, told_wrong
from plugin.runtime import Runtime
from plugin.store import connected_platforms, offer_codes, offers, platform_coupons, shops
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.database import Connection
from plugin.vault import new_key


def connect(
    runtime: Runtime, shop_id: str, platform: str, told: Mapping[str, Any], now: datetime
) -> str | None:
    """Connect the shop, or change what is told; gives the secret in clear if it was made here.

    `told`: any of `address`, `account_id`, `coupons`, `secret`, `token`, `new_secret` to have one made, and
    `remove_gone` to have products removed that are not there any more, however many.
    What is not told stays; None takes away. `Refusal("unknown_platform")`; `Refusal("invalid_request")` if
    something needed is missing, or another shop's or platform's things could be taken for this one's.
    """
    one = PLATFORMS.get(platform)
    if one is None:
        raise Refusal("unknown_platform", f"There is no platform {platform}. Known: {', '.join(PLATFORMS)}.")
    with runtime.database.write() as opened:
        shops.lock(opened, shop_id)  # what is found here holds until all is kept
        known = connected_platforms.find(opened, runtime.vault, shop_id, platform)
        facts = _with_secret(one, told, known)
        _require_right(one, facts, known)
        _require_own(opened, runtime, (shop_id, one), facts)
        connected_platforms.connect(opened, runtime.vault, shop_id, platform, {**facts, "at": now})
        for offer in offers.all_of(opened, shop_id):
            offer_codes.fill(opened, shop_id, offer.offer_id, now)
    return None if told.get("secret") else facts.get("secret")


def webhook_address(public_url: str, platform: str, shop_id: str) -> str:
    """Where the platform delivers to."""
    return f"{public_url}/webhooks/{platform}/{shop_id}"


def _with_secret(one: Platform, told: Mapping[str, Any], known: ConnectedPlatform | None) -> dict[str, Any]:
    """What is told, and a secret where one is to be made."""
    facts = {name: value for name, value in told.items() if name != "new_secret"}
    is_to_be_made = one.makes_secret and not (known and known.secrets)
    if not told.get("secret") and (told.get("new_secret") or is_to_be_made):
        facts["secret"] = new_key("whsec")
    return facts


def _require_right(one: Platform, facts: Mapping[str, Any], known: ConnectedPlatform | None) -> None:
    """What is told must be of the right form, and all that is needed."""
    _require_sendable(facts)
    if facts.get("secret"):
        one.check_secret(facts["secret"])
    if facts.get("account_id"):
        one.check_account(facts["account_id"])
    with_coupons = facts.get("coupons", known is not None and known.coupons)
    _require((*one.needs, *one.coupons_need) if with_coupons else one.needs, facts, known)
    if with_coupons and not one.makes_coupons:
        raise told_wrong("coupons", "This platform makes no coupons.")


def _require_own(
    opened: Connection, runtime: Runtime, of: tuple[str, Platform], facts: Mapping[str, Any]
) -> None:
    """Nothing of another shop or platform may be taken for this one's, nor what this one made be lost."""
    shop_id, one = of
    connected = {each.platform for each in connected_platforms.all_of(opened, runtime.vault, shop_id)}
    others = [each for each in connected - {one.name} if PLATFORMS[each].has_own_ids]
    if one.has_own_ids and others and one.name not in connected:
        raise told_wrong(
            "platform",
            "Another platform is connected, whose ids may be the same: disconnect that one first.",
        )
    secret = facts.get("secret") if one.secret_is_all else None
    if secret and connected_platforms.has_secret(opened, runtime.vault, one.name, secret, but=shop_id):
        raise told_wrong("secret", "Another shop has this secret: this one needs an app of its own.")
    is_emptied = "token" in facts and not facts["token"]
    if is_emptied and platform_coupons.any_of(opened, shop_id, one.name):
        raise told_wrong("token", "Coupons made with it are in the shop still: switch coupons off first.")


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
    known: ConnectedPlatform | None,
) -> None:
    kept = {"secret": known and known.secrets, **(vars(known) if known else {})}
    missing = [name for name in needs if not facts.get(name, kept.get(name))]
    if missing:
        raise Refusal(
            "invalid_request",
            f"This platform needs {' and '.join(missing)} too.",
            {name: ["This platform needs it."] for name in missing},
        )
