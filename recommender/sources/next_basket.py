"""Next basket: what the customers most like this one buy."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from recommender.history import History
from recommender.identifiers import Rows
from recommender.reason import NEXT_BASKET, Reason
from recommender.settings import Settings
from recommender.sources import (
    NOTHING,
    Arrays,
    Candidates,
    Question,
    Slices,
    Tables,
    least_of_best,
    row_starts,
)

AT_ONCE = 200
MOST_COMPARED = 1_000
"""Customers are compared with so many others at most, those who bought most of late."""
MOST_CUSTOMERS = 50_000
LEAST_ORDERS = 2
LEAST_ALIKE = 1e-9
SCALE = 100.0
"""A score is told in hundredths of a purchase by each of those who are alike."""


class NextBasket:
    """score(customer, j) = mean over the customers most like this one of what they bought of j of late, times
    100.

    The neighbours' part of TIFU-KNN, Hu et al. (2020): a customer is the vector of their purchases, each
    0.5 ** (age_days / next_basket_half_life_days), alike by cosine. Only what `least_customers` of those who
    are alike bought is kept, and nothing of a sensitive category steers or is suggested.
    """

    kind: ClassVar[str] = NEXT_BASKET

    @staticmethod
    def fit(history: History, settings: Settings) -> dict[str, npt.NDArray[Any]]:
        """CSR over known customers: `starts`, `rows`, `scores` (float16), `customers`: how many of those who
        are alike bought it.
        """
        vectors = _vectors(history, settings)
        asked, compared = _asked(history), _compared(vectors)
        found = list(_bought_by_alike(vectors, asked, compared, settings))
        counts = np.zeros(vectors.shape[0], dtype=np.int64)
        counts[asked] = [len(rows) for rows, _, _ in found]
        return {
            "starts": row_starts(counts),
            "rows": _joined([rows for rows, _, _ in found], np.int32),
            "scores": _joined([scores for _, scores, _ in found], np.float16),
            "customers": _joined([customers for _, _, customers in found], np.int32),
        }

    def __init__(self, arrays: Arrays, tables: Tables, settings: Settings) -> None:
        self._held, self._rows, self._scores = Slices(arrays["starts"]), arrays["rows"], arrays["scores"]
        self._customers = arrays["customers"]

    def candidates(self, question: Question) -> Candidates:
        """What the customers most like this one buy."""
        if question.customer is None:
            return NOTHING
        held = self._held[question.customer]
        return Candidates(self._rows[held], self._scores[held].astype(np.float32))

    def reasons(self, question: Question, rows: Rows) -> list[Reason]:
        """How many of them bought it."""
        if question.customer is None:
            return []
        held = self._held[question.customer]
        places = held.start + self._rows[held].searchsorted(rows)
        return [Reason(self.kind, None, {"customers": each}) for each in self._customers[places].tolist()]


def _vectors(history: History, settings: Settings) -> csr_matrix:
    """Known customers by products, float32: what they bought, each order by its age."""
    customer = history.order_customer[history.line_order]
    sensitive = history.in_categories(settings.sensitive_categories)[history.line_product]
    kept = (customer < len(history.customers)) & ~sensitive
    weights = history.weights(settings.next_basket_half_life_days)[history.line_order][kept]
    places = (customer[kept], history.line_product[kept])
    vectors = csr_matrix((weights, places), shape=(len(history.customers), len(history.products)))
    return vectors.astype(np.float32)


def _asked(history: History) -> Rows:
    """The customers with orders enough to tell whom they are like; of too many those with most orders."""
    known = history.order_customer[history.order_customer < len(history.customers)]
    orders = np.bincount(known, minlength=len(history.customers))
    best = (-orders).argsort(kind="stable")[:MOST_CUSTOMERS]
    return np.sort(best[orders[best] >= LEAST_ORDERS]).astype(np.int32)


def _compared(vectors: csr_matrix) -> Rows:
    recent = np.asarray(vectors.sum(axis=1)).ravel()
    return np.sort((-recent).argsort(kind="stable")[:MOST_COMPARED]).astype(np.int32)


def _bought_by_alike(
    vectors: csr_matrix, asked: Rows, compared: Rows, settings: Settings
) -> Iterator[tuple[Rows, npt.NDArray[Any], Rows]]:
    """For each of `asked` the best rows, ascending, with their scores and how many customers bought each."""
    lengths = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    units = (diags(1 / np.maximum(lengths, LEAST_ALIKE)) @ vectors).astype(np.float32).tocsr()
    others, theirs = units[compared].T.tocsr(), vectors[compared]
    did = theirs.copy()
    did.data[:] = 1
    for first in range(0, len(asked), AT_ONCE):
        block = asked[first : first + AT_ONCE]
        alike = (units[block] @ others).toarray()
        alike[block[:, None] == compared] = 0
        chosen = csr_matrix(_most_alike(alike, settings.like_customers))
        totals = np.maximum(np.asarray(chosen.sum(axis=1)).ravel(), LEAST_ALIKE)
        shares = chosen.data * np.repeat(SCALE / totals, np.diff(chosen.indptr))
        told = csr_matrix((shares, chosen.indices, chosen.indptr), shape=chosen.shape) @ theirs
        chosen.data[:] = 1
        yield from _best(told, csr_matrix(chosen @ did), settings)


def _most_alike(alike: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.float32]:
    if alike.shape[1] > most:
        alike[alike < np.partition(alike, -most, axis=1)[:, -most:][:, :1]] = 0
    return alike


def _best(
    told: csr_matrix, customers: csr_matrix, settings: Settings
) -> Iterator[tuple[Rows, npt.NDArray[Any], Rows]]:
    """The best of each row of `told`, which has its entries where `customers` has them."""
    if not np.array_equal(told.indices, customers.indices):  # mostly equal, and sorting takes long
        told.sort_indices()
        customers.sort_indices()
    for row in range(told.shape[0]):
        held = slice(told.indptr[row], told.indptr[row + 1])
        scores = np.where(customers.data[held] >= settings.least_customers, told.data[held], 0)
        scores = np.minimum(scores, np.finfo(np.float16).max)
        heard = (scores >= least_of_best(scores, settings.next_basket_kept)).nonzero()[0]
        heard = heard[scores[heard].astype(np.float16) > 0]
        rows, scores, count = told.indices[held][heard], scores[heard], customers.data[held][heard]
        best = np.lexsort((rows, -scores))[: settings.next_basket_kept]
        best = best[rows[best].argsort()]
        yield rows[best], scores[best], count[best].astype(np.int32)


def _joined(parts: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)
