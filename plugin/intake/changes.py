"""What platforms tell, by delivery or by reading, kept: orders, products and erasures by the same door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.errors import Refusal
from plugin.intake import rows
from plugin.intake.rows import NOUNS, Verdict
from plugin.platforms.platform import Change
from plugin.store import connected_platforms, customers, products
from plugin.store.database import Connection
from plugin.vault import Vault, email_hash


@dataclass(frozen=True)
class Telling:
    """Of which shop something is told, when it was told (None: what went, nobody knows when), and when it is
    kept."""

    shop_id: str
    told_at: datetime | None
    now: datetime


def keep(opened: Connection, vault: Vault, telling: Telling, change: Change) -> tuple[str, str | None]:
    """The verdict on one change, and a message where something is wrong with it.

    `Refusal("unknown_product")` for a part of a product that is not here yet.
    """
    if change.row is None:
        return _gone(opened, vault, telling, change), None
    noun, row = NOUNS[change.noun], change.row
    if change.noun == "products":
        row = _completed(opened, telling.shop_id, change)
        if change.is_part and not row.get("title"):
            raise Refusal("unknown_product", f"Product {change.id} is not known yet; tried again later.")
    (verdict,) = noun.keep(opened, vault, telling.shop_id, [rows.checked(noun, row)], telling.now)
    return _said(change, verdict)


def _said(change: Change, verdict: Verdict) -> tuple[str, str | None]:
    # The id itself may be what is wrong, and what cannot be kept.
    shown = "".join(letter if letter.isprintable() else "?" for letter in change.id)
    return verdict.verdict, f"{shown}: {verdict.message}" if verdict.errors else None


def keep_orders(
    opened: Connection, vault: Vault, telling: Telling, changes: Sequence[Change]
) -> list[tuple[str, str | None]]:
    """The verdicts on orders, as of `keep`; kept together: much faster than one by one."""
    noun = NOUNS["orders"]
    checked = [rows.checked(noun, change.row) for change in changes]
    kept = noun.keep(opened, vault, telling.shop_id, checked, telling.now)
    return [_said(change, verdict) for change, verdict in zip(changes, kept, strict=True)]


def _gone(opened: Connection, vault: Vault, telling: Telling, change: Change) -> str:
    shop_id = telling.shop_id
    if change.noun == "customers":
        address = email_hash(vault, shop_id, change.email) if change.email else None
        customers.erase(
            opened, shop_id, change.id, telling.now, address_hash=address, order_ids=change.orders
        )
        return "erased"
    if change.noun == "tokens":
        was_there = connected_platforms.forget_token(opened, vault, shop_id, change.id)
        return "removed" if was_there else "unchanged"
    was_there = products.remove(opened, shop_id, change.id, telling.told_at)
    return "removed" if was_there else "unchanged"


def _completed(opened: Connection, shop_id: str, change: Change) -> dict[str, Any]:
    """The product's row with what it leaves out as it is kept: a platform does not say what things cost."""
    row = dict(change.row or {})
    kept = products.as_row(opened, shop_id, change.id)
    if kept is None:
        return row
    given = row.get("variants")
    if given is None:
        return {**kept, **{name: value for name, value in row.items() if name != "variants"}}
    if not isinstance(given, list) or not all(map(_has_id, given)):
        return row  # which its schema rejects
    before = {each["variant_id"]: each for each in kept["variants"]}
    told = {each["variant_id"]: each for each in given}
    variants = [{**before.get(id_, {}), **each} for id_, each in told.items()]
    if change.is_part:
        variants += [each for id_, each in before.items() if id_ not in told]
    return {**kept, **row, "variants": variants}


def _has_id(variant: Any) -> bool:
    return isinstance(variant, dict) and isinstance(variant.get("variant_id"), str)
