"""Substitutes: what is bought instead of a product: of its kind, in its place, and seldom beside it."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from recommender.alike import MOST_COMPARED, Mask, best_of_rows, most_alike
from recommender.history import History
from recommender.identifiers import Rows
from recommender.settings import Settings

COMPARED, KEPT = 50, 20
BASE = 0.1
"""What a kind counts where nothing is known of the places in which the two are bought."""
LEAST = 0.001
MOST_DIRECTIONS, LEAST_DIRECTIONS, MOST_NUMBERS = 256, 32, 1 << 26
PAIRS_AT_ONCE = 20_000

Singles = npt.NDArray[np.float32]


def substitutes(history: History, described: csr_matrix, known: Mask, settings: Settings) -> csr_matrix:
    """Products by products, float32: the KEPT best of each product of `known`, indices sorted.

        score(i, j) = likeness(i, j) * (BASE + context(i, j)) / (BASE + 1) * (1 - together(i, j))

    over the COMPARED most alike of i (`described` as `vectors` gives it), with context the cosine of what the
    two are bought with, and together the share of the orders of the one in fewer orders that hold the other.
    """
    asked = _most_bought(history, known)
    alike = most_alike(described, known, asked, settings.least_likeness, COMPARED)
    given, other = asked[np.repeat(np.arange(len(asked)), np.diff(alike.indptr))], alike.indices
    in_place = (BASE + _cosines(contexts(history), given, other)) / (BASE + 1)
    scores = alike.data * in_place * (1 - _together(history, given, other))
    found = csr_matrix((scores, (given, other)), shape=described.shape[:1] * 2)
    best = best_of_rows(found, np.arange(len(known), dtype=np.int32), LEAST, KEPT)
    best.sort_indices()
    return best


def _most_bought(history: History, known: Mask) -> Rows:
    """The rows of the most bought of `known`, MOST_COMPARED at most, ascending."""
    orders = np.bincount(history.line_product, minlength=len(known))
    best = (-np.where(known, orders, -1)).argsort(kind="stable")[: min(MOST_COMPARED, known.sum())]
    return np.sort(best).astype(np.int32)


def contexts(history: History) -> Singles:
    """What each product is bought with, products by directions, each row of length 1 (or 0, if with nothing).

    Random indexing, Kanerva et al. (2000): every product has a random direction, and a context is the sum of
    those of what stood in its orders beside it, each n ** -0.5 (n orders) and an order of s products s **
    -0.5, so that cosines are nearly those of the weighted rows of co-occurrence, without their size.
    """
    matrix = history.matrix().astype(np.float32)
    many = MOST_NUMBERS // max(sum(matrix.shape), 1)
    shape = (matrix.shape[1], int(np.clip(many, LEAST_DIRECTIONS, MOST_DIRECTIONS)))
    orders = np.maximum(np.bincount(matrix.indices, minlength=shape[0]), 1)
    sizes = diags((np.maximum(np.diff(matrix.indptr), 1) ** -0.5).astype(np.float32))
    # Always the same directions: they are a ruler, and the seed is for what is drawn.
    directions = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    directions *= (orders**-0.5).astype(np.float32)[:, None]
    itself = (matrix.T @ sizes.diagonal())[:, None] * directions
    found = matrix.T @ (sizes @ (matrix @ directions)) - itself
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    # What is left of a product that always stood alone is rounding, and points nowhere.
    is_beside_others = lengths > 1e-4 * np.linalg.norm(itself, axis=1, keepdims=True)
    return np.asarray(np.where(is_beside_others, found / np.maximum(lengths, 1e-12), 0), dtype=np.float32)


def _cosines(units: Singles, given: Rows, other: Rows) -> Singles:
    found = [(units[given[each]] * units[other[each]]).sum(axis=1) for each in _blocks(len(given))]
    return np.asarray(np.maximum(np.concatenate([np.zeros(0, np.float32), *found]), 0))


def _together(history: History, given: Rows, other: Rows) -> Singles:
    by_product = history.matrix().astype(np.float32).T.tocsr()
    orders = np.maximum(np.diff(by_product.indptr), 1)
    both = [
        by_product[given[at]].multiply(by_product[other[at]]).sum(axis=1).A1 for at in _blocks(len(given))
    ]
    shared = np.concatenate([np.zeros(0, np.float32), *both])
    return np.asarray(shared / np.minimum(orders[given], orders[other]), dtype=np.float32)


def _blocks(n: int) -> list[slice]:
    return [slice(first, first + PAIRS_AT_ONCE) for first in range(0, n, PAIRS_AT_ONCE)]
