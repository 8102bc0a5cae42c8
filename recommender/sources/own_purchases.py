"""Own purchases: what the customer bought before, the more often and the more recently the better."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from recommender.history import EPOCH, MICROSECONDS_A_DAY, NO_TIME, History
from recommender.identifiers import Rows
from recommender.reason import OWN_PURCHASES, Reason
from recommender.repurchase import AGAIN, LEAST_GAPS, Repurchase, due, learn, own_gaps
from recommender.settings import Settings
from recommender.sources import NOTHING, Arrays, Candidates, Question, Slices, Tables, items, row_starts

MOST_TOLD = np.iinfo(np.uint16).max
MEASURES = ("ripe", "days_15", "days_60", "days_240", "sum_60", "orders", "again")
"""What is known of a customer's own purchase of one product; the blend weighs each."""
LEAST_DECAYED, LEAST_AGAIN = 0.1, 0.02
DUE_FROM, DUE_UNTIL = 0.7, 3.0
"""A customer is due between so many of their usual gaps after the last purchase."""

Floats = npt.NDArray[np.float32]


class Bought(NamedTuple):
    """What customers bought, sorted by customer and product, one entry a pair: `decayed` (float32, entries by
    half-lives), `orders`, `last_bought_at` (microseconds, UTC), `gap_days` and `own_gaps` (see `own_gaps` of
    recommender.repurchase).
    """

    customer: Rows
    product: Rows
    decayed: Floats
    orders: Rows
    last_bought_at: npt.NDArray[np.int64]
    gap_days: npt.NDArray[Any]
    own_gaps: npt.NDArray[Any]


class OwnPurchases:
    """score(customer, product) = sum of the blend's weights times the MEASURES of the customer's purchases:

    exp(-log(u) ** 2 / 2) with u the days since the last over the usual gap, so 1 when due; log(1 + d / 0.1)
    for each d, the sum over the orders that hold it of 0.5 ** (age_days / half_life), and the second of these
    sums itself; log(1 + orders); and log(1 + a / 0.02) with a the share of the product's returning buyers who
    bought it again. Of each customer's purchases the best `own_kept` are kept; nothing of a sensitive
    category is, and nothing of which one needs no other (a kettle).
    """

    kind: ClassVar[str] = OWN_PURCHASES

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSR over known customers: `starts`, `rows`, `scores`, `decayed` (float16), `orders`,
        `last_bought_at` (microseconds, UTC), `gap_days`, `own_gaps`. Another: `had_starts`, `had`: rows of
        what they bought and need no other of. One a product: `again`, `once` (see recommender.repurchase).
        And `as_of`.
        """
        how = len(history.customers), settings
        return packed(bought(history, settings), learn(history, settings), history.as_of, how)

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._held, self._rows, self._scores = Slices(arrays["starts"]), arrays["rows"], arrays["scores"]
        self._orders, self._last = items(arrays["orders"]), items(arrays["last_bought_at"])
        self._gaps, self._n_gaps = arrays["gap_days"], items(arrays["own_gaps"])
        self._had_held, self._had = Slices(arrays["had_starts"]), arrays["had"]
        self._as_of, self._repurchase = int(arrays["as_of"][0]), Repurchase(arrays)
        self._own_orders, self._decayed = arrays["orders"], arrays["decayed"]
        self._again = arrays["again"]

    def candidates(self, question: Question) -> Candidates:
        """All that the customer ever bought."""
        if question.customer is None:
            return NOTHING
        held = self._held[question.customer]
        return Candidates(self._rows[held], self._scores[held])

    def told(self, customer: int, rows: Rows) -> Floats:
        """What is known of `rows` as the customer's own (float32, 4 by rows; 0 where they never bought it):
        orders, these by the shortest half-life, the share of returning buyers who buy it again; and of all
        rows how many products of the customer's are kept.
        """
        held = self._held[customer]
        theirs, found = self._rows[held], np.zeros((4, len(rows)), dtype=np.float32)
        if len(theirs):
            places = theirs.searchsorted(rows)
            is_theirs = theirs.take(places, mode="clip") == rows
            places = np.minimum(places, len(theirs) - 1) + held.start
            found[0], found[1] = self._own_orders[places], self._decayed[places, 0]
            found[2] = self._again.take(rows, mode="clip")
            found[:3] *= is_theirs
            found[3] = len(theirs)
        return found

    def had(self, customer: int) -> Rows:
        """Rows of what the customer bought and needs no other of."""
        return self._had[self._had_held[customer]]

    def done(self, customer: int, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Which of `rows` the customer has no more need of; None: none."""
        had = self.had(customer)
        return self._repurchase.done(had, rows) if len(had) else None

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """How often and when last; and where the customer has a rhythm, how long it is and whether they are
        due.
        """
        if question.customer is None:
            return []
        held = self._held[question.customer]
        places = held.start + self._rows[held].searchsorted(rows)
        return [self._reason(place) for place in places.tolist()]

    def _reason(self, place: int) -> Reason:
        last = self._last[place]
        evidence: dict[str, Any] = {"orders": self._orders[place], "last_bought_at": _moment(last)}
        if self._n_gaps[place] >= LEAST_GAPS and last != NO_TIME:
            gap_days = max(float(self._gaps[place]), 1.0)
            evidence["due"] = DUE_FROM <= (self._as_of - last) / (MICROSECONDS_A_DAY * gap_days) <= DUE_UNTIL
            evidence["usual_gap_days"] = round(gap_days)
        return Reason(self.kind, None, evidence)


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
    customer_row = found["customer"].to_numpy().astype(np.int32)
    product_row = found["product"].to_numpy().astype(np.int32)
    gaps = own_gaps(history, customer_row, product_row)
    return Bought(
        customer_row,
        product_row,
        found.select(names).to_numpy().astype(np.float32),
        found["orders"].to_numpy().astype(np.int32),
        found["at"].to_numpy().astype(np.int64),
        gaps["gap_days"],
        gaps["own_gaps"],
    )


