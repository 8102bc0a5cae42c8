"""EASE: the linear model in which every product is told by all others of its order, solved in closed form."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack
from scipy.sparse import csr_matrix, diags

from recommender.history import History
from recommender.identifiers import Rows
from recommender.settings import Settings
from recommender.sources import row_starts

ROWS_AT_ONCE = 500
Matrix = npt.NDArray[np.float32]


def ease(history: History, settings: Settings) -> csr_matrix:
    """The best `neighbours` of each of the `ease_products` most sold products, after Steck (2019):

        P = (X' W X + ease_ridge * m * I) ** -1,   score(i, j) = -P[i, j] / P[j, j]

    with X orders by products, W an order's weight by age times its size ** -ease_size_power, and m the mean
    of the diagonal of X' W X, so that one ridge suits shops of every size. Only scores above 0 are kept.
    Worked out in place, in float32: n ** 2 * 4 bytes and about n ** 3 steps for n products.
    """
    head = _most_sold(history, settings)
    n = len(history.products)
    if len(head) < 2:
        return csr_matrix((n, n))
    inverse = _inverse(_gram(history, head, settings), settings.ease_ridge)
    found = list(_best(inverse, min(settings.neighbours, len(head) - 1)))
    counts = np.zeros(n, dtype=np.int64)
    counts[head] = [len(columns) for columns, _ in found]
    columns = head[np.concatenate([columns for columns, _ in found])]
    scores = np.concatenate([scores for _, scores in found]).astype(np.float64)
    return csr_matrix((scores, columns, row_starts(counts)), shape=(n, n))


def _most_sold(history: History, settings: Settings) -> Rows:
    """Rows of the most sold products, lately more than long ago, ascending; of equals the lower ones."""
    weights = history.weights(settings.pair_half_life_days)[history.line_order]
    sold = np.bincount(history.line_product, weights, len(history.products))
    head = (-sold).argsort(kind="stable")[: settings.ease_products]
    return np.sort(head[sold[head] > 0]).astype(np.int32)


def _gram(history: History, head: Rows, settings: Settings) -> Matrix:
    matrix = history.matrix()
    sizes = np.maximum(np.diff(matrix.indptr), 1)
    factor = np.sqrt(history.weights(settings.pair_half_life_days) * sizes**-settings.ease_size_power)
    weighted = (diags(factor) @ matrix[:, head]).astype(np.float32).tocsr()
    return np.asfortranarray((weighted.T @ weighted).toarray())


def _inverse(gram: Matrix, ridge: float) -> Matrix:
    """The inverse of `gram`, which is lost, its upper triangle filled in as well."""
    diagonal = np.einsum("ii->i", gram)
    diagonal += np.float32(ridge * diagonal.mean())
    lower, failed = lapack.spotrf(gram, lower=1, overwrite_a=1)
    inverse, failed_too = lapack.spotri(lower, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise FloatingPointError("EASE could not be solved: raise the setting ease_ridge")
    for first in range(0, len(inverse), ROWS_AT_ONCE):
        last = first + ROWS_AT_ONCE
        block = inverse[first:last, first:last]
        block += np.tril(block, -1).T - np.triu(block, 1)
        inverse[first:last, last:] = inverse[last:, first:last].T
    return np.asarray(inverse)


def _best(inverse: Matrix, neighbours: int) -> Iterator[tuple[npt.NDArray[Any], Matrix]]:
    """For each row the columns, ascending, of its `neighbours` greatest scores above 0, and these."""
    diagonal = inverse.diagonal().copy()
    for first in range(0, len(inverse), ROWS_AT_ONCE):
        scores = -inverse[first : first + ROWS_AT_ONCE] / diagonal
        scores[np.arange(len(scores)), first + np.arange(len(scores))] = 0
        best = np.sort(np.argpartition(-scores, neighbours - 1, axis=1)[:, :neighbours], axis=1)
        for columns, row in zip(best, scores, strict=True):
            kept = columns[row[columns] > 0]
            yield kept, row[kept]
