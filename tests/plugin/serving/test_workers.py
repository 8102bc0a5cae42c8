"""Promises of the running service, on a real server with two workers and requests flowing."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plugin.config import from_environment
from plugin.runtime import Runtime, open_runtime
from plugin.store import shops
from plugin.store.migrations import migrate
from tests.conftest import ORIGIN, add_shop
from tests.plugin.storefront import publish, put_catalogue, sell_out


@dataclass(frozen=True)
class Served:
    """A shop with a model, answered for by a server of its own."""

    runtime: Runtime
    shop_id: str
    key: str
    port: int

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask on a new connection, so that any worker may answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Origin": ORIGIN})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def slate(self) -> dict[str, Any]:
        status, body = self.get(f"/v1/recommendations?key={self.key}&placement=cart&cart=beans%3A1")
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def shown(self) -> list[str]:
        return [item["product_id"] for item in self.slate()["items"]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served")
    runtime = open_runtime(from_environment({"ENCORE_HOME": str(home)}))
    migrate(runtime.database)
    shop_id, keys = add_shop(runtime)
    put_catalogue(runtime, shop_id)
    publish(runtime, shop_id)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from plugin.cli import encore; encore()", "serve"]
    command += ["--port", str(port), "--workers", "2"]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            command, env={**os.environ, "ENCORE_HOME": str(home)}, stdout=log, stderr=log
        )
    shop = Served(runtime, shop_id, keys.public, port)
    try:
        wait_until_ready(shop, server, home / "server.log")
        yield shop
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        runtime.database.close()


def wait_until_ready(shop: Served, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            if shop.get("/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text())


@dataclass
class Flow:
    """Requests from four threads without a pause, and what came back: (moment, slate or what went wrong)."""

    shop: Served
    ended: threading.Event
    answers: list[tuple[float, dict[str, Any]]]
    failures: list[str]

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                self.answers.append((time.monotonic(), self.shop.slate()))
            except Exception as error:
                self.failures.append(repr(error))


def flowing(shop: Served, change: Callable[[], float], seconds: float) -> tuple[float, Flow]:
    """Let requests flow from before `change` until `seconds` after it; gives when it was done."""
    flow = Flow(shop, threading.Event(), [], [])
    threads = [threading.Thread(target=flow.run) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    done_at = change()
    time.sleep(seconds)
    flow.ended.set()
    for thread in threads:
        thread.join()
    assert flow.failures == []
    return done_at, flow


def test_a_product_put_out_of_stock_is_in_no_answer_one_second_later(served: Served) -> None:
    def grinder_sold() -> float:
        sell_out(served.runtime, served.shop_id, "grinder")
        return time.monotonic()

    assert "grinder" in served.shown()
    done_at, flow = flowing(served, grinder_sold, 1.5)
    late = [slate for at, slate in flow.answers if at > done_at + 1]
    assert len(late) > 20
    assert all("grinder" not in [item["product_id"] for item in slate["items"]] for slate in late)


def test_a_published_model_is_served_by_all_workers_in_two_seconds_without_a_failure(served: Served) -> None:
    before = served.slate()["model_version"]

    def publish_another() -> float:
        publish(served.runtime, served.shop_id)
        return time.monotonic()

    done_at, flow = flowing(served, publish_another, 2.5)
    versions = {slate["model_version"] for at, slate in flow.answers if at > done_at + 2}
    assert versions == {before + 1}
    assert flow.answers[0][1]["model_version"] == before


def test_stop_silences_every_worker_in_two_seconds(served: Served) -> None:
    def stop(stopped: bool) -> float:
        with served.runtime.database.write() as connection:
            shops.change_settings(connection, served.shop_id, {"stopped": stopped})
        return time.monotonic()

    done_at, flow = flowing(served, lambda: stop(True), 2.3)
    assert {slate["strategy"] for at, slate in flow.answers if at > done_at + 2} == {"stopped"}
    stop(False)
    time.sleep(1)
    assert served.shown()


def test_an_address_of_over_64_kilobytes_gets_the_servers_own_empty_414(served: Served) -> None:
    status, body = served.get("/v1/recommendations?cart=" + "x" * 70_000)
    assert (status, body) == (414, b"")


def test_a_body_of_100_megabytes_is_answered_before_it_is_sent(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: {100 * 2**20}\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 1000)
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_the_service_ends_cleanly_and_says_where_it_is(served: Served) -> None:
    status, body = served.get("/readyz")
    assert status == 200
    assert json.loads(body) == {"database": True, "redis": True, "redis_required": False}
