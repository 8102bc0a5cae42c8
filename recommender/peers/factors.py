"""implicit's matrix factorisation as a peer: an order's factors are found again from its cart (fold-in)."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from recommender.peers.baskets import Baskets
from recommender.peers.peer import Parameters, Scores

ABOVE_0 = 10.0  # scores of ALS are about 0 to 1 and may be negative; every product is a suggestion


class Als:
    """implicit's AlternatingLeastSquares, after Hu, Koren and Volinsky (2008)."""

    name: ClassVar[str] = "ALS"
    source: ClassVar[str] = "implicit"
    grid: ClassVar[tuple[Parameters, ...]] = tuple(
        {"factors": 128, "alpha": alpha, "regularization": regularization}
        for alpha, regularization in ((1, 0.1), (10, 10), (10, 100), (40, 10), (40, 100))
    )
    history_weights: ClassVar[tuple[float, ...]] = (0.3, 1.0, 3.0)

    def __init__(self, baskets: Baskets, **parameters: float) -> None:
        # BLAS threads beside implicit's own make it many times slower; its constructor looks for them too.
        with threadpool_limits(limits=1, user_api="blas"):
            self._model = AlternatingLeastSquares(
                factors=int(parameters["factors"]),
                alpha=parameters["alpha"],
                regularization=parameters["regularization"],
                iterations=10,
                random_state=0,
            )
            self._model.fit(baskets.orders, show_progress=False)

    def scores(
        self, carts: csr_matrix, histories: csr_matrix | None, weights: Sequence[float]
    ) -> Iterator[Scores]:
        """As Peer says; the factors of each query are solved for anew."""
        for weight in (0.0, *weights):
            query = carts if histories is None else csr_matrix(carts + np.float32(weight) * histories)
            factors = self._model.recalculate_user(np.arange(query.shape[0]), query)
            yield np.asarray(factors @ self._model.item_factors.T + np.float32(ABOVE_0))
