"""What was bought: order lines, net of returns, as arrays by row, in one canonical order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_matrix

from recommender.frames import CATALOGUE, as_utc
from recommender.identifiers import Ids, Rows

MICROSECONDS_A_DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TIME = np.iinfo(np.int64).min

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """Purchases by row. Lines are sorted by order and product, one line for a product of an order.

    `line_order`, `line_product` (int32, one a line); `order_customer` (int32, one an order: a known
    customer's row, or for an order without customer a number of its own from `len(customers)` on);
    `ordered_at` (int64, one an order: microseconds since 1970 UTC, NO_TIME where unknown); `as_of` likewise,
    one number. `category_starts`, `category_rows`: a CSR pattern, products by categories, widest first.
    `catalogue`: what the shop says of its products, one row a product, in the order of rows: CATALOGUE of
    recommender.frames, empty where nothing was said. `view_order`, `view_product` (int32): what was viewed
    before an order, in no certain order.
    """

    products: Ids
    customers: Ids
    categories: Ids
    line_order: Rows
    line_product: Rows
    order_customer: Rows
    ordered_at: Times
    as_of: int
    category_starts: npt.NDArray[np.int64]
    category_rows: Rows
    catalogue: pl.DataFrame
    view_order: Rows
    view_product: Rows

    @classmethod
    def of(
        cls,
        lines: pl.DataFrame,
        products: pl.DataFrame | None,
        as_of: datetime | None,
        views: pl.DataFrame | None = None,
    ) -> "History":
        """From frames as `read_orders`, `read_products` and `read_views` give them. Orders after `as_of` are
        left out, and views of orders and products that nothing is known of.
        """
        bought = purchases(until(lines, as_of))
        said = pl.DataFrame(schema=CATALOGUE) if products is None else products
        product_ids = Ids.of([*bought["product_id"].unique(), *said["product_id"]])
        orders = bought.unique("order_id").sort("order_id").drop_nulls("order_id")
        customers = Ids.of(orders["customer_id"].drop_nulls().unique())
        times = orders["ordered_at"].dt.epoch("us").fill_null(NO_TIME).to_numpy()
        starts, rows, categories = _categories(said, product_ids)
        product_table = pl.Series(product_ids.all(), dtype=pl.String)
        seen = _known(views, orders["order_id"], product_table)
        return cls(
            products=product_ids,
            customers=customers,
            categories=categories,
            line_order=places(bought["order_id"], orders["order_id"]),
            line_product=places(bought["product_id"], product_table),
            order_customer=_customer_numbers(orders, customers),
            ordered_at=times,
            as_of=_moment(as_of, times),
            category_starts=starts,
            category_rows=rows,
            catalogue=_catalogue(said, product_ids),
            view_order=places(seen["order_id"], orders["order_id"]),
            view_product=places(seen["product_id"], product_table),
        )

    @property
    def n_orders(self) -> int:
        """How many orders hold at least one purchase."""
        return len(self.ordered_at)

    def age_days(self) -> Floats:
        """Each order's age at `as_of`; an order without time is as old as the oldest; no times at all: all
        are 0.
        """
        known = self.ordered_at != NO_TIME
        if not known.any():
            return np.zeros(self.n_orders)
        ages = (self.as_of - self.ordered_at) / MICROSECONDS_A_DAY
        ages[~known] = ages[known].max()
        return ages

    def weights(self, half_life_days: float) -> Floats:
        """What each order counts, by its age: 0.5 ** (age_days / half_life_days)."""
        return np.asarray(0.5 ** (self.age_days() / half_life_days))

    def buyers(self) -> npt.NDArray[np.int64]:
        """How many customers bought each product; an order without customer counts as one."""
        n = len(self.products)
        buyer = self.order_customer[self.line_order].astype(np.int64)
        return np.bincount(distinct(buyer * n + self.line_product) % max(n, 1), minlength=n)

    def matrix(self) -> csr_matrix:
        """Orders by products, float64, 1 where the order holds the product; indices sorted."""
        shape = (self.n_orders, len(self.products))
        return csr_matrix((np.ones(len(self.line_order)), (self.line_order, self.line_product)), shape=shape)

    def narrowest_categories(self) -> Rows:
        """`narrowest` of each product."""
        return narrowest(self.category_starts, self.category_rows)

    def in_categories(self, names: Collection[str]) -> npt.NDArray[np.bool_]:
        """For each product whether any of its categories is one of `names`; names that no product has are
        ignored.
        """
        product = np.repeat(np.arange(len(self.products)), np.diff(self.category_starts))
        meant = np.isin(self.category_rows, self.categories.rows(names))
        return np.bincount(product[meant], minlength=len(self.products)) > 0


def narrowest(starts: npt.NDArray[np.int64], categories: Rows) -> Rows:
    """Of each product its narrowest category, -1 where it has none, from a CSR pattern, widest first."""
    found = np.full(len(starts) - 1, -1, dtype=np.int32)
    has_any = np.diff(starts) > 0
    found[has_any] = categories[starts[1:][has_any] - 1]
    return found


def distinct(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Each of `numbers` once, ascending. numpy's own looks millions up in a table, which takes 25 times as
    long as to sort them.
    """
    ascending = np.sort(numbers)
    return ascending[np.flatnonzero(np.diff(ascending, prepend=ascending[:1] - 1))]


def until(lines: pl.DataFrame, as_of: datetime | None) -> pl.DataFrame:
    """The lines not after `as_of` (None: all); lines without time stay."""
    if as_of is None:
        return lines
    return lines.filter((pl.col("ordered_at") <= as_utc(as_of)).fill_null(True))


def purchases(lines: pl.DataFrame) -> pl.DataFrame:
    """`lines` net of returns: order_id, product_id, customer_id, ordered_at and quantity > 0, sorted by the
    first two.

    Returns (quantity < 0) cancel what the same customer bought of the same product no later, latest purchase
    first; without a customer, what the same order holds. What is returned without having been bought is left
    out.
    """
    whole = lines.select("customer_id", "order_id", "ordered_at", "product_id", "quantity").with_columns(
        pl.col("customer_id", "ordered_at").min().over("order_id")
    )
    keys = ["order_id", "product_id", "customer_id", "ordered_at"]
    bought = _summed(whole.filter(pl.col("quantity") > 0), keys)
    returned = _summed(whole.filter(pl.col("quantity") < 0), keys)
    if len(returned):
        bought = _after_returns(bought, returned)
    return bought.sort("order_id", "product_id")


def _known(views: pl.DataFrame | None, orders: pl.Series, products: pl.Series) -> pl.DataFrame:
    if views is None:
        return pl.DataFrame(schema=dict.fromkeys(("order_id", "product_id"), pl.String))
    return views.filter(
        pl.col("order_id").is_in(orders.implode()), pl.col("product_id").is_in(products.implode())
    )


def places(values: pl.Series, table: pl.Series) -> Rows:
    """Where each of `values` stands in `table`, whose entries are distinct and hold them all."""
    positions = table.alias("key").to_frame().with_row_index("place")
    found = values.alias("key").to_frame().join(positions, on="key", how="left", maintain_order="left")
    return found["place"].to_numpy().astype(np.int32)


def _summed(lines: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    # Sorted first: a sum of floats must not depend on the order of the rows.
    return lines.sort(*keys, "quantity").group_by(keys, maintain_order=True).agg(pl.col("quantity").sum())


def _after_returns(bought: pl.DataFrame, returned: pl.DataFrame) -> pl.DataFrame:
    buyer = pl.coalesce("customer " + pl.col("customer_id"), "order " + pl.col("order_id"))
    both = pl.concat([bought, returned]).with_columns(buyer=buyer)
    touched = both.join(
        returned.with_columns(buyer=buyer).select("buyer", "product_id").unique(),
        on=["buyer", "product_id"],
        how="semi",
    )
    untouched = both.join(touched, on=["buyer", "product_id"], how="anti")
    in_time = touched.with_columns(is_return=pl.col("quantity") < 0).sort(
        "buyer", "product_id", "ordered_at", "is_return", "order_id", nulls_last=False
    )
    kept = in_time.with_columns(quantity=pl.Series(_cancelled(in_time), dtype=pl.Float64))
    return pl.concat([untouched, kept.select(untouched.columns)]).filter(pl.col("quantity") > 0).drop("buyer")


def _cancelled(in_time: pl.DataFrame) -> list[float]:
    """What is left of each line's quantity, once every return has cancelled the latest purchases before
    it.
    """
    left = [0.0] * len(in_time)
    open_lines: list[int] = []
    last_key: tuple[Any, Any] | None = None
    for place, (buyer, product, quantity) in enumerate(
        in_time.select("buyer", "product_id", "quantity").iter_rows()
    ):
        if (buyer, product) != last_key:
            last_key, open_lines = (buyer, product), []
        if quantity > 0:
            left[place] = quantity
            open_lines.append(place)
            continue
        while quantity < 0 and open_lines:
            latest = open_lines[-1]
            taken = min(left[latest], -quantity)
            left[latest] -= taken
            quantity += taken
            if left[latest] <= 0:
                open_lines.pop()
    return left


def _customer_numbers(orders: pl.DataFrame, customers: Ids) -> Rows:
    known = orders["customer_id"].is_not_null().to_numpy()
    numbers = np.empty(len(orders), dtype=np.int32)
    numbers[known] = places(orders["customer_id"].drop_nulls(), pl.Series(customers.all(), dtype=pl.String))
    numbers[~known] = len(customers) + np.arange(np.count_nonzero(~known))
    return numbers


def _moment(as_of: datetime | None, times: Times) -> int:
    if as_of is not None:
        return (as_utc(as_of) - EPOCH) // timedelta(microseconds=1)
    known = times[times != NO_TIME]
    return int(known.max()) if len(known) else NO_TIME


def _catalogue(said: pl.DataFrame, products: Ids) -> pl.DataFrame:
    everything = pl.DataFrame({"product_id": products.all()}, schema={"product_id": pl.String})
    lists = [name for name, kind in CATALOGUE.items() if isinstance(kind, pl.List)]
    # A join by the left's order, and not by its sort: ids are sorted by their bytes.
    whole = everything.join(said, on="product_id", how="left", maintain_order="left")
    return whole.with_columns(pl.col(lists).fill_null([]))


def _categories(catalogue: pl.DataFrame, products: Ids) -> tuple[npt.NDArray[np.int64], Rows, Ids]:
    pairs = catalogue.explode("categories").drop_nulls("categories").unique(maintain_order=True)
    table = Ids.of(pairs["categories"].unique())
    product = places(pairs["product_id"], pl.Series(products.all(), dtype=pl.String))
    category = places(pairs["categories"], pl.Series(table.all(), dtype=pl.String))
    order = np.argsort(product, kind="stable")
    starts = np.zeros(len(products) + 1, dtype=np.int64)
    np.cumsum(np.bincount(product, minlength=len(products)), out=starts[1:])
    return starts, category[order], table
