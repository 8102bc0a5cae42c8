"""A shop that is removed is nowhere any more, and the shop beside it is as it was."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table, insert, select

from plugin.cache.connection import connect
from plugin.cache.redis_server import redis_running
from plugin.jobs.queue import wake
from plugin.jobs.removing import remove_shop
from plugin.jobs.sweep import sweep
from plugin.runtime import Runtime
from plugin.store.instants import Instant
from plugin.store.tables import leases, metadata
from tests.conftest import NOW, add_shop


def test_nothing_of_it_is_left_in_any_table_file_or_redis_key(runtime: Runtime, tmp_path: Path) -> None:
    shop_id, other = add_shop(runtime)[0], add_shop(runtime, "https://other.example")[0]
    fill(runtime, shop_id, tmp_path)
    fill(runtime, other, tmp_path)
    before = rows_of(runtime, other)
    assert all(rows_of(runtime, shop_id).values())
    with redis_running(runtime.config), connect(runtime.config, timeout_seconds=5.0) as client:
        for each in (shop_id, other):
            client.set(f"encore:{each}:candidates:0:0:1:abc", b"[]")
            wake(runtime, each)
        receipt = remove_shop(runtime, shop_id, "command", NOW + timedelta(hours=1))
        held = [str(key) for key in client.scan_iter()]
        waiting = [str(each) for each in client.lrange("rq:queue:encore", 0, -1)]  # type: ignore[union-attr]
    assert not any(shop_id in each for each in held + waiting)
    assert sum(other in each for each in held + waiting) == 3
    assert not any(rows_of(runtime, shop_id).values())
    assert rows_of(runtime, other) == before
    assert [each for each in tmp_path.rglob("*") if shop_id in str(each)] == [kept(runtime, shop_id)]
    assert set(receipt.rows) == {table.name for table in metadata.sorted_tables}
    assert (receipt.files, receipt.redis_keys, receipt.coupons_left) == (3, 2, 1)
    assert receipt.webhooks_left == ["woocommerce"]  # without its key
    told = json.loads(kept(runtime, shop_id).read_text())
    assert told == receipt.as_json()
    assert told["removed_at"] == "2026-03-02T13:00:00+00:00"


def test_without_redis_the_shop_goes_all_the_same(runtime: Runtime) -> None:
    shop_id, _ = add_shop(runtime)
    assert remove_shop(runtime, shop_id, "shopify", NOW).redis_keys is None
    assert not any(rows_of(runtime, shop_id).values())


def test_the_next_sweep_removes_what_came_just_after(runtime: Runtime, tmp_path: Path) -> None:
    shop_id, _ = add_shop(runtime)
    remove_shop(runtime, shop_id, "command", NOW)
    with runtime.database.write() as opened:
        opened.execute(insert(leases).values(shop_id=shop_id, name="reading", owner="x", expires_at=NOW))
    assert sweep(runtime, "worker", NOW + timedelta(minutes=1))
    assert not any(rows_of(runtime, shop_id).values())


def kept(runtime: Runtime, shop_id: str) -> Path:
    return runtime.config.home / "receipts" / f"{shop_id}.json"


def fill(runtime: Runtime, shop_id: str, folder: Path) -> None:
    """A row in every table, two artefacts, a file of rejects."""
    artefacts = runtime.config.artefacts / shop_id
    artefacts.mkdir(parents=True)
    rejects = folder / f"rejects-of-{shop_id}.csv"
    for path in (artefacts / "1.encore", artefacts / "2.encore", rejects):
        path.write_bytes(b"x")
    known = {"shop_id": shop_id, "rejects_path": str(rejects), "platform": "woocommerce", "token": None}
    known |= {"ends_at": NOW + timedelta(days=1)}
    with runtime.database.write() as opened:
        for table in metadata.sorted_tables:
            if opened.execute(select(table).where(table.c.shop_id == shop_id)).first() is None:
                values = {each.name: known.get(each.name, _value(each, shop_id)) for each in table.columns}
                opened.execute(insert(table).values(values))


def _value(column: Column[Any], shop_id: str) -> Any:
    for kind, value in (
        (Instant, NOW),
        (Boolean, False),
        ((Integer, BigInteger), 7),
        (Float, 1.0),
        (JSON, []),
        (LargeBinary, b"x"),
    ):
        if isinstance(column.type, kind):  # type: ignore[arg-type]
            return value
    return f"x-{shop_id}"


def rows_of(runtime: Runtime, shop_id: str) -> dict[str, list[str]]:
    """All rows of the shop by table: every table has its id."""
    with runtime.database.read() as opened:
        return {table.name: _rows(opened, table, shop_id) for table in metadata.sorted_tables}


def _rows(opened: Any, table: Table, shop_id: str) -> list[str]:
    return sorted(str(row) for row in opened.execute(table.select().where(table.c.shop_id == shop_id)))
