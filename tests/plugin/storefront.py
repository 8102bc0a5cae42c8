"""A small shop as serving's tests use it: a catalogue, and real models trained on plain orders."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import polars as pl
from sqlalchemy import delete, insert
from werkzeug.test import Client, TestResponse

import recommender
from plugin.runtime import Runtime
from plugin.store import models, products, shops
from plugin.store import orders as stored_orders
from plugin.store import tables as t
from plugin.store.database import Connection
from recommender import artefact
from tests.conftest import NOW, ORIGIN

TITLES = {
    "beans": "Espresso Beans",
    "filter": "Paper Filters",
    "grinder": "Hand Grinder",
    "kettle": "Gooseneck Kettle",
    "scale": "Coffee Scale",
    "tea": "Green Tea",
    "cup": "Tea Cup",
}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sell_out(runtime: Runtime, shop_id: str, product_id: str) -> None:
    """Have the shop say that nothing is left of a product with one variant."""
    variants = [{"variant_id": "v1", "price_minor": 1250, "stock": 0}]
    product = {"product_id": product_id, "title": TITLES[product_id], "variants": variants}
    with runtime.database.write() as connection:
        products.put(connection, shop_id, product, NOW)


def put_product(runtime: Runtime, shop_id: str, product_id: str, **changes: Any) -> None:
    """Keep a product with one variant in stock at 12.50, but for `changes`."""
    put_products(runtime, shop_id, [product_id], **changes)


def put_products(runtime: Runtime, shop_id: str, ids: Iterable[str], **changes: Any) -> None:
    """The same for several products at once."""
    known = changes.pop("variants", None) or [{"variant_id": "v1", "price_minor": 1250, "stock": 5}]
    with runtime.database.write() as connection:
        for product_id in ids:
            _replace(connection, shop_id, product_id, known, changes)


def _replace(
    connection: Connection, shop_id: str, product_id: str, variants: Any, changes: Mapping[str, Any]
) -> None:
    version = shops.touch_catalogue(connection, shop_id)
    row: dict[str, Any] = {
        "shop_id": shop_id,
        "product_id": product_id,
        "title": TITLES.get(product_id, product_id),
        "url": f"https://shop.example/p/{product_id}",
        "image_url": None,
        "categories": [],
        "tags": [],
        "created_at": NOW,
        "catalogue_version": version,
    }
    for table in (t.products, t.variants):
        connection.execute(delete(table).where(table.c.shop_id == shop_id, table.c.product_id == product_id))
    connection.execute(insert(t.products).values({**row, **changes}))
    rows = [{"shop_id": shop_id, "product_id": product_id} | each for each in variants]
    connection.execute(insert(t.variants), rows)


def put_catalogue(runtime: Runtime, shop_id: str, **changes: Any) -> None:
    """Keep all of TITLES, each with `changes`."""
    put_products(runtime, shop_id, TITLES, **changes)


def orders(pairs: Sequence[Sequence[str]], times: int = 6) -> pl.DataFrame:
    """Each of `pairs` bought in one order by `times` customers of its own, `c<pair>-<n>`."""
    rows = [
        {"order_id": f"o{p}-{n}", "customer_id": f"c{p}-{n}", "product_id": product_id}
        for p, pair in enumerate(pairs)
        for n in range(times)
        for product_id in pair
    ]
    return pl.DataFrame(rows).with_columns(
        ordered_at=pl.lit(NOW), quantity=pl.lit(1.0), unit_price=pl.lit(12.5, dtype=pl.Float64)
    )


COFFEE = [
    ("beans", "filter"),
    ("beans", "grinder"),
    ("beans", "grinder"),
    ("kettle", "scale"),
    ("tea", "cup"),
]


def keep_orders(
    runtime: Runtime, shop_id: str, pairs: Sequence[Sequence[str]] = COFFEE, times: int = 6
) -> None:
    """Keep `orders(pairs, times)` as the shop's own, as if it had sent them."""
    rows = orders(pairs, times).group_by("order_id", "customer_id", "ordered_at").agg("product_id")
    given = [
        {
            "order_id": order_id,
            "customer_id": customer_id,
            "ordered_at": ordered_at,
            "lines": [{"product_id": each, "quantity": 1} for each in product_ids],
        }
        for order_id, customer_id, ordered_at, product_ids in rows.iter_rows()
    ]
    with runtime.database.write() as connection:
        stored_orders.put_many(connection, shop_id, given, NOW)


def publish(
    runtime: Runtime, shop_id: str, pairs: Sequence[Sequence[str]] = COFFEE, times: int = 6, **options: Any
) -> int:
    """Train a model on `orders(pairs, times)` and put it in use; gives its version. `options`: as `train` has
    them, products and settings.
    """
    return put_in_use(runtime, shop_id, recommender.train(orders(pairs, times), as_of=NOW, **options))


def put_in_use(runtime: Runtime, shop_id: str, model: recommender.Model) -> int:
    """Have the shop use `model`, as the worker does when it has trained one; gives its version."""
    with runtime.database.write() as connection:
        version = models.next_version(connection, shop_id)
        path = runtime.config.artefacts / shop_id / f"{version}.encore"
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save(path)
        artefact = models.Artefact(
            shop_id, version, f"{shop_id}/{version}.encore", model.version, NOW, NOW, {}
        )
        models.publish(connection, artefact)
    return version


def spoil(path: Path, how: str) -> None:
    """Make the artefact at `path` one that cannot be loaded; in the first two ways its checksums hold."""
    read = artefact.read(path)
    facts, arrays = dict(read.facts), {name: np.array(each) for name, each in read.arrays.items()}
    if how == "an unknown setting":
        facts["settings"] = {**facts["settings"], "colour": "red"}
        artefact.write(path, facts, arrays)
    elif how == "a missing array":
        artefact.write(path, facts, dict(list(arrays.items())[1:]))
    elif how == "random bytes":
        path.write_bytes(bytes(np.random.default_rng(0).integers(0, 256, 4096, dtype=np.uint8)))
    else:
        path.unlink()


def ask(client: Client, key: str, **query: Any) -> TestResponse:
    """GET /v1/recommendations from the shop's own page; `placement` is the cart where not given."""
    headers = query.pop("headers", {"Origin": ORIGIN})
    whole: Mapping[str, Any] = {"key": key, "placement": "cart"} | query
    return client.get(f"/v1/recommendations?{urlencode(whole)}", headers=headers)


def shown(answer: TestResponse) -> list[str]:
    """The product ids of an answer's items."""
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return [item["product_id"] for item in answer.json["items"]]
