"""The real shop and an Encore beside it, made from nothing by what a merchant and a shop's owner would do.

The catalogue and the orders of the past are those of The Complete Journey, a grocer's till. The products
reach Encore from the shop itself, by its signed webhooks.
"""

import json
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from plugin.demo import data, offers
from plugin.demo.commands import Installation, worker_code
from plugin.demo.departments import BY_SLUG
from plugin.demo.narration import Narration

ROOT = Path(__file__).parent.parent.parent
PRODUCTS = 400
_WORKED_WITHIN_SECONDS = 120

_FOR_TRYING = {"caps": {"per_person": 5, "period_days": 7}}
_OFFERS: list[dict[str, Any]] = [
    {
        "offer_id": "last-minute",
        "kind": "percent_off",
        "parameters": {"off_share": 0.1},
        "placements": ["checkout"],
        "conditions": [{"kind": "cart_total", "from_minor": 1000}],
        "budget": {"total_minor": 50_000},
        **_FOR_TRYING,
    },
    {
        "offer_id": "together",
        "kind": "bundle",
        "parameters": {"off_share": 0.05},
        "placements": ["product"],
        **_FOR_TRYING,
    },
]


@dataclass(frozen=True)
class RealShop:
    """Where the two live, and where they answer."""

    encore: Installation
    port: int

    @property
    def address(self) -> str:
        """Where the shop answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def home(self) -> Path:
        """The shop's own folder."""
        return self.encore.home / "shop"

    @property
    def joined(self) -> dict[str, str]:
        """What joins the shop to Encore."""
        read: dict[str, str] = json.loads((self.home / "encore.json").read_text())
        return read

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What Encore answers to the shop's server."""
        request = urllib.request.Request(
            self.encore.address + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.joined['secret_key']}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def manage(self, *words: str) -> "subprocess.Popen[bytes]":
        """One of the shop's own commands, running."""
        return subprocess.Popen([sys.executable, "-c", self._code(*words)], cwd=ROOT)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The shop's server."""
        code = self._code("runserver", "--noreload", f"127.0.0.1:{self.port}")
        with self.encore.running("shop", code) as process:
            Installation(self.encore.home, self.port).wait_until_ready(process, "/encore/cart/")
            yield

    def _code(self, *words: str) -> str:
        settings = {"DJANGO_SETTINGS_MODULE": "tests.shop.settings", "SHOP_HOME": str(self.home)}
        return (
            f"import os, sys; os.environ.update({settings!r}); sys.path.insert(0, {str(ROOT)!r});"
            f" from django.core.management import execute_from_command_line as run; run({['shop', *words]!r})"
        )


@contextmanager
def standing(shop: RealShop, narration: Narration, households: int | None) -> Iterator[None]:
    """Both of them, ready when this is open and ended after it; what an earlier run has made is found again.

    `households`: of so many of the till's customers the orders are Encore's past; None: of all.
    """
    is_new = not (shop.home / "ready").exists()
    with ExitStack() as open_now:
        if is_new:
            _make(shop, narration, households)
        with narration.step("start", "Starting Encore: Redis, the server and the worker"):
            server = open_now.enter_context(shop.encore.running("server", _server_code(shop.encore.port)))
            open_now.enter_context(shop.encore.running("worker", worker_code()))
            shop.encore.wait_until_ready(server)
        if is_new:
            _join(shop, narration)
        with narration.step("shop", "Starting the shop"):
            open_now.enter_context(shop.running())
        yield


def _make(shop: RealShop, narration: Narration, households: int | None) -> None:
    """The shop with its catalogue, and an Encore that knows its orders of the past."""
    shop.home.mkdir(parents=True, mode=0o700)
    shutil.copytree(ROOT / "plugin" / "demo" / "static" / "drawings", shop.home / "media" / "drawings")
    with narration.step("read", "Reading the orders of a grocer's till"):
        files = data.DemoFiles(shop.home)
        lines = data.order_lines(datetime.now(UTC), households)
        catalogue = _catalogue(lines)
        (shop.home / "catalogue.json").write_text(json.dumps(catalogue))
        sold = [row["product_id"] for row in catalogue]
        lines.filter(pl.col("product_id").is_in(sold)).write_parquet(files.orders)
    with narration.step("make", "Making the shop, and adding it to Encore"):
        filled = shop.manage("fill_shop", str(shop.home / "catalogue.json"))
        words = ("--name", "Real Street Market", "--currency", "USD", "--time-zone", "America/New_York")
        keys = shop.encore.run("shop", "add", *words, "--language", "en", "--origin", shop.address)
        shop.encore.run("import", "orders", str(files.orders), "--shop", keys["shop_id"])
    with narration.step("train", "Learning what goes with what"):
        shop.encore.run("train", "--shop", keys["shop_id"])
        _end(filled)
    names = ("shop_id", "public_key", "secret_key", "signing_secret")
    joined = {name: keys[name] for name in names}
    joined |= {"address": shop.encore.address, "shop_address": shop.address}
    _write(shop, joined | {"session_key": secrets.token_hex(32)})


def _join(shop: RealShop, narration: Narration) -> None:
    """The shop is connected, and sends its catalogue by webhook."""
    with narration.step("join", "Connecting the shop; it sends its catalogue by webhook"):
        margins = {"assumed_margin_shares": offers.MARGIN_SHARES}
        shop.ask("PATCH", "/v1/settings", {"holdout_share": 0.0, "offers": margins})
        shop.ask("PUT", "/v1/offers", _OFFERS)
        connected = shop.ask("PUT", "/v1/platforms/generic", {})
        where = f"{shop.encore.address}/webhooks/generic/{shop.joined['shop_id']}"
        _write(shop, shop.joined | {"webhook_address": where, "webhook_secret": connected["secret"]})
        _end(shop.manage("tell_encore"))
        _wait_until_worked(shop)
    (shop.home / "ready").touch()


def _catalogue(lines: pl.DataFrame) -> list[dict[str, Any]]:
    """The best known products that are sold and have a price."""
    known = data.catalogue(lines).filter(pl.col("department").is_not_null()).head(PRODUCTS)
    return [
        {
            "product_id": row["product_id"],
            "title": row["title"],
            "categories": [BY_SLUG[row["department"]].name, row["category"]],
            "price_minor": row["price_minor"],
            "drawing": f"drawings/{row['department']}.svg",
        }
        for row in known.iter_rows(named=True)
    ]


def _wait_until_worked(shop: RealShop) -> None:
    end = time.monotonic() + _WORKED_WITHIN_SECONDS
    while any(each["verdict"] is None for each in shop.ask("GET", "/v1/deliveries")["deliveries"]):
        if time.monotonic() > end:
            raise TimeoutError("Encore's worker has not worked what the shop sent; worker.log may say why.")
        time.sleep(0.2)


def _server_code(port: int) -> str:
    return worker_code().replace("'worker'", f"'serve', '--port', '{port}', '--workers', '1'")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.wait():
        raise RuntimeError("A command of the shop failed; it says why above.")


def _write(shop: RealShop, joined: dict[str, str]) -> None:
    path = shop.home / "encore.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(joined))
