"""Offers as shopper and shop notice them: the promises of the whole, over HTTP, served by real processes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from plugin.cache.connection import RedisError, connect
from plugin.demo.commands import free_port
from plugin.intake import rows
from plugin.runtime import Runtime, open_runtime
from plugin.store import offers
from plugin.store.migrations import migrate
from plugin.store.shops import ShopKeys
from tests.conftest import ORIGIN, add_shop, make_config
from tests.plugin.offers.shop import claim, offer
from tests.plugin.processes import within

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
THREADS = 12
_REST_SECONDS = 6.0
_KILLED_AT: dict[int, float] = {}
"""When the workers of each server were killed last."""


def _answered(request: urllib.request.Request) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


@dataclass(frozen=True)
class Served:
    """A shop with one offer, served by real processes."""

    runtime: Runtime
    shop_id: str
    keys: ShopKeys
    address: str
    server: "subprocess.Popen[bytes]"

    def call(self, method: str, path: str, body: Any = None, *, secret: bool = False) -> tuple[int, Any]:
        """The status and JSON of an answer; 0 where there was none."""
        headers = {"Origin": ORIGIN, "User-Agent": BROWSER, "Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {self.keys.secret}"} if secret else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            return _answered(request)
        except (OSError, HTTPException):  # the worker was killed on its way
            return 0, None

    def known(self) -> bool:
        """Whether every worker knows the shop: one that was just opened is read within the second."""
        asked = urlencode({"key": self.keys.public, "placement": "checkout"})
        return all(self.call("GET", f"/v1/offers?{asked}")[0] == 200 for _ in range(16))

    def slate(self, **query: str) -> Any:
        """The answer to GET /v1/offers for two bags of beans in the checkout."""
        asked = {"key": self.keys.public, "placement": "checkout", "cart": "beans:2", **query}
        status, answer = self.call("GET", f"/v1/offers?{urlencode(asked)}")
        assert status == 200, answer
        return answer

    def accept(self, slate: Any) -> tuple[int, Any]:
        """Accept what the slate showed; again, where the server was gone or busy."""
        body = {
            "key": self.keys.public,
            "slate_id": slate["slate_id"],
            "cart": [{"product_id": "beans", "quantity": 2}],
        }
        return self.insist("POST", "/v1/offers/welcome/accept", body)

    def insist(self, method: str, path: str, body: Any, *, secret: bool = False) -> tuple[int, Any]:
        """As a careful client does: what was not answered, or not now, is sent again."""
        for _ in range(200):
            status, answer = self.call(method, path, body, secret=secret)
            if status not in (0, 429):
                return status, answer
            time.sleep(0.1)
        raise AssertionError("no answer")

    def redeem(self, accepted: Any, order_id: str) -> tuple[int, Any]:
        return self.insist("POST", "/v1/redemptions", claim(accepted, order_id), secret=True)

    def row(self) -> offers.StoredOffer:
        with self.runtime.database.read() as connection:
            found = offers.find(connection, self.shop_id, "welcome")
        assert found
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Runtime, str, "subprocess.Popen[bytes]"]]:
    """`encore serve` with two workers, on each database: its runtime, address and process."""
    home = tmp_path_factory.mktemp("offers")
    kinds = {"sqlite": f"sqlite:///{home / 'encore.db'}", "postgresql": None}
    config = make_config(home, kinds[request.param] or request.getfixturevalue("postgres_url"))
    runtime = open_runtime(config)
    migrate(runtime.database)
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    environment = kept | {
        "ENCORE_HOME": str(home),
        "ENCORE_DATABASE_URL": config.database_url,
        "ENCORE_SECRET_KEY": config.secret_key,
        "ENCORE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ENCORE_ACCEPTS_PER_MINUTE": "100000",
    }
    command = [str(Path(sys.executable).with_name("encore")), "serve", "--port", str(port), "--workers", "2"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
    yield runtime, f"http://127.0.0.1:{port}", started
    _end(started)
    runtime.database.close()


@pytest.fixture
def served(server: tuple[Runtime, str, "subprocess.Popen[bytes]"]) -> Served:
    """A shop of the test's own that sells beans."""
    runtime, address, process = server
    shop_id, keys = add_shop(runtime)
    variant = {"variant_id": "v1", "price_minor": 1250, "cost_minor": 500, "stock": 5000}
    beans = {"product_id": "beans", "title": "Espresso Beans", "variants": [variant]}
    rows.keep(runtime, shop_id, "products", [beans], datetime.now(UTC))
    opened = Served(runtime, shop_id, keys, address, process)
    assert within(60, opened.known)
    return opened


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End the server and all that it started, a worker that it is just starting too; it may not end by
    itself after its workers were killed.
    """
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(1)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait(20)


def _children(server: "subprocess.Popen[bytes]") -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def offered(served: Served, **fields: Any) -> None:
    """Keep the offer, and wait until every worker shows it."""
    status, answer = served.call("PUT", "/v1/offers", [offer(**fields)], secret=True)
    assert (status, answer["verdicts"][0]["verdict"]) == (200, "created"), answer
    seen = [served.slate()["offer"] is not None for _ in range(8)]
    assert within(10, lambda: all(served.slate()["offer"] is not None for _ in range(8))), seen


def ends(answers: list[tuple[int, Any]]) -> Counter[Any]:
    return Counter("done" if status == 200 else answer["reason"] for status, answer in answers)


def workers_of(served: Served) -> list[int]:
    """The process ids of the web workers."""
    started = ((pid, _command(pid)) for pid in _children(served.server))
    return [pid for pid, command in started if command and b"redis" not in command]


def _command(pid: int) -> bytes:
    """Nothing where it has ended meanwhile."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def disturb(served: Served) -> None:
    """In the midst of it empty Redis, kill it and all web workers: who watches over them starts new ones."""
    time.sleep(0.3)
    with suppress(RedisError), connect(served.runtime.config, timeout_seconds=1.0) as client:
        client.flushall()
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    for pid in workers_of(served):
        os.kill(pid, signal.SIGKILL)
    _KILLED_AT[served.server.pid] = time.monotonic()


