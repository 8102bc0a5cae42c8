"""Servers that tests ask or are asked by: they run beside the test, and answer in JSON."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, TypeVar

Server = TypeVar("Server", bound=HTTPServer)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server answers, in a thread of its own, for as long as it is wanted."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class JsonHandler(BaseHTTPRequestHandler):
    """Writes JSON, and nothing on the screen."""

    def read(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def write(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
        """The answer."""
        text = json.dumps(value).encode()
        self.send_response(status)
        known = {"Content-Type": "application/json", "Content-Length": str(len(text))}
        for name, told in {**known, **(headers or {})}.items():
            self.send_header(name, told)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Be quiet."""
