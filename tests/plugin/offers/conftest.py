"""A coffee shop with costs known, which may make offers; on SQLite, or on each of the two databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from plugin.app import create_app
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime, open_runtime
from plugin.serving.live import Live
from plugin.store.shops import ShopKeys
from tests.conftest import add_shop, make_config
from tests.plugin.offers.shop import OfferShop
from tests.plugin.storefront import put_catalogue


@pytest.fixture
def cafe(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[OfferShop]:
    """Everything costs 12.50, and the shop itself 5.00; there is no tax."""
    with _open(runtime, shop) as opened:
        yield opened


@pytest.fixture
def cafe_anywhere(database_url: str, tmp_path: Path) -> Iterator[OfferShop]:
    """The same on each database."""
    runtime = open_runtime(make_config(tmp_path / "home", database_url))
    with _open(runtime, add_shop(runtime)) as opened:
        yield opened
    runtime.database.close()


@contextmanager
def _open(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[OfferShop]:
    shop_id, keys = shop
    known: dict[str, Any] = {"variant_id": "v1", "price_minor": 1250, "cost_minor": 500, "stock": 50}
    put_catalogue(runtime, shop_id, variants=[known], categories=["Coffee"])
    live = Live(runtime, poll_seconds=0.05)
    shelves = Shelves(runtime, live, poll_seconds=0.05)
    client = Client(create_app(runtime, live, shelves))
    yield OfferShop(runtime, shop_id, keys, live, client, shelves)
    shelves.close()
    live.close()
