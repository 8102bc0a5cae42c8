"""Products and customers from a table: its rows become the objects that the API takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import polars as pl

from plugin.intake import dates, values
from plugin.intake.batches import LINE, ROW
from plugin.money import minor_units
from plugin.store.imports import Import

Row = dict[str, Any]
_ID = {"products": "product_id", "customers": "customer_id"}
_TEXTS = {
    "products": ("product_id", "title", "url", "image_url", "variant_id", "variant_title"),
    "customers": ("customer_id", "email", "language", "country", "birth_month_day"),
}
_LISTS = {"products": ("categories", "tags"), "customers": ()}
_TIMES = {"products": ("updated_at",), "customers": ("consent_at",)}
_FLAGS = {"products": ("visible",), "customers": ("consent_personal", "consent_mail")}
_NUMBERS = {"products": ("price", "cost", "tax_share", "stock"), "customers": ()}
_PRODUCT = ("product_id", "title", "url", "image_url", "categories", "tags", "visible", "updated_at")


class RecordTable:
    """Turns batches of a table, in the file's order, into objects.

    A product's variants are rows that follow each other; the last product of a batch is held back, for it
    may go on in the next.
    """

    def __init__(self, state: Import, currency: str) -> None:
        self.noun, self.options = state.noun, state.options
        self.units = minor_units(currency)
        self._held: list[Row] = []

    def objects(self, table: pl.DataFrame, *, is_last: bool) -> Iterator[tuple[int, int, Any]]:
        """(row, line, object) of each record that is whole; what cannot be read stands there as a text."""
        rows = self._held + self._rows(table)
        groups = [list(group) for _, group in groupby(rows, key=lambda row: row[_ID[self.noun]])]
        goes_on = self.noun == "products" and not is_last and groups and len(groups[-1]) < table.height
        self._held = groups.pop() if goes_on else []
        build = _customer if self.noun == "customers" else self._product
        return ((part[0][ROW], part[0][LINE], build(part)) for group in groups for part in self._parts(group))

    def whole_until(self, last_row: int) -> int:
        """The last row before what is held back."""
        return self._held[0][ROW] - 1 if self._held else last_row

    def _parts(self, group: list[Row]) -> Iterable[list[Row]]:
        return [group] if self.noun == "products" else [[row] for row in group]

    def _rows(self, table: pl.DataFrame) -> list[Row]:
        kinds, noun = table.schema, self.noun
        columns = [
            *_parsed(kinds, _TEXTS[noun], values.text),
            *_parsed(kinds, _LISTS[noun], lambda column, _: column),
            *_parsed(kinds, _FLAGS[noun], values.flag),
            *_parsed(kinds, _TIMES[noun], lambda c, kind: dates.milliseconds(c, kind, self.options["dates"])),
            *_parsed(kinds, _NUMBERS[noun], lambda c, kind: values.number(c, kind, self.options["mark"])),
        ]
        read = table.select(ROW, LINE, *columns).to_dicts()
        for row, written in zip(read, table.to_dicts(), strict=True):
            # What could not be read is left as a text, which the schema refuses with the field's name.
            for name in (*_FLAGS[noun], *_TIMES[noun], *_NUMBERS[noun]):
                if row.get(name) is None and written.get(name) not in (None, ""):
                    row[name] = f"not readable: {written[name]}"
        return read

    def _product(self, group: list[Row]) -> Row:
        first = group[0]
        product = {name: first[name] for name in _PRODUCT if first.get(name) is not None}
        for name in _LISTS["products"]:
            if name in product:
                product[name] = values.listed(product[name])
        if "updated_at" in product:
            product["updated_at"] = _iso(product["updated_at"])
        priced = [row for row in group if any(row.get(name) is not None for name in ("variant_id", "price"))]
        return product | {"variants": [self._variant(row) for row in priced]}

    def _variant(self, row: Row) -> Row:
        """A product without variants has one, of its own id."""
        stock = row.get("stock")
        return {
            "variant_id": row.get("variant_id") or row["product_id"],
            "title": row.get("variant_title"),
            "price_minor": self._minor(row.get("price")),
            "cost_minor": self._minor(row.get("cost")),
            "tax_share": row.get("tax_share"),
            "stock": int(stock) if isinstance(stock, float) and stock.is_integer() else stock,
        }

    def _minor(self, amount: Any) -> Any:
        return round(amount * self.units) if isinstance(amount, float) else amount


def _parsed(
    kinds: Mapping[str, pl.DataType], names: Iterable[str], read: Callable[[pl.Expr, pl.DataType], pl.Expr]
) -> Iterator[pl.Expr]:
    return (read(pl.col(name), kinds[name]).alias(name) for name in names if name in kinds)


def _customer(rows: list[Row]) -> Row:
    row = rows[0]
    consent = {name: row.get(f"consent_{name}") for name in ("personal", "mail", "at")}
    if consent["at"] is not None:
        consent["at"] = _iso(consent["at"])
    texts = {name: row[name] for name in _TEXTS["customers"] if row.get(name) is not None}
    return texts | {"consent": {name: value for name, value in consent.items() if value is not None}}


def _iso(milliseconds: Any) -> str:
    if isinstance(milliseconds, str):
        return milliseconds
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
