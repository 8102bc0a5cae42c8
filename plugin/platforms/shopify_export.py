"""Shopify's files: the columns of its admin's order export (Orders > Export, CSV)."""

from collections.abc import Sequence

import polars as pl

from plugin.platforms.shopify import STATUS

# The export's header as several public importers quote it (read November 2026): one row a line; the order's
# own fields stand on its first row only, `Name` and `Email` on all.
# The export names no product id and no customer id: a product is its SKU, or for want of one its name, and
# customers are joined by mail address.
COLUMNS = {
    "Name": "name",
    "Id": "order_id",
    "Email": "email",
    "Financial Status": "financial",
    "Fulfillment Status": "fulfillment",
    "Cancelled at": "cancelled_at",
    "Currency": "currency",
    "Shipping": "shipping",
    "Discount Code": "coupon_codes",
    "Created at": "ordered_at",
    "Lineitem quantity": "quantity",
    "Lineitem name": "title",
    "Lineitem sku": "sku",
    "Lineitem price": "unit_price",
    "Lineitem discount": "discount",
}
_NEEDED = {"Name", "Financial Status", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"}
_ON_FIRST_ROW = (
    "order_id",
    "email",
    "financial",
    "fulfillment",
    "cancelled_at",
    "currency",
    "shipping",
    "coupon_codes",
    "ordered_at",
)


def recognise(columns: Sequence[str], is_json: bool) -> str | None:
    """The form of export that has these columns, if one has."""
    return "shopify" if not is_json and set(columns) >= _NEEDED else None


class OrderExport:
    """Turns batches of the export, in the file's order, into rows of Encore's names.

    Remembers the last order's fields, for its lines may go on in the next batch.
    """

    def __init__(self) -> None:
        self._last: pl.DataFrame | None = None

    def __call__(self, table: pl.DataFrame) -> pl.DataFrame:
        """The batch with every order's fields on each of its rows."""
        present = {own: name for own, name in COLUMNS.items() if own in table.columns}
        named = table.rename(present).with_columns(
            pl.lit(None, pl.String).alias(name) for name in COLUMNS.values() if name not in present.values()
        )
        named = named.with_columns(pl.col(name).replace("", None) for name in COLUMNS.values())
        whole = named if self._last is None else pl.concat([self._last, named], how="diagonal")
        # A row with a status or an id begins an order: Name alone would join two that are named alike.
        begins = pl.any_horizontal(pl.col("financial", "order_id").is_not_null())
        filled = whole.with_columns(begins.cum_sum().over("name").alias("nth")).with_columns(
            pl.col(name).forward_fill().over("name", "nth") for name in _ON_FIRST_ROW
        )
        self._last = filled.tail(1).select(named.columns)
        return _as_rows(filled if whole is named else filled.slice(1))


def _as_rows(filled: pl.DataFrame) -> pl.DataFrame:
    financial = pl.col("financial").str.to_lowercase().replace(STATUS)
    fulfilled = (financial == "paid") & (pl.col("fulfillment").str.to_lowercase() == "fulfilled")
    status = pl.when(pl.col("cancelled_at").is_not_null()).then(pl.lit("cancelled"))
    return filled.with_columns(
        order_id=pl.coalesce("order_id", "name"),
        product_id=pl.coalesce("sku", "title"),
        status=status.when(fulfilled).then(pl.lit("fulfilled")).otherwise(financial),
    )