def rested(served: Served) -> None:
    """A worker that dies twice in 5.5 seconds is a crash loop to the server, which then ends: leave time."""
    killed_at = _KILLED_AT.get(served.server.pid, -_REST_SECONDS)
    time.sleep(max(0.0, killed_at + _REST_SECONDS - time.monotonic()))


@pytest.mark.parametrize("times", [60, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_one_code_is_redeemed_once_while_redis_and_workers_are_killed(served: Served, times: int) -> None:
    offered(served, caps={"per_person": 5})
    _, accepted = served.accept(served.slate())
    rested(served)
    with ThreadPoolExecutor(THREADS + 1) as pool:
        disturbed = pool.submit(disturb, served)
        answers = list(pool.map(lambda number: served.redeem(accepted, f"o{number}"), range(times)))
        disturbed.result()
    assert ends(answers) == {"done": 1, "redeemed_by_other_order": times - 1}
    (winner,) = (answer["order_id"] for status, answer in answers if status == 200)
    assert {answer["errors"]["order_id"][0] for status, answer in answers if status != 200} == {winner}
    with ThreadPoolExecutor(THREADS) as pool:
        again = list(pool.map(lambda _: served.redeem(accepted, winner), range(times)))
    assert ends(again) == {"done": times}
    assert len({str(answer) for _, answer in again}) == 1
    assert (served.row().redeemed, served.row().spent_minor) == (1, 250)


def test_a_dismissal_is_kept_by_every_worker(served: Served) -> None:
    from plugin.serving import proof

    offered(served)
    expires = int(time.time()) + 600
    statement = proof.customer_statement(served.shop_id, "c1")
    made = proof.signed(served.keys.signing.encode(), statement, expires)
    who = {"consent": "personal", "customer_id": "c1", "customer_proof": made}
    slate = served.slate(**who)
    body = {"key": served.keys.public, "slate_id": slate["slate_id"], "cart": [], **who}
    status, _ = served.call("POST", "/v1/offers/welcome/dismiss", body)
    assert status == 204
    assert within(5, lambda: all(served.slate(**who)["offer"] is None for _ in range(8)))
    assert served.slate()["offer"] is not None


@pytest.mark.parametrize(
    "times", [120, pytest.param(2000, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_a_budget_holds_while_redis_and_workers_are_killed(served: Served, times: int) -> None:
    budget = times // 20
    offered(served, budget={"count": budget})
    slates = [served.slate() for _ in range(times)]
    rested(served)
    with ThreadPoolExecutor(THREADS + 1) as pool:
        disturbed = pool.submit(disturb, served)
        answers = list(pool.map(served.accept, slates))
        disturbed.result()
    assert ends(answers) == {"done": budget, "budget_spent": times - budget}
    assert (served.row().accepted, served.row().reserved_minor) == (budget, 250 * budget)
    assert len({answer["code"] for status, answer in answers if status == 200}) == budget
