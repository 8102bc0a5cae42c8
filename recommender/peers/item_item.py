"""Peers that keep a weight for each pair of products: implicit's BM25 and TF-IDF, RP3beta, EASE."""

import warnings
from itertools import product
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from implicit.nearest_neighbours import BM25Recommender, ItemItemRecommender, TFIDFRecommender
from implicit.utils import ParameterWarning
from scipy.linalg import lapack
from scipy.sparse import csr_matrix, diags, vstack
from threadpoolctl import threadpool_limits

from recommender.peers.baskets import Baskets
from recommender.peers.peer import Linear, Parameters, Scores

NEIGHBOURS = (20, 100, 500)
MOST_PRODUCTS = 7_000
ROWS_AT_ONCE = 1_000


class Bm25(Linear):
    """implicit's BM25Recommender: cosine of products over orders, weighted as the BM25 of text search."""

    name: ClassVar[str] = "BM25"
    source: ClassVar[str] = "implicit"
    grid: ClassVar[tuple[Parameters, ...]] = tuple(
        {"K": k, "K1": k1, "B": b} for k, k1, b in product(NEIGHBOURS[1:], (0.05, 0.2, 1.2), (0.2, 0.75))
    )

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        model = BM25Recommender(K=int(parameters["K"]), K1=parameters["K1"], B=parameters["B"])
        self.weights = _neighbours(model, baskets)


class TfIdf(Linear):
    """implicit's TFIDFRecommender: cosine of products over orders, weighted by TF-IDF."""

    name: ClassVar[str] = "TF-IDF"
    source: ClassVar[str] = "implicit"
    grid: ClassVar[tuple[Parameters, ...]] = tuple({"K": k} for k in NEIGHBOURS)

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        self.weights = _neighbours(TFIDFRecommender(K=int(parameters["K"])), baskets)


class Rp3beta(Linear):
    """Paudel, Christoffel, Newell and Bernstein (2017): a walk product - order - product, each step's
    probability to the power of alpha, the arrival divided by the product's orders to the power of beta.
    """

    name: ClassVar[str] = "RP3beta"
    source: ClassVar[str] = "Paudel et al. 2017"
    grid: ClassVar[tuple[Parameters, ...]] = tuple(
        {"alpha": alpha, "beta": beta} for alpha, beta in product((0.6, 0.7, 0.8), (0.2, 0.25, 0.3, 0.4, 0.5))
    )

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        alpha, beta = parameters["alpha"], parameters["beta"]
        sizes = np.maximum(np.diff(baskets.orders.indptr), 1).astype(np.float32)
        sold = np.maximum(baskets.orders.sum(axis=0).A1, 1).astype(np.float32)
        there = (diags(sold**-alpha) @ baskets.orders.T).tocsr()
        back = (diags(sizes**-alpha) @ baskets.orders @ diags(sold**-beta)).tocsr()
        blocks = range(0, there.shape[0], ROWS_AT_ONCE)
        self.weights = vstack(
            [_best(there[at : at + ROWS_AT_ONCE] @ back, at) for at in blocks], format="csr"
        )


class Ease(Linear):
    """Steck (2019): the linear model that best restores each order from its other products, in closed form.
    Of the 7,000 most sold products: its matrix is dense.
    """

    name: ClassVar[str] = "EASE"
    source: ClassVar[str] = "Steck 2019"
    grid: ClassVar[tuple[Parameters, ...]] = tuple({"lambda": each} for each in (10, 30, 100, 300, 1000))

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        sold = baskets.orders.sum(axis=0).A1
        self._kept = np.sort(np.argsort(-sold, kind="stable")[:MOST_PRODUCTS])
        self._matrix = _ease(baskets.orders[:, self._kept], parameters["lambda"])

    def times(self, query: csr_matrix) -> Scores:
        """As Linear's; products beyond the most sold score 0."""
        scores = np.zeros(query.shape, dtype=np.float32)
        scores[:, self._kept] = query[:, self._kept] @ self._matrix
        return scores


def _neighbours(model: ItemItemRecommender, baskets: Baskets) -> csr_matrix:
    with threadpool_limits(limits=1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ParameterWarning)  # of a conversion inside implicit
        model.fit(baskets.orders, show_progress=False)
    return model.similarity.astype(np.float32)


def _best(rows: csr_matrix, first: int) -> csr_matrix:
    """Each of `rows` with its greatest entries only, as many as NEIGHBOURS allows, and not its own."""
    rows.setdiag(0, first)
    for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        if end - start > NEIGHBOURS[-1]:
            entries = rows.data[start:end]
            entries[entries < np.partition(entries, -NEIGHBOURS[-1])[-NEIGHBOURS[-1]]] = 0
    rows.eliminate_zeros()
    return rows


def _ease(orders: csr_matrix, penalty: float) -> npt.NDArray[np.float32]:
    gram = (orders.T @ orders).toarray()
    gram[np.diag_indices_from(gram)] += penalty
    factor, failed = lapack.spotrf(gram, lower=True, overwrite_a=True)
    inverse, also_failed = lapack.spotri(factor, lower=True, overwrite_c=True)
    if failed or also_failed:
        raise ValueError(f"EASE's matrix cannot be inverted with lambda {penalty}: take a greater one")
    weights: npt.NDArray[np.float32] = np.tril(inverse) + np.tril(inverse, -1).T
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return weights
