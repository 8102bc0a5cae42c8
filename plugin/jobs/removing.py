"""Removing a shop whole: its rows, its files and what Redis holds of it, with a receipt of what went."""

import json
import os
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from plugin.cache.connection import RedisError
from plugin.cache.removal import forget_shop
from plugin.config import make_folder
from plugin.errors import Refusal
from plugin.jobs import coupons, leaving
from plugin.jobs.platform_way import asking_of
from plugin.jobs.queue import hush
from plugin.runtime import Runtime
from plugin.store import connected_platforms, imports, leases, platform_coupons, readings, shops
from plugin.store.connected_platforms import ConnectedPlatform
from plugin.store.leases import Lease

_ALONE_SECONDS = 3600.0
"""So long no job makes webhooks or coupons for a shop that is being removed."""
_LATE = timedelta(hours=1)
"""After so long nobody has a removed shop in memory."""


@dataclass(frozen=True)
class Receipt:
    """What was removed: rows by table, files, keys in Redis (None: it did not answer; its keys lapse within
    six hours), coupons that may still stand in the shop until they end, platforms that may still deliver
    until somebody ends it there. `cause`: command, or the platform that asked. It names no person."""

    shop_id: str
    name: str
    cause: str
    removed_at: datetime
    rows: dict[str, int]
    files: int
    redis_keys: int | None
    coupons_left: int
    webhooks_left: list[str]

    def as_json(self) -> dict[str, object]:
        """The receipt as it is printed and kept."""
        return {**asdict(self), "removed_at": self.removed_at.isoformat()}


def remove_shop(runtime: Runtime, shop_id: str, cause: str, now: datetime) -> Receipt:
    """Remove the shop with all that is kept of it, and its webhooks and coupons from the shop as far as its
    platform lets Encore; the receipt is kept below `receipts` in ENCORE_HOME. `Refusal("unknown_shop")`."""
    asked = asking_of(runtime, _alone(runtime, shop_id, now), lambda: now)
    ended = [leaving.remove_webhooks(runtime, each) for each in asked.values()]
    webhooks_left = [name for name, is_ended in zip(asked, ended, strict=True) if not is_ended]
    coupons_left = coupons.remove_all(runtime, shop_id, asked, now)
    return _remove(runtime, shop_id, cause, (coupons_left, webhooks_left), now)


def _alone(runtime: Runtime, shop_id: str, now: datetime) -> list[ConnectedPlatform]:
    """Keep jobs from making anew what is being removed; gives the platforms, those that are `leaving` too."""
    with runtime.database.write() as opened:
        shops.lock(opened, shop_id)
        for name in (readings.LEASE, platform_coupons.LEASE):
            leases.end(opened, shop_id, name)
            leases.take(opened, Lease.attempt(shop_id, name, _ALONE_SECONDS), now)
        stay = connected_platforms.all_of(opened, runtime.vault, shop_id)
        leave = connected_platforms.leaving(opened, runtime.vault, shop_id)
    return [replace(each, silent_until=None) for each in (*stay, *leave)]


def _remove(
    runtime: Runtime, shop_id: str, cause: str, left: tuple[int, list[str]], now: datetime
) -> Receipt:
    """Remove all that is kept of it. `left`: the coupons and webhooks that stay in the shop itself.

    Files go first, so that whoever is killed in between finds the rows and does it again; and once more after
    the rows, for a training may have written one meanwhile.
    """
    with runtime.database.read() as opened:
        name = shops.require(opened, shop_id).name
        noted = [Path(each.rejects_path) for each in imports.all_of(opened, shop_id) if each.rejects_path]
    files = _without_files(runtime, shop_id, noted)
    with runtime.database.write() as opened:
        rows = shops.remove(opened, shop_id)
    files += _without_files(runtime, shop_id, noted)
    keys = _without_keys(runtime, shop_id)
    receipt = Receipt(shop_id, name, cause, now, rows, files, keys, *left)
    _keep(runtime, receipt)
    return receipt


def remove_late(runtime: Runtime, now: datetime) -> None:
    """Remove what was kept of shops just after they were removed: an event, say, of a request under way."""
    for path in (runtime.config.home / "receipts").glob("*.json"):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            shop_id, removed_at = told["shop_id"], datetime.fromisoformat(told["removed_at"])
        except (ValueError, KeyError, TypeError):
            continue  # somebody changed it: the others are swept all the same
        if removed_at > now - _LATE:
            with runtime.database.write() as opened:
                shops.remove_late(opened, shop_id)


def leave_platform(runtime: Runtime, shop_id: str, platform: str, now: datetime) -> Receipt:
    """Remove the shop because its platform asks for it; `Refusal("by_hand")` if it has another one besides:
    nobody can tell what came from which. Its token opens nothing any more, so its coupons stay until they
    end; its webhooks went with the app, but not those of a platform that is being left just now."""
    with runtime.database.read() as opened:
        coupons_left = platform_coupons.standing(opened, shop_id, now)
        connected = connected_platforms.all_of(opened, runtime.vault, shop_id)
        leave = connected_platforms.leaving(opened, runtime.vault, shop_id)
    if {each.platform for each in connected} != {platform}:
        raise Refusal(
            "by_hand",
            "This platform asks to delete the shop's data within 30 days, but the shop is connected to"
            f" another one. If all of it is to go, the operator runs `encore shop remove {shop_id}`.",
        )
    return _remove(runtime, shop_id, platform, (coupons_left, [each.platform for each in leave]), now)


def _without_files(runtime: Runtime, shop_id: str, noted: list[Path]) -> int:
    """Delete the shop's artefacts and its imports' rejected rows; gives how many files."""
    folder = runtime.config.artefacts / shop_id
    count = sum(len(files) for _, _, files in os.walk(folder))
    shutil.rmtree(folder, ignore_errors=True)
    for path in {each for each in noted if each.is_file()}:
        path.unlink(missing_ok=True)
        count += 1
    return count


def _without_keys(runtime: Runtime, shop_id: str) -> int | None:
    try:
        return forget_shop(runtime.config, shop_id) + hush(runtime, shop_id)
    except RedisError:
        return None


def _keep(runtime: Runtime, receipt: Receipt) -> None:
    folder = runtime.config.home / "receipts"
    make_folder(folder)
    begun = folder / f"{receipt.shop_id}.part"
    begun.write_text(json.dumps(receipt.as_json(), indent=2) + "\n", encoding="utf-8")
    begun.replace(begun.with_suffix(".json"))
