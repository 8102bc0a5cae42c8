"""Nearest orders as a peer: what stands in the orders most like the cart."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from recommender.peers.baskets import Baskets
from recommender.peers.peer import Parameters, Scores


class OrderKnn:
    """Session kNN, after Jannach and Ludewig (2017), its sessions being orders: the K orders of greatest
    cosine with the cart add that cosine to each of their products. `rarity` 1: products are weighted by their
    inverse frequency, the more the rarer; 0: all count alike.
    """

    name: ClassVar[str] = "order kNN"
    source: ClassVar[str] = "Jannach and Ludewig 2017"
    grid: ClassVar[tuple[Parameters, ...]] = tuple(
        {"K": k, "rarity": rarity} for rarity, k in product((0, 1), (100, 300, 1000))
    )
    history_weights: ClassVar[tuple[float, ...]] = ()

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        sold = np.maximum(baskets.orders.sum(axis=0).A1, 1)
        self._rarity = (np.log(baskets.orders.shape[0] / sold) ** parameters["rarity"]).astype(np.float32)
        self._k = int(parameters["K"])
        self._by_product = _unit(baskets.orders, self._rarity).T.tocsr()
        self._given = (baskets.orders @ diags(np.sqrt(self._rarity))).tocsr()

    def scores(
        self, carts: csr_matrix, histories: csr_matrix | None, weights: Sequence[float]
    ) -> Iterator[Scores]:
        """As Peer says, but of the carts alone."""
        likeness = csr_matrix(_unit(carts, self._rarity) @ self._by_product)
        yield np.asarray((_nearest(likeness, self._k) @ self._given).toarray(), dtype=np.float32)


def _unit(orders: csr_matrix, weights: npt.NDArray[np.float32]) -> csr_matrix:
    weighted = (orders @ diags(weights)).tocsr()
    lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1).A1)
    return (diags((1 / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)) @ weighted).tocsr()


def _nearest(likeness: csr_matrix, k: int) -> csr_matrix:
    """Each row with its `k` greatest entries; of equals the later orders."""
    likeness.sort_indices()
    starts = likeness.indptr
    kept = [start + _greatest(likeness.data[start:end], k) for start, end in pairwise(starts)]
    counts = np.concatenate([[0], np.cumsum([len(each) for each in kept])])
    chosen = np.concatenate([np.zeros(0, np.int64), *kept])
    return csr_matrix((likeness.data[chosen], likeness.indices[chosen], counts), likeness.shape)


def _greatest(values: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    if len(values) <= k:
        return np.arange(len(values))
    least = np.partition(values, -k)[-k]
    above, equal = (values > least).nonzero()[0], (values == least).nonzero()[0]
    return np.concatenate([above, equal[len(equal) - (k - len(above)) :]])
