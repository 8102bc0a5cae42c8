"""The peers: single models of public libraries and papers, that a shop might use instead of Encore, each
tuned.
"""

from collections.abc import Iterator

import polars as pl

from recommender.peers.factors import Als
from recommender.peers.item_item import Bm25, Ease, Rp3beta, TfIdf
from recommender.peers.order_knn import OrderKnn
from recommender.peers.peer import Peer
from recommender.peers.tuning import Tried, Tuned, tuned

PEERS: tuple[type[Peer], ...] = (Als, Bm25, TfIdf, OrderKnn, Rp3beta, Ease)

__all__ = ["PEERS", "Peer", "Tried", "Tuned", "tuned_peers"]


def tuned_peers(
    known: pl.DataFrame, *, seed: int = 0, names: tuple[str, ...] = ()
) -> Iterator[tuple[str, Tuned]]:
    """Each of PEERS, or of those called `names`, tuned on the last tenth of the orders in `known` and then
    fit on all, one at a time: a peer that is no longer held frees its memory.
    """
    for kind in PEERS:
        if not names or kind.name in names:
            yield kind.name, tuned(kind, known, seed=seed)
