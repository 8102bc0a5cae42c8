"""Training: the order of the steps from frames to a model."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import numpy.typing as npt

from recommender import artefact, bundles, upsells, values
from recommender.blend import Blend
from recommender.fitting import fitted
from recommender.frames import read_orders, read_products, read_views
from recommender.history import EPOCH, NO_TIME, History, until
from recommender.model import ID_TABLES, SOURCES, Model
from recommender.reason import LIKENESS
from recommender.settings import Settings
from recommender.sources import belonging, named


def train(
    orders: Any,
    products: Any = None,
    *,
    views: Any = None,
    as_of: datetime | None = None,
    seed: int = 0,
    settings: Settings | Mapping[str, Any] | None = None,
    blend: Blend | None = None,
) -> Model:
    """Learn a model from what was bought.

    `orders`: a pandas or polars frame or a pyarrow table of order lines with `customer_id` (may be null),
    `order_id`, `ordered_at` (may be null; without a zone: UTC), `product_id`, `quantity` (negative: a return)
    and, for the objective, `unit_price` and `unit_cost`; rows in any order. `products`: likewise, with
    `product_id` and what else `read_products` takes. `views`: likewise, what buyers viewed before they
    ordered: `order_id`, `product_id`. Orders after `as_of` are left out; None: the latest `ordered_at`.
    `blend`: one found before (`model.blend`); None: fitted on the last tenth of the orders, which takes as
    long as all the rest. The same rows and seed give the same model, byte for byte, on one machine.
    Raises ValueError naming the column that is amiss.
    """
    chosen = Settings.of(settings)
    catalogue = None if products is None else read_products(products)
    lines = read_orders(orders)
    history = History.of(lines, catalogue, as_of, None if views is None else read_views(views))
    chosen = replace(chosen, blend=blend or fitted(history, chosen, seed))
    arrays: dict[str, npt.NDArray[Any]] = {}
    for table in ID_TABLES:
        ids = getattr(history, table)
        arrays |= named(table, {"offsets": ids.offsets, "letters": ids.letters})
    for source in SOURCES:
        arrays |= named(source.kind, source.fit(history, chosen))
    arrays |= named("values", values.fit(history, until(lines, as_of), chosen))
    arrays |= named("bundles", bundles.fit(history, chosen))
    alike = belonging(arrays, LIKENESS)
    arrays |= named("upsells", upsells.fit(history, until(lines, as_of), alike, chosen))
    figures = _figures(history, seed, chosen)
    return Model(figures, arrays, artefact.version(figures, arrays))


def _figures(history: History, seed: int, settings: Settings) -> dict[str, Any]:
    as_of = None if history.as_of == NO_TIME else (EPOCH + timedelta(microseconds=history.as_of)).isoformat()
    return {
        "n_products": len(history.products),
        "n_orders": history.n_orders,
        "n_customers": len(history.customers),
        "n_lines": len(history.line_order),
        "as_of": as_of,
        "seed": seed,
        "settings": json.loads(json.dumps(asdict(settings))),  # lists for tuples, as a file gives them back
    }
