"""The service on a small coffee shop, asked through its WSGI callable."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from werkzeug.test import Client

from plugin.app import create_app
from plugin.jobs import training
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store.shops import ShopKeys
from tests.conftest import add_shop, installed
from tests.plugin.storefront import put_catalogue

_IMPORTED_ONCE = ["pytest", "plugin.jobs.learning"]
"""What a training's child imports. Polars makes its pool of threads when it is first used, in the child."""


@pytest.fixture(scope="session", autouse=True)
def quick_children() -> Iterator[None]:
    """A training's child comes from a server that has loaded the libraries: that takes longer than learning.

    `encore train` and `encore worker`, where a test runs them as programs, start their children as always.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED_ONCE)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training, "multiprocessing", SimpleNamespace(get_context=lambda _: context))
        yield


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
    with _coffee_shop(runtime, shop) as opened:
        yield opened


@pytest.fixture(scope="module")
def unchanged_coffee(tmp_path_factory: pytest.TempPathFactory, sqlite_form: Path) -> Iterator[CoffeeShop]:
    """One coffee shop for all tests of a file that change nothing in it."""
    home = tmp_path_factory.mktemp("coffee") / "home"
    with installed(home, sqlite_form) as runtime, _coffee_shop(runtime, add_shop(runtime)) as opened:
        yield opened


@contextmanager
def _coffee_shop(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[CoffeeShop]:
    shop_id, keys = shop
    put_catalogue(runtime, shop_id)
    live = Live(runtime, poll_seconds=0.05)
    shelves = Shelves(runtime, live)
    yield CoffeeShop(runtime, shop_id, keys, live, Client(create_app(runtime, live, shelves)))
    shelves.close()
    live.close()
