"""Own purchases: what the customer bought before, the more often and the more recently the better."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.history import EPOCH, NO_TIME, History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import NOTHING, Arrays, Candidates, Question, Slices, Tables, row_starts
from recommender.suggestion import OWN_PURCHASES, Reason


class OwnPurchases:
    """score(customer, product) = sum over the customer's orders that hold it of 0.5 ** (age_days /
    own_half_life_days).
    """

    kind: ClassVar[str] = OWN_PURCHASES

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSR over known customers: `starts`, `rows`, `scores`, `orders`, `last_bought_at` (microseconds,
        UTC).
        """
        lines = pl.DataFrame(
            {
                "customer": history.order_customer[history.line_order],
                "product": history.line_product,
                "weight": history.weights(settings.own_half_life_days)[history.line_order],
                "at": history.ordered_at[history.line_order],
            }
        )
        known = lines.filter(pl.col("customer") < len(history.customers)).sort("customer", "product", "at")
        weight, at = pl.col("weight").sum(), pl.col("at").max()
        bought = known.group_by("customer", "product", maintain_order=True).agg(
            weight, pl.len().alias("orders"), at
        )
        counts = np.bincount(bought["customer"].to_numpy(), minlength=len(history.customers))
        return {
            "starts": row_starts(counts),
            "rows": bought["product"].to_numpy().astype(np.int32),
            "scores": bought["weight"].to_numpy().astype(np.float32),
            "orders": bought["orders"].to_numpy().astype(np.int32),
            "last_bought_at": bought["at"].to_numpy().astype(np.int64),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._held, self._rows, self._scores = Slices(arrays["starts"]), arrays["rows"], arrays["scores"]
        self._orders, self._last = arrays["orders"], arrays["last_bought_at"]

    def candidates(self, question: Question) -> Candidates:
        """All that the customer ever bought."""
        if question.customer is None:
            return NOTHING
        held = self._held[question.customer]
        return Candidates(self._rows[held], self._scores[held])

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """How often and when last."""
        if question.customer is None:
            return []
        held = self._held[question.customer]
        places = held.start + self._rows[held].searchsorted(rows)
        facts = zip(self._orders[places].tolist(), self._last[places].tolist(), strict=True)
        return [
            Reason(self.kind, None, {"orders": orders, "last_bought_at": _moment(last)})
            for orders, last in facts
        ]


def _moment(microseconds: int) -> datetime | None:
    return None if microseconds == NO_TIME else EPOCH + timedelta(microseconds=microseconds)
