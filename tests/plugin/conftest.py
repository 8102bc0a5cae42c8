"""The service on a small coffee shop, asked through its WSGI callable."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.test import Client

from plugin.app import create_app
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store.shops import ShopKeys
from tests.plugin.storefront import put_catalogue


@dataclass(frozen=True)
class CoffeeShop:
    """A shop with a catalogue, no model yet, and the service that answers for it."""

    runtime: Runtime
    shop_id: str
    keys: ShopKeys
    live: Live
    client: Client


@pytest.fixture
def coffee(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[CoffeeShop]:
    shop_id, keys = shop
    put_catalogue(runtime, shop_id)
    live = Live(runtime, poll_seconds=0.05)
    shelves = Shelves(runtime, live)
    yield CoffeeShop(runtime, shop_id, keys, live, Client(create_app(runtime, live, shelves)))
    shelves.close()
    live.close()
