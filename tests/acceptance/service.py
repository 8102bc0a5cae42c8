"""A shop's own server and its shoppers, before a real `encore serve` of two workers and a real worker."""

import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from plugin.config import from_environment
from plugin.runtime import Runtime, open_runtime
from plugin.store.migrations import migrate
from plugin.store.shops import ShopKeys
from tests.conftest import ORIGIN, add_shop

ASKED = 24
"""So often a thing is asked for on new connections, so that either worker has answered."""


@dataclass(frozen=True)
class Service:
    """An installation with one shop; `home` holds it, `port` answers for it."""

    home: Path
    runtime: Runtime
    shop_id: str
    keys: ShopKeys
    port: int

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def with_another_shop(self) -> "Service":
        """The same installation, seen by another shop."""
        shop_id, keys = add_shop(self.runtime)
        return replace(self, shop_id=shop_id, keys=keys)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the shop's server is answered; an answer that is not one of 2xx fails the test."""
        headers = {"Authorization": f"Bearer {self.keys.secret}", "Content-Type": "application/json"}
        status, text = self._send(method, path, None if body is None else json.dumps(body), headers)
        assert 200 <= status < 300, text
        return json.loads(text) if text else None

    def slate(self, customer_id: str | None = None, **query: Any) -> dict[str, Any]:
        """The slate that a shopper's page gets; with the customer's proof if there is one."""
        asked = {"key": self.keys.public, "placement": "cart", "limit": 24, **query}
        if customer_id is not None:
            proof = self._proof(customer_id)
            asked |= {"consent": "personal", "customer_id": customer_id, "customer_proof": proof}
        path = f"/v1/recommendations?{urlencode(asked)}"
        status, text = self._send("GET", path, None, {"Origin": ORIGIN})
        assert status == 200, text
        found: dict[str, Any] = json.loads(text)
        return found

    def slates(self, customer_id: str | None = None, **query: Any) -> list[dict[str, Any]]:
        """What all workers answer to one question."""
        return [self.slate(customer_id, **query) for _ in range(ASKED)]

    def command(self, *words: str) -> "subprocess.Popen[bytes]":
        """A running `encore` of this installation."""
        program = [sys.executable, "-c", "from plugin.cli import encore; encore()", *words]
        with (self.home / f"{words[0]}.log").open("a") as log:
            return subprocess.Popen(
                program, env={**os.environ, "ENCORE_HOME": str(self.home)}, stdout=log, stderr=log
            )

    def train(self) -> dict[str, Any]:
        """Ask for a training and give its row as it ended; a worker must run."""
        return self.ended(self.ask("POST", "/v1/trainings")["training_id"])

    def ended(self, training_id: int) -> dict[str, Any]:
        """The training's row as soon as it has ended."""
        found: dict[str, Any] = {}

        def has_ended() -> bool:
            rows = self.ask("GET", "/v1/trainings")["trainings"]
            found.update(next(row for row in rows if row["training_id"] == training_id))
            return found["finished_at"] is not None

        assert until(120, has_ended), found
        return found

    def _proof(self, customer_id: str) -> str:
        expires = int(time.time()) + 600
        told = f"{self.shop_id}\n{customer_id}\n{expires}".encode()
        return f"{expires}.{hmac.new(self.keys.signing.encode(), told, hashlib.sha256).hexdigest()}"

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@contextmanager
def running(home: Path) -> Iterator[Service]:
    """A new installation with a shop, served by two workers of its own."""
    runtime = open_runtime(from_environment({"ENCORE_HOME": str(home)}))
    migrate(runtime.database)
    shop_id, keys = add_shop(runtime)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = Service(home, runtime, shop_id, keys, port)
    server = service.command("serve", "--port", str(port), "--workers", "2")
    try:
        assert until(60, lambda: _is_ready(service, server)), (home / "serve.log").read_text()
        yield service
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        runtime.database.close()


@contextmanager
def working(service: Service) -> Iterator[None]:
    """A worker beside it, which trains what is asked for."""
    worker = service.command("worker")
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(20)


def until(seconds: float, true: Callable[[], bool]) -> bool:
    """Whether `true` comes true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _is_ready(service: Service, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None
    try:
        return service._send("GET", "/readyz", None, {})[0] == 200
    except OSError:
        return False


def orders_of(
    baskets: Sequence[Sequence[str]], customers: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """An order an hour for each basket, the last an hour ago; each of a new customer if none is named."""
    now = datetime.now(UTC).replace(microsecond=0)
    who = customers or [f"customer-{number}" for number in range(len(baskets))]
    return [
        {
            "order_id": f"o{number}",
            "ordered_at": (now - timedelta(hours=len(baskets) - number)).isoformat(),
            "customer_id": customer_id,
            "lines": [{"product_id": product_id, "quantity": 1} for product_id in basket],
        }
        for number, (basket, customer_id) in enumerate(zip(baskets, who, strict=True))
    ]


def products_of(ids: Sequence[str], **more: Any) -> list[dict[str, Any]]:
    """Products in stock at 5.00."""
    variants = [{"variant_id": "v", "price_minor": 500, "stock": 9}]
    return [{"product_id": each, "title": f"Title of {each}", "variants": variants, **more} for each in ids]


def pairs(count: int, spoilt: int = 0) -> list[tuple[str, str]]:
    """Baskets of forty pairs in turn; in the first `spoilt` nothing goes with anything."""
    seconds = [f"b{number % 40}" for number in range(count)]
    mixed = seconds[:spoilt]
    random.Random(1).shuffle(mixed)
    return [(f"a{number % 40}", second) for number, second in enumerate(mixed + seconds[spoilt:])]
