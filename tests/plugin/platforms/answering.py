"""A platform's own server: it answers what a test has put at its paths."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.plugin.http_servers import JsonHandler, running


class PlatformServer(ThreadingHTTPServer):
    """`paths`: what stands where; `status`: what is answered for all, unless it is 200; `waits_seconds`: how
    long it takes over each answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: dict[str, Any] = {}
        self.status, self.waits_seconds = 200, 0.0
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(JsonHandler):
    server: PlatformServer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        time.sleep(self.server.waits_seconds)
        found = self.server.paths.get(self.path)
        status = self.server.status if self.server.status != 200 else 200 if found is not None else 404
        self.write(status, found if status == 200 else {"errorMessage": "no"})

    def do_POST(self) -> None:
        self.read()
        self.do_GET()


@contextmanager
def answering() -> Iterator[PlatformServer]:
    with running(PlatformServer()) as opened:
        yield opened
