"""Habits: what is bought with one product again and again in its latest orders, small ones above all."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from recommender.history import Floats, History
from recommender.settings import Settings
from recommender.sources import among_best

LATEST_ORDERS = 100
"""So many of the latest orders that hold a product tell what is bought with it."""
LEAST_ORDERS = 2
"""What fewer of them hold is no habit."""
KEPT = 50
"""So many pairs of a product are kept, the best: more find nothing more."""


def habits(history: History, settings: Settings) -> csr_matrix:
    """The best pairs of each product, given by suggested, with

        score(i, j) = rarity(i) ** 2 * rarity(j) * sum over o of 1 / length(o)

    with o over those of the latest orders with i that hold j, rarity(i) = log(orders / orders that hold i),
    and length(o) the sum of the rarities of what o holds. Order kNN after Jannach and Ludewig (2017), asked
    about each product by itself when trained, instead of about each cart. The orders may be those of one
    customer: see `told_by_few` for the products that are in no pair.
    """
    rarity = _rarity(history, settings)
    matrix = _in_time(history, rarity > 0)
    length = matrix @ rarity
    inverse = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    # The sum over orders and their number at once: the product is what takes the time.
    both = (_latest(matrix) @ diags(inverse + 1j) @ matrix).tocoo()
    kept = (both.data.imag >= LEAST_ORDERS) & (both.row != both.col)
    row, column = both.row[kept], both.col[kept]
    scores = both.data.real[kept] * rarity[row] ** 2 * rarity[column]
    pairs = csr_matrix((scores, (row, column)), shape=both.shape)
    pairs.sort_indices()
    pairs.data[~among_best(pairs.data, pairs.indptr, KEPT)] = 0
    pairs.eliminate_zeros()
    return pairs


def told_by_few(history: History, settings: Settings) -> npt.NDArray[np.bool_]:
    """For each product whether the word of fewer than `least_customers` customers may bring it, or others
    with it: so many customers or more bought it, it is not sensitive, and the setting `habits` is on.
    """
    is_known = history.buyers() >= settings.least_customers
    return is_known & ~history.in_categories(settings.sensitive_categories) & settings.habits


def _rarity(history: History, settings: Settings) -> Floats:
    """Of each product; 0 where it does not count."""
    bought = np.bincount(history.line_product, minlength=len(history.products))
    rarity = np.log(max(history.n_orders, 1) / np.maximum(bought, 1))
    return np.where(told_by_few(history, settings), rarity, 0)


def _in_time(history: History, counts: npt.NDArray[np.bool_]) -> csr_matrix:
    """Orders, the oldest first, by products, with the lines of products that count."""
    matrix = csr_matrix(history.matrix() @ diags(counts.astype(np.float64)))
    matrix.eliminate_zeros()
    return matrix[np.argsort(history.ordered_at, kind="stable")].tocsr()


def _latest(matrix: csr_matrix) -> csr_matrix:
    """Products by orders, 1 where an order is among the latest that hold the product."""
    by_product = matrix.T.tocsr()
    by_product.sort_indices()
    counts = np.diff(by_product.indptr)
    from_last = np.repeat(by_product.indptr[1:], counts) - np.arange(by_product.nnz)
    by_product.data[from_last > LATEST_ORDERS] = 0
    by_product.eliminate_zeros()
    return by_product