def packed(of: Bought, learnt: Arrays, as_of: int, how: tuple[int, Settings]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of OwnPurchases.fit; `learnt` as `learn` of recommender.repurchase gives it; `how`: the
    number of customers, and the settings.
    """
    n, settings = how
    scores = weighed(of, learnt["again"], as_of, settings)
    had = learnt["once"][of.product] != AGAIN
    kept = _best_of_customers(of, np.where(had, 0, scores), settings.own_kept)
    return {
        "starts": row_starts(np.bincount(of.customer[kept], minlength=n)),
        "rows": of.product[kept],
        "scores": scores[kept],
        "decayed": np.minimum(of.decayed[kept], np.finfo(np.float16).max).astype(np.float16),
        "orders": np.minimum(of.orders[kept], MOST_TOLD).astype(np.uint16),
        "last_bought_at": of.last_bought_at[kept],
        "gap_days": of.gap_days[kept],
        "own_gaps": of.own_gaps[kept],
        "had_starts": row_starts(np.bincount(of.customer[had], minlength=n)),
        "had": of.product[had],
        "as_of": np.array([as_of]),
        **learnt,
    }


def measures(of: Bought, again: Floats, as_of: int) -> Floats:
    """The MEASURES of each entry at `as_of` (microseconds), entries by measures, all at least 0."""
    ripeness = np.maximum(due(of.last_bought_at, of.gap_days, as_of), 1e-3)
    ripe = np.where(of.gap_days > 0, np.exp(-(np.log(ripeness) ** 2) / 2), 0)
    logs = np.log1p(of.decayed / LEAST_DECAYED)
    rest = (of.decayed[:, 1], np.log1p(of.orders), np.log1p(again[of.product] / LEAST_AGAIN))
    return np.column_stack([ripe, logs, *rest]).astype(np.float32)


def weighed(of: Bought, again: Floats, as_of: int, settings: Settings) -> Floats:
    """The score of each entry: its measures by the blend's weights."""
    weights = np.array(settings.blend.own, dtype=np.float32)
    return np.asarray(measures(of, again, as_of) @ weights, dtype=np.float32)


def _best_of_customers(of: Bought, scores: Floats, kept: int) -> npt.NDArray[np.bool_]:
    order = np.lexsort((-scores, of.customer))
    starts = row_starts(np.bincount(of.customer))
    best = np.zeros(len(order), dtype=bool)
    best[order] = np.arange(len(order)) - starts[of.customer] < kept
    return best & (scores > 0)


def _moment(microseconds: int) -> datetime | None:
    return None if microseconds == NO_TIME else EPOCH + timedelta(microseconds=microseconds)
