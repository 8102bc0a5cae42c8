"""The real orders that are judged on, and any others of the same form."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from plugin.demo import data
from plugin.intake.reading import bought_lines

SHARED = Path(__file__).parents[4] / "shared" / "data"
COMPLETE_JOURNEY = "complete_journey"
TITLES = {
    COMPLETE_JOURNEY: "The Complete Journey",
    "online_retail_ii": "Online Retail II",
    "groceries": "Groceries",
}
AFTER_ITS_END = datetime(2018, 1, 2, tzinfo=UTC)  # so that its times stay as they are


@dataclass(frozen=True)
class Orders:
    """Order lines and products (None: not known) as `recommender.train` takes them, and what they are
    called.
    """

    title: str
    lines: pl.DataFrame
    products: pl.DataFrame | None


def named(name: str) -> Orders | None:
    """The orders called `name`; None where they are not on this machine."""
    if name == COMPLETE_JOURNEY:
        return _complete_journey()
    folder = SHARED / name
    if not (folder / "orders.parquet").exists():
        return None
    products = folder / "products.parquet"
    return Orders(
        TITLES.get(name, name),
        pl.read_parquet(folder / "orders.parquet"),
        pl.read_parquet(products) if products.exists() else None,
    )


def of_files(orders: Path, products: Path | None) -> Orders:
    """Orders from a file of any kind that an import takes, and products from Parquet."""
    lines, _ = bought_lines(orders)
    title = orders.parent.name if orders.stem == "orders" else orders.stem
    return Orders(title, lines, pl.read_parquet(products) if products else None)


def _complete_journey() -> Orders:
    lines = data.order_lines(AFTER_ITS_END)
    catalogue = data.catalogue(lines)
    categories = pl.concat_list("department", "category").list.drop_nulls()
    return Orders(
        TITLES[COMPLETE_JOURNEY], lines, catalogue.select("product_id", "title", categories=categories)
    )
