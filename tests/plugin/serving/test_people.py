"""What a worker learns of customers between two trainings."""

from datetime import timedelta
from pathlib import Path

from plugin.intake import importing
from plugin.runtime import Runtime
from plugin.serving.people import People
from plugin.store.shops import ShopKeys
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def load(runtime: Runtime, shop_id: str, path: Path, customer_ids: list[str], after_seconds: int) -> None:
    rows = [f"{path.stem}-{each},2026-02-01,beans,1,{each}" for each in customer_ids]
    path.write_text("\n".join(["order_id,ordered_at,product_id,quantity,customer_id", *rows]))
    now = NOW + after_seconds * SECOND
    state = importing.begin(runtime, importing.Request(shop_id, "orders", path), now)
    importing.run(runtime, state, lambda: now, lambda *_: None)


def test_an_import_is_read_once_and_the_next_one_too(
    runtime: Runtime, shop: tuple[str, ShopKeys], tmp_path: Path
) -> None:
    people, learnt = People(trained_at=NOW), list[set[str]]()

    def refresh(after_seconds: int) -> None:
        people.history.clear()  # what is there afterwards was read just now
        with runtime.database.read() as connection:
            people.refresh(connection, shop[0], NOW + after_seconds * SECOND)
        learnt.append(set(people.history))

    load(runtime, shop[0], tmp_path / "a.csv", ["c1", "c2"], 10)
    refresh(11)
    refresh(12)
    load(runtime, shop[0], tmp_path / "b.csv", ["c3"], 12)
    refresh(13)
    refresh(14)
    refresh(200)
    assert learnt == [{"c1", "c2"}, set(), {"c3"}, set(), set()]
