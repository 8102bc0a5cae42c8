"""What a peer is: one model with its grid of parameters, that scores every product for a query."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from recommender.peers.baskets import Baskets

Parameters = Mapping[str, float]
Scores = npt.NDArray[np.float32]


class Peer(Protocol):
    """One model, fit on orders by products.

    `history_weights`: what a customer's whole history may weigh in a query, beside 1 for each product of the
    cart; none where the model takes no customer.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    grid: ClassVar[tuple[Parameters, ...]]
    history_weights: ClassVar[tuple[float, ...]]

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        """Fit with one point of `grid`."""

    def scores(
        self, carts: csr_matrix, histories: csr_matrix | None, weights: Sequence[float]
    ) -> Iterator[Scores]:
        """Rows of queries by products (float32; what is not above 0 is no suggestion): of `carts` alone, then
        for each of `weights` of carts + weight * histories. No weights: `histories` may be None.
        """


class Linear:
    """A peer whose scores are a query times a matrix, products by products."""

    history_weights: ClassVar[tuple[float, ...]] = (0.3, 1.0, 3.0, 10.0, 30.0)
    weights: csr_matrix

    def scores(
        self, carts: csr_matrix, histories: csr_matrix | None, weights: Sequence[float]
    ) -> Iterator[Scores]:
        """As Peer says; a sum, so that every weight costs no more than an addition."""
        of_carts = self.times(carts)
        yield of_carts.copy()
        if histories is not None:
            of_histories = self.times(histories)
            yield from (of_carts + np.float32(weight) * of_histories for weight in weights)

    def times(self, query: csr_matrix) -> Scores:
        """`query` times the matrix, dense."""
        return np.asarray((query @ self.weights).toarray(), dtype=np.float32)
