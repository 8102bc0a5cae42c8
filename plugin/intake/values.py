"""Numbers, flags and lists in a file's cells, a whole column at a time."""

import json
from collections.abc import Iterable

import polars as pl

_POINT = r"^[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?$"
_COMMA = r"^[+-]?(\d+|\d{1,3}([. ]\d{3})+)?(,\d*)?$"
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def decimal_mark(columns: Iterable[pl.Series], delimiter: str) -> str:
    """Whether numbers are written 3.50 or 3,50: as most cells say; `;` between cells breaks a tie."""
    votes = {",": 0, ".": 0}
    for values in columns:
        if values.dtype == pl.String:
            text = values.str.strip_chars()
            votes[","] += int(text.str.contains(r"^[+-]?[\d. ]*,(\d{1,2}|\d{4,})$").sum() or 0)
            votes["."] += int(text.str.contains(r"^[+-]?[\d,]*\.(\d{1,2}|\d{4,})$").sum() or 0)
    if votes[","] != votes["."]:
        return max(votes, key=lambda mark: votes[mark])
    return "," if delimiter == ";" else "."


def number(column: pl.Expr, kind: pl.DataType, mark: str) -> pl.Expr:
    """`column` as Float64; null where it is empty or no finite number."""
    if kind.is_numeric():
        value = column.cast(pl.Float64)
    elif mark == ",":
        text = column.cast(pl.String).str.strip_chars()
        plain = text.str.replace_all(r"[. ]", "").str.replace(",", ".", literal=True)
        value = pl.when(text.str.contains(_COMMA)).then(plain).cast(pl.Float64, strict=False)
    else:
        text = column.cast(pl.String).str.strip_chars()
        plain = text.str.replace_all(",", "", literal=True)
        value = pl.when(text.str.contains(_POINT)).then(plain).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def flag(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """`column` as Boolean: true, yes, 1, false, no, 0; null for anything else."""
    if kind == pl.Boolean:
        return column
    text = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    return text.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)


def text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """`column` as String, as it stands; an empty cell is null, a whole number has no `.0`."""
    if kind.is_float():
        whole = pl.when(column == column.round()).then(column.cast(pl.Int64, strict=False).cast(pl.String))
        return whole.otherwise(column.cast(pl.String))
    written = column.cast(pl.String)
    return pl.when(written != "").then(written)


def listed(cell: object) -> list[str] | None:
    """The texts of a cell: a JSON list, or texts between `|`; None if it is a JSON list of other things."""
    if cell is None or cell == "":
        return []
    if isinstance(cell, list):
        return [str(each) for each in cell]
    written = str(cell)
    if not written.lstrip().startswith("["):
        return [each.strip() for each in written.split("|") if each.strip()]
    try:
        values = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return values if all(isinstance(each, str) for each in values) else None
