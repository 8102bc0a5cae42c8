"""How a file of orders is read: its spelling decided once for the whole of it, then portion by portion."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from plugin.intake import dates, order_lines, rows, values
from plugin.intake.batches import LINE, ROW, Batch
from plugin.intake.csv_files import CsvFile
from plugin.intake.files import SourceFile, open_file
from plugin.intake.formats import Format, format_of
from plugin.intake.order_lines import Reading
from plugin.intake.order_objects import portion_of
from plugin.intake.staging import Portion
from plugin.money import minor_units
from plugin.store.orders import BOUGHT

FAULTS = {ROW: pl.Int64, LINE: pl.Int64, "reason": pl.String}
_TIMES = {"orders": order_lines.TIMES, "products": ("updated_at",), "customers": ("consent_at",)}
_NEEDED = tuple(name for name in order_lines.REQUIRED if name != "ordered_at")
_ANY_CURRENCY = "EUR"  # of a file without a currency: amounts are only compared with each other


def spelling(file: SourceFile, form: Format, noun: str, asked: str | None) -> Mapping[str, str]:
    """The `dates` and the decimal `mark` of a file; `asked`: what its dates are said to be, None: found
    out.
    """
    if form.table is None:
        return {"dates": "iso", "mark": "."}
    numbers: list[pl.Series] = []

    def portions() -> Iterator[list[pl.Series]]:
        for batch in file.batches():
            table = form.rows(batch)
            if not numbers:
                numbers.extend(table[name] for name in order_lines.NUMBERS if name in table.columns)
            yield [table[name] for name in _TIMES[noun] if name in table.columns]

    found = asked
    if found is None:
        found = dates.decided(portions())
    else:
        next(portions(), None)
    delimiter = file.delimiter if isinstance(file, CsvFile) else ","
    return {"dates": found, "mark": values.decimal_mark(numbers, delimiter)}


def portion(
    batch: Batch, form: Format, reading: Reading, done: int, required: tuple[str, ...] = order_lines.REQUIRED
) -> tuple[Portion, pl.DataFrame]:
    """The orders of a batch beyond its row `done`, and what is wrong with the others (as FAULTS)."""
    if form.value is None:
        table = form.rows(batch).filter(pl.col(ROW) > done)
        lines, bad = order_lines.checked(table, reading, required)
        return Portion(lines.unique("order_id", keep="first", maintain_order=True), lines), bad
    good, faults = [], []
    for row, line, value in batch.objects:
        if row > done:
            found = rows.checked(rows.NOUNS["orders"], form.value(value))
            if isinstance(found, rows.Verdict):
                faults.append((row, line, found.message))
            else:
                good.append((row, line, found))
    return portion_of(good, reading.hash_email), pl.DataFrame(faults, schema=FAULTS, orient="row")


def bought_lines(path: Path, asked: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The order lines of a file as `recommender.evaluate` takes them, without a shop, and what could not be
    read (as FAULTS).

    `asked`: how its dates are written, as `spelling` takes it. Orders may be without a time; those that are
    neither paid nor fulfilled are left out.
    """
    file = open_file(path)
    form = format_of(file, "orders", "auto")
    reading = Reading(**spelling(file, form, "orders", asked), currency=_ANY_CURRENCY, hash_email=_hashed)
    read = [(batch, *portion(batch, form, reading, 0, _NEEDED)) for batch in file.batches()]
    unread = [(each.row, each.line, each.reason) for batch, _, _ in read for each in batch.rejects]
    faults = pl.concat([*(bad for _, _, bad in read), pl.DataFrame(unread, schema=FAULTS, orient="row")])
    heads = pl.concat([part.heads for _, part, _ in read])
    lines = pl.concat([part.lines for _, part, _ in read])
    if form.value is not None:  # an order that came twice: the later counts, with its own lines
        heads = heads.unique("order_id", keep="last", maintain_order=True)
        lines = lines.join(heads.select("order_id", ROW), on=["order_id", ROW], how="semi")
    return _as_learnt(heads.unique("order_id", keep="first"), lines), faults.sort(ROW)


def _as_learnt(heads: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    units = {code: minor_units(code or _ANY_CURRENCY) for code in heads["currency"].unique()}
    unit = pl.col("currency").replace_strict(units, return_dtype=pl.Int64)
    orders = heads.filter(pl.col("status").is_in(BOUGHT)).select(
        "order_id",
        customer_id=pl.coalesce("customer_id", "guest:" + pl.col("email_hash")),
        ordered_at=pl.col("ordered_at").cast(pl.Datetime("ms", "UTC")),
        unit=unit,
    )
    return (
        lines.select("order_id", "product_id", "quantity", "unit_price_minor")
        .join(orders, on="order_id")
        .select(
            "customer_id",
            "order_id",
            "ordered_at",
            "product_id",
            "quantity",
            unit_price=pl.col("unit_price_minor") / pl.col("unit"),
        )
    )


def _hashed(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()
