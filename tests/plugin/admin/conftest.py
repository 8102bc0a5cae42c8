"""The merchant's pages as they are mounted, for a test client and for a real browser."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from plugin.admin import create_admin, passwords
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import merchants
from plugin.store.shops import ShopKeys
from tests.conftest import NOW

PASSWORD = "four words are plenty"


class _Compiled(BytecodeCache):
    """The pages' templates as they were once compiled: each test has an application of its own."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes of the same kind that take no time; tests/plugin/test_passwords.py sees to the dear ones."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def mounted(
    runtime: Runtime, live: Live | None = None, shelves: Shelves | None = None
) -> DispatcherMiddleware:
    """The pages below /admin, a minute after the shop was made."""
    later = NOW + timedelta(minutes=1)
    live = live or Live(runtime)
    admin = create_admin(runtime, live, shelves or Shelves(runtime, live), lambda: later)
    admin.jinja_env.bytecode_cache = _COMPILED
    return DispatcherMiddleware(Flask("nothing else"), {"/admin": admin})


class Visitor:
    """A browser without script: follows redirects, keeps cookies, sends the CSRF token with its forms."""

    def __init__(
        self,
        runtime: Runtime,
        address: str = "127.0.0.1",
        live: Live | None = None,
        shelves: Shelves | None = None,
    ) -> None:
        self._client = Client(mounted(runtime, live, shelves), Response)
        self._environ = {"REMOTE_ADDR": address}

    def get(self, path: str, **more: object) -> TestResponse:
        return self._client.get(f"/admin{path}", environ_overrides=self._environ, **more)

    def post(
        self, path: str, form: dict[str, str], *, page: str = "/", token: str | None = None
    ) -> TestResponse:
        """Send `form` with the token of `page` (or the one given), and follow where it leads."""
        if token is None:
            found = re.search(
                r'name="csrf_token" value="([^"]+)"', self.get(page, follow_redirects=True).text
            )
            token = found.group(1) if found else ""
        return self._client.post(
            f"/admin{path}",
            data={"csrf_token": token, **form},
            follow_redirects=True,
            environ_overrides=self._environ,
        )


def new_link(runtime: Runtime, shop_id: str) -> str:
    """The path, below /admin, of a fresh sign-in link."""
    with runtime.database.write() as connection:
        return f"/sign-in/{merchants.add_link(connection, shop_id, NOW)}"


@pytest.fixture
def live(runtime: Runtime) -> Iterator[Live]:
    """What the pages know of the shops; begins to watch with the first page that asks it."""
    opened = Live(runtime, poll_seconds=0.05)
    yield opened
    opened.close()


@pytest.fixture
def shelves(runtime: Runtime, live: Live) -> Iterator[Shelves]:
    """What the pages know of offers; the same."""
    opened = Shelves(runtime, live, poll_seconds=0.05)
    yield opened
    opened.close()


@pytest.fixture
def visitor(runtime: Runtime, live: Live, shelves: Shelves) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(runtime, live=live, shelves=shelves)


@pytest.fixture
def merchant(runtime: Runtime, shop: tuple[str, ShopKeys], visitor: Visitor) -> Visitor:
    """The shop's merchant, signed in by a link that set `PASSWORD`."""
    link = new_link(runtime, shop[0])
    page = visitor.post(link, {"password": PASSWORD, "again": PASSWORD}, page=link)
    assert page.status_code == 200
    return visitor


@pytest.fixture
def address(runtime: Runtime, live: Live, shelves: Shelves) -> Iterator[str]:
    """Where a real server serves the pages, for a real browser."""
    server = make_server("127.0.0.1", 0, mounted(runtime, live, shelves), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/admin"
    server.shutdown()
    thread.join()
    server.server_close()
