"""Own purchases: what the customer bought before, the more often and the more recently the better."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.history import EPOCH, NO_TIME, History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import NOTHING, Arrays, Candidates, Question, Slices, Tables, row_starts
from recommender.suggestion import OWN_PURCHASES, Reason

MEASURES = ("bought", "days_15", "days_60", "days_240", "sum_60", "orders", "again")
"""What is known of a customer's own purchase of one product; the blend weighs each."""
LEAST_DECAYED, LEAST_AGAIN = 0.1, 0.02

Floats = npt.NDArray[np.float32]


class Bought(NamedTuple):
    """What customers bought, sorted by customer and product, one entry a pair: `decayed` (float32, entries by
    half-lives), `orders`, `last_bought_at` (microseconds, UTC).
    """

    customer: Rows
    product: Rows
    decayed: Floats
    orders: Rows
    last_bought_at: npt.NDArray[np.int64]


class OwnPurchases:
    """score(customer, product) = sum of the blend's weights times the MEASURES of the customer's purchases:

    1; log(1 + d / 0.1) for each d, the sum over the orders that hold it of 0.5 ** (age_days / half_life), and
    the second of these sums itself; log(1 + orders); and log(1 + a / 0.02) with a the share of the product's
    buyers who bought it again. Of each customer's purchases the best `own_kept` are kept; nothing of a
    sensitive category is.
    """

    kind: ClassVar[str] = OWN_PURCHASES

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSR over known customers: `starts`, `rows`, `scores`, `decayed` (float16), `orders`,
        `last_bought_at` (microseconds, UTC). And `again` of each product.
        """
        all_bought, again = bought(history, settings), again_shares(history)
        scores = (measures(all_bought, again) @ np.array(settings.blend.own)).astype(np.float32)
        kept = _best_of_customers(all_bought, scores, settings.own_kept)
        counts = np.bincount(all_bought.customer[kept], minlength=len(history.customers))
        return {
            "starts": row_starts(counts),
            "rows": all_bought.product[kept],
            "scores": scores[kept],
            "decayed": all_bought.decayed[kept].astype(np.float16),
            "orders": all_bought.orders[kept],
            "last_bought_at": all_bought.last_bought_at[kept],
            "again": again,
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


def bought(history: History, settings: Settings) -> Bought:
    """All that known customers bought, but for what is of a sensitive category."""
    order = history.line_order
    names = [f"decayed_{number}" for number in range(len(settings.own_half_lives_days))]
    weights = {
        name: history.weights(days)[order]
        for name, days in zip(names, settings.own_half_lives_days, strict=True)
    }
    at, customer = history.ordered_at[order], history.order_customer[order]
    lines = pl.DataFrame({"customer": customer, "product": history.line_product, "at": at, **weights})
    sensitive = history.in_categories(settings.sensitive_categories)[history.line_product]
    known = lines.filter((customer < len(history.customers)) & ~sensitive)
    found = (
        known.sort("customer", "product", "at")
        .group_by("customer", "product", maintain_order=True)
        .agg(pl.col(names).sum(), pl.len().alias("orders"), pl.col("at").max())
    )
    return Bought(
        found["customer"].to_numpy().astype(np.int32),
        found["product"].to_numpy().astype(np.int32),
        found.select(names).to_numpy().astype(np.float32),
        found["orders"].to_numpy().astype(np.int32),
        found["at"].to_numpy().astype(np.int64),
    )


def again_shares(history: History) -> Floats:
    """For each product the share of its buyers who bought it again, shrunk to that of all products."""
    n = len(history.products)
    customer = history.order_customer[history.line_order].astype(np.int64)
    keys, orders = np.unique(customer * n + history.line_product, return_counts=True)
    product = keys % max(n, 1)
    buyers = np.bincount(product, minlength=n)
    again = np.bincount(product[orders > 1], minlength=n)
    overall = again.sum() / max(buyers.sum(), 1)
    return np.asarray((again + 5 * overall) / (buyers + 5), dtype=np.float32)


def measures(of: Bought, again: Floats) -> Floats:
    """The MEASURES of each entry, entries by measures, all at least 0."""
    logs = np.log1p(of.decayed / LEAST_DECAYED)
    rest = (of.decayed[:, 1], np.log1p(of.orders), np.log1p(again[of.product] / LEAST_AGAIN))
    return np.column_stack([np.ones(len(of.product)), logs, *rest]).astype(np.float32)


def _best_of_customers(of: Bought, scores: Floats, kept: int) -> npt.NDArray[np.bool_]:
    order = np.lexsort((-scores, of.customer))
    starts = row_starts(np.bincount(of.customer))
    best = np.zeros(len(order), dtype=bool)
    best[order] = np.arange(len(order)) - starts[of.customer] < kept
    return best & (scores > 0)


def _moment(microseconds: int) -> datetime | None:
    return None if microseconds == NO_TIME else EPOCH + timedelta(microseconds=microseconds)
