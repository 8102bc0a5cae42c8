"""Tuning: every point of a peer's grid is tried on the last tenth of the training orders, the best is fit on
all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_matrix

from recommender.evaluation.carts import Cart, held_out_carts
from recommender.evaluation.metrics import gains, places
from recommender.peers.baskets import Baskets
from recommender.peers.peer import Parameters, Peer, Scores

CARTS_AT_ONCE = 200
K = 10

Lists = list[list[str]]


@dataclass(frozen=True)
class Tried:
    """One point of the grid (`history_weight` None: the cart alone), and its NDCG@10 on the tuning carts."""

    parameters: Parameters
    history_weight: float | None
    ndcg: float


@dataclass(frozen=True)
class Tuned:
    """A peer with the parameters that did best, `alone` for the cart alone and `personal` with the customer's
    history (the same where it takes none), fit on all orders; and all that was `tried`.
    """

    name: str
    source: str
    baskets: Baskets
    alone: tuple[Tried, Peer]
    personal: tuple[Tried, Peer]
    tried: tuple[Tried, ...]

    def recommend_many(
        self,
        carts: Sequence[Sequence[str]],
        *,
        customer_ids: Sequence[str | None] | None = None,
        limit: int = 10,
    ) -> Lists:
        """As Model.recommend_many."""
        chosen, model = self.alone if customer_ids is None else self.personal
        weights = () if chosen.history_weight is None else (chosen.history_weight,)
        return _answers(model, self.baskets, (carts, customer_ids), weights, limit)[-1]


def tuned(kind: type[Peer], known: pl.DataFrame, *, seed: int = 0) -> Tuned:
    """`kind` with the parameters that reach the greatest NDCG@10 on the last tenth of the orders in `known`
    when fit on those before (of equals the first of the grid), then fit on all.
    """
    earlier, carts = held_out_carts(known, seed=seed)
    before = Baskets.of(earlier)
    tried = [each for parameters in kind.grid for each in _tried(kind, parameters, before, carts)]
    alone = max((each for each in tried if each.history_weight is None), key=lambda each: each.ndcg)
    personal = max(
        (each for each in tried if each.history_weight is not None), key=lambda each: each.ndcg, default=alone
    )
    baskets = Baskets.of(known)
    model = kind(baskets, **alone.parameters)
    other = model if personal.parameters == alone.parameters else kind(baskets, **personal.parameters)
    return Tuned(kind.name, kind.source, baskets, (alone, model), (personal, other), tuple(tried))


def _tried(
    kind: type[Peer], parameters: Parameters, before: Baskets, carts: Sequence[Cart]
) -> Iterator[Tried]:
    model = kind(before, **parameters)
    customers = [cart.customer_id for cart in carts]
    weights = kind.history_weights if any(customers) else ()
    answers = _answers(model, before, ([cart.product_ids for cart in carts], customers), weights, K)
    for weight, lists in zip((None, *weights), answers, strict=True):
        yield Tried(parameters, weight, float(gains(places(carts, lists)).mean()) if carts else float("nan"))


def _answers(
    model: Peer,
    baskets: Baskets,
    asked: tuple[Sequence[Sequence[str]], Sequence[str | None] | None],
    weights: Sequence[float],
    limit: int,
) -> list[Lists]:
    """The lists for the carts and customers of `asked`: of the cart alone, then with each of `weights`."""
    carts, customers = asked
    found: list[Lists] = [[] for _ in (None, *weights)]
    for start in range(0, len(carts), CARTS_AT_ONCE):
        block = slice(start, start + CARTS_AT_ONCE)
        query = baskets.carts(carts[block])
        histories = baskets.histories_of(customers[block]) if customers is not None and weights else None
        for lists, scores in zip(found, model.scores(query, histories, weights), strict=True):
            lists.extend(baskets.products.ids(rows) for rows in _top(scores, query, limit))
    return found


def _top(scores: Scores, carts: csr_matrix, limit: int) -> Iterator[npt.NDArray[np.int64]]:
    """Of each row the products of the greatest scores above 0, greatest first, without the cart's."""
    scores[np.repeat(np.arange(carts.shape[0]), np.diff(carts.indptr)), carts.indices] = 0
    most = min(limit, scores.shape[1])
    places = (
        np.argpartition(-scores, most - 1, axis=1)[:, :most] if most else np.zeros((len(scores), 0), np.int64)
    )
    places.sort(axis=1)  # so that of equals the first product comes first
    best = np.take_along_axis(scores, places, axis=1)
    order = (-best).argsort(axis=1, kind="stable")
    for row, kept in zip(np.take_along_axis(places, order, axis=1), (best > 0).sum(axis=1), strict=True):
        yield row[:kept]
