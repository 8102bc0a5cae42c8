"""Offers over HTTP beside an empty Flask route, with twenty of them live: same server, same run."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import quote

from plugin.config import from_environment
from plugin.intake import rows
from plugin.runtime import open_runtime
from plugin.store import shops
from plugin.store.migrations import migrate
from tests.benchmarks.encore import ENCORE, ORIGIN, environment, serving
from tests.benchmarks.load import Load, send
from tests.benchmarks.machine import say
from tests.benchmarks.serving import EMPTY, HEADERS

LIVE, PRODUCTS, CARTS, VISITORS = 20, 5_000, 20_000, 200
SECONDS, ROUNDS = 5, 3
_KINDS: list[tuple[str, dict[str, Any]]] = [
    ("percent_off", {"off_share": 0.1}),
    ("amount_off", {"off_minor": 150}),
    ("free_shipping", {}),
    ("spend_more", {"from_minor": 6000, "off_minor": 400}),
    ("gift", {"product_id": "p1"}),
    ("bundle", {"products": ["p1", "p2"], "off_share": 0.1}),
    ("order_bump", {"product_id": "p3"}),
    ("next_order_voucher", {"value_minor": 200}),
]


def measure(home: Path) -> None:
    """Print the rate of `GET /v1/offers` beside that of the empty route, and the statuses."""
    home = home / "offers"
    paths = _paths(_shop(home))
    encore_command = [ENCORE, "serve", "--port", "PORT", "--workers", "2"]
    with (
        serving([*EMPTY, "tests.benchmarks.empty:app"], home, "/") as (empty, _),
        serving(encore_command, home, "/healthz") as (encore, _),
    ):
        asked = [encore + path for path in paths]
        send(asked, seconds=2, headers=HEADERS)
        rates: dict[str, list[Load]] = {"empty": [], "offers": []}
        for _ in range(ROUNDS):
            rates["empty"].append(send([empty + "/"], seconds=SECONDS))
            rates["offers"].append(send(asked, seconds=SECONDS, headers=HEADERS))
    yardstick, rate = (median(load.rate for load in rates[name]) for name in ("empty", "offers"))
    say("empty Flask route, two workers", f"{yardstick:,.0f} answers a second")
    say(f"offers, {LIVE} live", f"{rate:,.0f} a second, {rate / yardstick:.2f} of the empty route", "0.3")
    say("statuses", str(rates["offers"][0].statuses))


def _shop(home: Path) -> str:
    """A shop with a catalogue whose costs are known, and its offers; gives its public key."""
    runtime = open_runtime(from_environment(environment(home)))
    migrate(runtime.database)
    now, chance = datetime.now(UTC), Random(0)
    with runtime.database.write() as connection:
        new = shops.NewShop("Benchmark", "EUR", "Europe/Madrid", "en", (ORIGIN,))
        shop_id, keys = shops.add(connection, runtime.vault, new, now)
        money = {"shipping_price_minor": 490, "shipping_cost_minor": 450, "fee_share": 0.02}
        shops.change_settings(connection, shop_id, {"offers": money})
    products = [_product(number, chance.randint(200, 3_000)) for number in range(PRODUCTS)]
    rows.keep(runtime, shop_id, "products", products, now)
    rows.keep(runtime, shop_id, "offers", [_offer(number) for number in range(LIVE)], now)
    runtime.database.close()
    return keys.public


def _product(number: int, price_minor: int) -> dict[str, Any]:
    variant = {"variant_id": "v", "price_minor": price_minor, "cost_minor": price_minor // 2, "stock": 99}
    return {"product_id": f"p{number}", "title": f"Product {number}", "variants": [variant]}


def _offer(number: int) -> dict[str, Any]:
    kind, parameters = _KINDS[number % len(_KINDS)]
    conditions = [
        {"kind": "cart_total", "from_minor": 500},
        {"kind": "weekday", "days": [1, 2, 3, 4, 5, 6, 7]},
    ]
    return {
        "offer_id": f"o{number}",
        "kind": kind,
        "parameters": parameters,
        "placements": ["checkout"],
        "conditions": conditions,
    }


def _paths(key: str) -> list[str]:
    """Questions with distinct carts of one to eight products, by two hundred visitors."""
    chance = Random(1)
    carts = [chance.sample(range(PRODUCTS), chance.randint(1, 8)) for _ in range(CARTS)]
    asked = "/v1/offers?key={}&placement=checkout&consent=personal&visitor_id=v{}&cart={}"
    return [
        asked.format(key, number % VISITORS, quote(",".join(f"p{each}:1" for each in cart)))
        for number, cart in enumerate(carts)
    ]
