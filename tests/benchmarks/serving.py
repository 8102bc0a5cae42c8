"""Suggestions over HTTP beside an empty Flask route: same server, same settings, same run."""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from urllib.parse import quote

import polars as pl

from tests.benchmarks.encore import ENCORE, ORIGIN, Shop, serving
from tests.benchmarks.load import Load, send
from tests.benchmarks.machine import say

SECONDS, ROUNDS = 5, 3
# As `encore serve` starts it.
EMPTY = [
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", "PORT", "--workers", "2"),
    *("--backlog", "2048", "--blocking-threads", "2"),
]
HEADERS = (f"Origin: {ORIGIN}",)
GOALS = {"cached": "0.7", "computed": "0.3"}


def measure(home: Path, shop: Shop) -> None:
    """Print the rates beside the empty route, the 99th percentile at half the rate, and the statuses."""
    carts = carts_of(home)
    paths = [path_of(shop.public_key, cart) for cart in carts]
    forged = path_of("pk_" + "0" * 48, carts[0])
    encore_command = [ENCORE, "serve", "--port", "PORT", "--workers", "2"]
    with (
        serving([*EMPTY, "tests.benchmarks.empty:app"], home, "/") as (empty, _),
        serving(encore_command, home, "/healthz") as (encore, _),
    ):
        few = [encore + path for path in [*paths[:199], forged]]
        many = [encore + path for path in paths[199:]]
        send(few, seconds=2, headers=HEADERS)
        rates: dict[str, list[Load]] = {"empty": [], "cached": [], "computed": []}
        for turn in range(ROUNDS):
            fresh = many[turn * len(many) // ROUNDS : (turn + 1) * len(many) // ROUNDS]
            rates["empty"].append(send([empty + "/"], seconds=SECONDS))
            rates["cached"].append(send(few, seconds=SECONDS, headers=HEADERS))
            rates["computed"].append(send(fresh, seconds=SECONDS, headers=HEADERS))
        _report(rates)
        for name, asked in (("empty", [empty + "/"]), ("cached", few), ("computed", many[::-1])):
            half = median(load.rate for load in rates[name]) / 2
            _say_p99(name, send(asked, seconds=SECONDS, rate=half, headers=HEADERS))


def _report(rates: dict[str, list[Load]]) -> None:
    yardstick = median(load.rate for load in rates["empty"])
    say("empty Flask route, two workers", f"{yardstick:,.0f} answers a second")
    for name in ("cached", "computed"):
        rate = median(load.rate for load in rates[name])
        say(
            f"suggestions, {name}",
            f"{rate:,.0f} a second, {rate / yardstick:.2f} of the empty route",
            GOALS[name],
        )
    say("bad key mixed in (1 in 200)", f"statuses {rates['cached'][0].statuses}")


def _say_p99(name: str, load: Load) -> None:
    say(
        f"99th percentile at half that rate, {name}",
        f"{load.p99_ms:.1f} ms at {load.rate:,.0f} a second",
        "under 10 ms",
    )


def path_of(key: str, cart: Sequence[str]) -> str:
    value = quote(",".join(f"{product_id}:1" for product_id in cart))
    return f"/v1/recommendations?key={key}&placement=cart&cart={value}&limit=6"


def carts_of(home: Path) -> list[list[str]]:
    """The last products of real orders: distinct carts of 1 to 8 products, the newest first."""
    lines = pl.read_parquet(next((home / "data").glob("*orders*")))
    carts = (
        lines.group_by("order_id", maintain_order=True)
        .agg(pl.col("product_id").unique(maintain_order=True).head(8), pl.col("ordered_at").max())
        .sort("ordered_at", descending=True)
    )
    return list({tuple(cart): list(cart) for cart in carts["product_id"].to_list()}.values())
