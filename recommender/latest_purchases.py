"""Latest purchases: what customers had, and what they bought since the training, as own purchases."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.history import NO_TIME
from recommender.settings import Settings
from recommender.sources import Arrays
from recommender.sources.own_purchases import Bought, packed

DECAYED = ["decayed_0", "decayed_1", "decayed_2"]


def latest_purchases(
    arrays: Arrays, touched: npt.NDArray[np.int64], lines: pl.DataFrame, how: tuple[set[int], Settings]
) -> dict[str, npt.NDArray[Any]]:
    """The arrays of OwnPurchases for the customers `touched` alone: what they had, and what they bought
    since; nothing of those forgotten.
    """
    forgotten, settings = how
    remembered = [(n, row) for n, row in enumerate(touched.tolist()) if row not in forgotten]
    new = lines.filter(pl.col("customer").is_in(touched.tolist())).with_columns(
        pl.col("customer").map_elements({row: n for n, row in remembered}.get, return_dtype=pl.Int64)
    )
    every = pl.concat([_kept(arrays, remembered), _had(arrays, remembered), _bought(new, arrays)])
    whole = (
        every.sort("customer", "product", "gap_days", descending=[False, False, True])
        .group_by("customer", "product", maintain_order=True)
        .agg(
            pl.col(DECAYED).sum(),
            pl.col("orders").sum(),
            pl.col("at").max(),
            pl.col("gap_days", "own_gaps").first(),
        )
    )
    learnt = {name: arrays[name] for name in ("again", "once")}
    return packed(_as_bought(whole), learnt, int(arrays["as_of"][0]), (len(touched), settings))


def _kept(arrays: Arrays, customers: list[tuple[int, int]]) -> pl.DataFrame:
    numbers, places = _places(arrays["starts"], customers)
    decayed = arrays["decayed"][places].astype(np.float64)
    return _entries(
        numbers,
        arrays["rows"][places],
        arrays["orders"][places],
        arrays["last_bought_at"][places],
        decayed,
        (arrays["gap_days"][places], arrays["own_gaps"][places]),
    )


def _had(arrays: Arrays, customers: list[tuple[int, int]]) -> pl.DataFrame:
    numbers, places = _places(arrays["had_starts"], customers)
    nothing = np.zeros(len(places))
    at = np.full(len(places), NO_TIME)
    return _entries(
        numbers, arrays["had"][places], nothing + 1, at, np.zeros((len(places), 3)), (nothing, nothing)
    )


def _bought(lines: pl.DataFrame, arrays: Arrays) -> pl.DataFrame:
    """New purchases count in full: the clock of what is decayed stands at the model's `as_of`."""
    once = np.ones(len(lines))
    return _entries(
        lines["customer"].to_numpy(),
        lines["product"].to_numpy(),
        once,
        lines["at"].to_numpy(),
        np.ones((len(lines), arrays["decayed"].shape[1])),
        (once * 0, once * 0),
    )


def _entries(*columns: Any) -> pl.DataFrame:
    customer, product, orders, at, decayed, (gap_days, own_gaps) = columns
    return pl.DataFrame(
        {
            "customer": customer.astype(np.int64),
            "product": product.astype(np.int64),
            "orders": orders.astype(np.int64),
            "at": at.astype(np.int64),
            **{name: decayed[:, n].astype(np.float64) for n, name in enumerate(DECAYED)},
            "gap_days": gap_days.astype(np.float32),
            "own_gaps": own_gaps.astype(np.int64),
        }
    )


def _places(
    starts: npt.NDArray[np.int64], customers: list[tuple[int, int]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The numbers of `customers` (number, row), each as often as the row has entries, and these."""
    known = [(n, np.arange(starts[row], starts[row + 1])) for n, row in customers if row + 1 < len(starts)]
    numbers = [np.full(len(places), n) for n, places in known]
    nothing = np.zeros(0, np.int64)
    return np.concatenate([nothing, *numbers]), np.concatenate([nothing, *(places for _, places in known)])


def _as_bought(whole: pl.DataFrame) -> Bought:
    return Bought(
        whole["customer"].to_numpy().astype(np.int32),
        whole["product"].to_numpy().astype(np.int32),
        whole.select(DECAYED).to_numpy().astype(np.float32),
        whole["orders"].to_numpy().astype(np.int32),
        whole["at"].to_numpy().astype(np.int64),
        whole["gap_days"].to_numpy().astype(np.float16),
        whole["own_gaps"].to_numpy().astype(np.uint8),
    )
