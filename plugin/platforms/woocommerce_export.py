"""WooCommerce's files: CSV of its official "Customer / Order / Coupon Export", REST orders as JSON."""

import json
import re
from collections.abc import Sequence

import polars as pl

from plugin.platforms.woocommerce import STATUS

# The export's column keys as its generator writes them (version 5, read November 2026); its developer page
# promises that keys never change. One form has a row an item, the other a row an order.
# A variation stands there by its own id: the export does not name the product it belongs to.
ORDER_COLUMNS = {
    "order_id": "order_id",
    "date": "ordered_at",
    "order_date": "ordered_at",
    "status": "woo_status",
    "order_currency": "currency",
    "customer_id": "customer_id",
    "billing_email": "email",
    "shipping_total": "shipping",
}
ITEM_COLUMNS = {
    "item_id": "line_id",
    "item_product_id": "woo_product_id",
    "item_sku": "sku",
    "item_name": "title",
    "item_quantity": "quantity",
    "item_subtotal": "subtotal",
    "item_total": "total",
    "item_total_tax": "tax",
    "item_refunded_qty": "refunded_quantity",
}
# The same of each item in `line_items`: `id:7|name:Tea|product_id:3|…;id:8|…`, or a JSON list of objects.
_ITEM_KEYS = {
    "id": "item_id",
    "product_id": "item_product_id",
    "sku": "item_sku",
    "name": "item_name",
    "quantity": "item_quantity",
    "subtotal": "item_subtotal",
    "total": "item_total",
    "total_tax": "item_total_tax",
    "refunded_qty": "item_refunded_qty",
}
_NEXT_ITEM = re.compile(r";(?=id:)")
_FIELD = re.compile(r"(?:^|\|)(" + "|".join(_ITEM_KEYS) + r"):([^|]*)")


def recognise(columns: Sequence[str], is_json: bool) -> str | None:
    """The form of export that has these columns, if one has."""
    names = set(columns)
    if is_json:
        return "woocommerce-rest" if names >= {"id", "status", "line_items"} else None
    if "order_id" not in names or not names & {"date", "order_date"}:
        return None
    if "line_items" in names:
        return "woocommerce-orders"
    return "woocommerce-items" if "item_product_id" in names else None


def item_rows(table: pl.DataFrame) -> pl.DataFrame:
    """A row an item, with Encore's names."""
    names = {
        own: name
        for own, name in (ORDER_COLUMNS | ITEM_COLUMNS).items()
        if own in table.columns and not (own == "order_date" and "date" in table.columns)
    }
    named = table.select("_row", "_line", *names).rename(names)
    wanted = {*ORDER_COLUMNS.values(), *ITEM_COLUMNS.values()}
    whole = named.with_columns(
        pl.lit(None, pl.String).alias(name) for name in wanted if name not in named.columns
    )
    return whole.with_columns(
        status=pl.col("woo_status").str.to_lowercase().str.strip_prefix("wc-").replace(STATUS),
        customer_id=pl.col("customer_id").replace(["", "0"], None),
        product_id=_known(pl.col("woo_product_id"), pl.col("sku"), pl.col("title")),
        # A price a unit, before discounts: the export has sums.
        unit_price=_decimal("subtotal") / _decimal("quantity"),
        discount=_decimal("subtotal") - _decimal("total"),
        quantity=_decimal("quantity") - _decimal("refunded_quantity").abs().fill_null(0),
    )


def _known(product_id: pl.Expr, sku: pl.Expr, title: pl.Expr) -> pl.Expr:
    """A product that was deleted has id 0: then its SKU, unless that says so too, or its name."""
    by_sku = sku.replace(["", "unknown_product"], None)
    return pl.coalesce(product_id.replace(["", "0"], None), by_sku, title.replace("", None))


def _decimal(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def order_rows(table: pl.DataFrame) -> pl.DataFrame:
    """A row an order becomes a row an item."""
    items = [_items(cell) for cell in table["line_items"]]
    held = pl.Series("item", items, dtype=pl.List(pl.Struct(dict.fromkeys(_ITEM_KEYS.values(), pl.String))))
    return item_rows(table.drop("line_items").with_columns(held).explode("item").unnest("item"))


def _items(cell: str | None) -> list[dict[str, str]]:
    written = cell or ""
    if written.startswith("["):
        try:
            found = json.loads(written)
        except ValueError:
            return [{}]
        return [{_ITEM_KEYS[key]: str(item[key]) for key in _ITEM_KEYS if key in item} for item in found] or [
            {}
        ]
    return [
        {_ITEM_KEYS[key]: value for key, value in _FIELD.findall(item)} for item in _NEXT_ITEM.split(written)
    ]
