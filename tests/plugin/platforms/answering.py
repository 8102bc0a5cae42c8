"""A platform's own server: it answers what a test has put at its paths."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class PlatformServer(ThreadingHTTPServer):
    """`paths`: what stands where; `status`: what is answered for all, unless it is 200; `waits_seconds`: before
    each answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.paths: dict[str, Any] = {}
        self.status, self.waits_seconds = 200, 0.0
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PlatformServer

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        time.sleep(self.server.waits_seconds)
        found = self.server.paths.get(self.path)
        status = self.server.status if self.server.status != 200 else 200 if found is not None else 404
        text = json.dumps(found if status == 200 else {"errorMessage": "no"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_args: Any) -> None:
        """Be quiet."""


@contextmanager
def answering() -> Iterator[PlatformServer]:
    with PlatformServer() as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield opened
        finally:
            opened.shutdown()
            thread.join()
