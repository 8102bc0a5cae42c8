"""Pairs: which products go together, by all methods at once, and what evidence there is of it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recommender.history import History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import Scores, among_best, row_starts, rows_of
from recommender.sources.ease import ease
from recommender.sources.habits import habits, told_by_few
from recommender.sources.rp3beta import rp3beta

MEETINGS_AT_ONCE = 2_000_000
WEAK_KEPT = 3
"""So many weak pairs of a product are heard besides its habits, the best: more find little more."""
METHODS = ("rp3beta", "ease", "habits")
_FITS = (rp3beta, ease, habits)


class Evidence(NamedTuple):
    """What stands behind pairs, one entry each (int64): `orders` that hold both, `customers` who made those
    orders, and `only`, the customer's row where there is but one who is known, else the number of all
    customers.
    """

    orders: npt.NDArray[np.int64]
    customers: npt.NDArray[np.int64]
    only: npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs of products, given by suggested: `table` says which, and beside its data (one row each) lie
    `scores` (float32, METHODS by pairs) and the `evidence`.
    """

    table: csr_matrix
    scores: Scores
    evidence: Evidence


def measured(history: History, settings: Settings) -> Pairs:
    """What each method says of each pair that one of them kept, in units of the median of its best pairs, and
    the evidence.

    What RP3beta and EASE say of a weak pair, of fewer than `least_customers` customers, counts among the
    habits, if it is a habit or one of the best of its product, and both products may be told by few. Where
    two customers made another, it stays as one to be told of as left out.
    """
    said = [_scaled(fit(history, settings)) for fit in _FITS]
    table = csr_matrix(sum(said[1:], said[0]))
    table.sort_indices()
    evidence = _evidence(table, history)
    scores = np.stack([_at_places_of(table, each) for each in said])
    row, weak = rows_of(table.indptr), evidence.customers < settings.least_customers
    counts = told_by_few(history, settings)
    quiet = np.where(weak & counts[row] & counts[table.indices], scores[:-1].sum(axis=0), 0)
    heard = (scores[-1] > 0) | among_best(np.where(scores[-1] > 0, 0, quiet), table.indptr, WEAK_KEPT)
    scores[-1] += np.where(heard, quiet, 0)
    scores[:-1, weak] = 0
    kept = (evidence.customers > 1) | heard
    row = row[kept]
    starts = row_starts(np.bincount(row, minlength=table.shape[0]))
    thinned = csr_matrix((table.data[kept], table.indices[kept], starts), shape=table.shape)
    return Pairs(thinned, scores[:, kept], Evidence(*(each[kept] for each in evidence)))


def _scaled(pairs: csr_matrix) -> csr_matrix:
    filled = np.diff(pairs.indptr).nonzero()[0]
    if len(filled):
        best = np.maximum.reduceat(pairs.data, pairs.indptr[filled])
        pairs.data /= np.median(best)
    return pairs


def _at_places_of(table: csr_matrix, part: csr_matrix) -> Scores:
    """The entries of `part`, all of them places of `table`, as an array beside the data of `table`."""
    scores = np.zeros(table.nnz, dtype=np.float32)
    scores[_keys(table).searchsorted(_keys(part))] = part.data
    return scores


def _keys(pairs: csr_matrix) -> npt.NDArray[np.int64]:
    return np.asarray(rows_of(pairs.indptr) * pairs.shape[1] + pairs.indices)


def _evidence(pairs: csr_matrix, history: History) -> Evidence:
    matrix = history.matrix().astype(np.int64)
    by_product = matrix.T.tocsr()
    # Whose an order is, counted from 1: where one customer made all orders of a pair, the mean of this is it.
    # Summed as the imaginary part of the number of orders: one product of matrices for two, which take time.
    whose = matrix.multiply(1 + 1j * (history.order_customer[:, None] + 1)).tocsr()
    found = np.zeros((3, pairs.nnz), np.int64)
    for first, last in _blocks(matrix, by_product):
        block = slice(pairs.indptr[first], pairs.indptr[last])
        given = np.repeat(np.arange(last - first), np.diff(pairs.indptr[first : last + 1]))
        if not len(given):
            continue
        held, met = by_product[first:last], pairs.indices[block]
        told = _counts_at(held @ whose, given, met)
        by_customers = _by_customers(held, matrix, history.order_customer)
        found[:, block] = told.real, _counts_at(by_customers, given, met), told.imag
    orders, customers, only = found
    nobody = len(history.customers)
    only = np.where(customers == 1, only // np.maximum(orders, 1) - 1, nobody)
    return Evidence(orders, customers, np.minimum(only, nobody))


def _counts_at(counts: csr_matrix, rows: npt.NDArray[Any], columns: npt.NDArray[Any]) -> npt.NDArray[Any]:
    counts.sort_indices()  # sorted, an entry is found by bisection; unsorted, by reading its whole row
    return np.asarray(counts[rows, columns]).ravel()


def _by_customers(held: csr_matrix, matrix: csr_matrix, order_customer: Rows) -> csr_matrix:
    """How many customers bought each product of `held` (products by orders) in one order with each other."""
    lines, n_customers = held.tocoo(), int(order_customer.max()) + 1
    bought_by = lines.row.astype(np.int64) * n_customers + order_customer[lines.col]
    buyers, buyer = np.unique(bought_by, return_inverse=True)
    theirs = csr_matrix((lines.data, (buyer, lines.col)), shape=(len(buyers), matrix.shape[0])) @ matrix
    theirs.data[:] = 1
    of_product = (np.ones(len(buyers), np.int32), (buyers // n_customers, np.arange(len(buyers))))
    return csr_matrix(of_product, shape=(held.shape[0], len(buyers))) @ theirs


def _blocks(matrix: csr_matrix, by_product: csr_matrix) -> Iterator[tuple[int, int]]:
    """Ranges of products, few enough that the orders which hold them have few lines together: memory stays
    small.
    """
    sizes = np.diff(matrix.indptr)
    lines = np.concatenate([[0], np.cumsum(sizes[by_product.indices])])[by_product.indptr]
    first = 0
    while first < matrix.shape[1]:
        last = int(np.searchsorted(lines, lines[first] + MEETINGS_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), matrix.shape[1])
        yield first, last
        first = last
