"""What the tests of intake share: an import from beginning to end, and what came of it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.intake import importing
from plugin.runtime import Runtime
from plugin.store import orders
from plugin.store.imports import Import
from plugin.store.shops import ShopKeys
from tests.conftest import NOW

Load = Callable[..., Import]


@pytest.fixture
def load(runtime: Runtime, shop: tuple[str, ShopKeys], tmp_path: Path) -> Load:
    """Import a file of this content (text or bytes) into the shop."""

    def run(
        content: str | bytes | Path, noun: str = "orders", name: str = "file.csv", **options: Any
    ) -> Import:
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        request = importing.Request(shop[0], noun, path, **options)
        state = importing.begin(runtime, request, NOW)
        return importing.run(runtime, state, lambda: NOW + timedelta(minutes=1), lambda *_: None)

    return run


@pytest.fixture
def find(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Callable[[str], dict[str, Any]]:
    """The visible order of this id."""

    def order(order_id: str) -> dict[str, Any]:
        with runtime.database.read() as connection:
            found = orders.find(connection, shop[0], order_id)
        assert found, f"there is no order {order_id}"
        return found

    return order


def rejects(done: Import) -> list[str]:
    """The rejects file's lines below its header."""
    return Path(done.rejects_path).read_text().splitlines()[1:]
