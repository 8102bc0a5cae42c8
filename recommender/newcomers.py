"""Newcomers: room in a model's arrays for products that came since the training."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.identifiers import Ids
from recommender.settings import Settings
from recommender.sources import Arrays, belonging, named, row_starts
from recommender.sources.complements import Complements
from recommender.sources.likeness import Likeness

Fitted = dict[str, npt.NDArray[Any]]
STARTS = ("bought_together/starts", "bought_together/weak_starts", "values/starts")
COUNTS = ("bought_together/orders", "popular/orders", "popular/recent_orders")
AGAIN_OF_NEW, ONCE_OF_NEW = 0.5, -1


def with_newcomers(
    arrays: Arrays, tables: tuple[Ids, Ids], unknown: pl.DataFrame, settings: Settings
) -> Fitted:
    """Those of a model's `arrays` that differ once the products of `unknown` (as CATALOGUE) are added after
    its last; `tables`: its products, those of `unknown` among them, and its categories.
    """
    if unknown.is_empty():
        return {}
    products, categories = tables
    changed = _room(arrays, len(products) - len(unknown), len(unknown))
    changed["values/is_sensitive"] = _sensitive(arrays, len(products), unknown, settings)
    changed |= named("likeness", Likeness.grown(belonging(arrays, "likeness"), unknown, settings))
    changed |= named("complement", _complements(arrays, products, unknown))
    return changed | named("category", _in_categories(arrays, categories, unknown))


def _room(arrays: Arrays, n: int, added: int) -> Fitted:
    """Room for new products in all that has one entry a product."""
    larger: Fitted = {name: np.append(arrays[name], np.repeat(arrays[name][n], added)) for name in STARTS}
    for name in COUNTS:
        larger[name] = np.append(arrays[name], np.zeros(added, arrays[name].dtype))
    for name, value in (("again", AGAIN_OF_NEW), ("once", ONCE_OF_NEW)):
        old = arrays[f"own_purchases/{name}"]
        larger[f"own_purchases/{name}"] = np.append(old, np.full(added, value, old.dtype))
    worth = arrays["values/worth"]
    if len(worth):
        larger["values/worth"] = np.append(worth, np.full(added, np.median(worth), worth.dtype))
    return larger


def _sensitive(arrays: Arrays, n: int, unknown: pl.DataFrame, settings: Settings) -> npt.NDArray[np.bool_]:
    """Which products are sensitive, new ones too; empty where none is."""
    old: npt.NDArray[np.bool_] = arrays["values/is_sensitive"]
    names = set(settings.sensitive_categories)
    new = np.array([not names.isdisjoint(each) for each in unknown["categories"]], dtype=np.bool_)
    known = old if len(old) else np.zeros(n - len(new), np.bool_)
    return np.append(known, new) if len(old) or new.any() else old


def _complements(arrays: Arrays, products: Ids, unknown: pl.DataFrame) -> Fitted:
    """What the shop chose before, with what it chose for its new products."""
    new = Complements.chosen(products, unknown)
    starts, n = arrays["complement/starts"], len(products)
    given = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    given = np.concatenate([given, np.repeat(np.arange(n), np.diff(new["starts"]))])
    joined = {name: np.concatenate([arrays[f"complement/{name}"], new[name]]) for name in ("rows", "place")}
    return {"starts": row_starts(np.bincount(given, minlength=n)), **joined}


def _in_categories(arrays: Arrays, categories: Ids, unknown: pl.DataFrame) -> Fitted:
    """Which categories each product is in, the new ones too; of a category that is new nothing is known."""
    rows = [categories.rows(each) for each in unknown["categories"]]
    starts = arrays["category/product_starts"]
    added = row_starts(np.array([len(each) for each in rows]))[1:]
    every = np.concatenate([arrays["category/product_categories"], *rows])
    return {"product_starts": np.append(starts, starts[-1] + added), "product_categories": every}
