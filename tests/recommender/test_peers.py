"""The peers: each gives what its paper's formula gives on a table worked out by hand, and is tuned fairly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from recommender.peers import PEERS, tuned_peers
from recommender.peers.baskets import Baskets
from recommender.peers.factors import Als
from recommender.peers.item_item import Bm25, Ease, Rp3beta, TfIdf
from recommender.peers.order_knn import OrderKnn
from recommender.peers.peer import Peer
from recommender.peers.tuning import K
from tests.recommender.tables import orders

# Ten orders of five products: ab seven times, ac once, and cde, de (so that all but c stand in five or more).
BASKETS = [("ann", "ab")] * 4 + [("bob", "ab")] * 3 + [(None, "ac")] + [("bob", "cde"), ("eve", "de")] * 4


def baskets() -> Baskets:
    return Baskets.of(orders([(who, 9.0, products) for who, products in BASKETS]))


def scores(peer: Peer, cart: str, who: str | None = None, weight: float = 0.0) -> dict[str, float]:
    """Each product's score for a cart of products named by letters, with a customer's history at `weight`."""
    made = baskets()
    query = made.carts([tuple(cart)])
    told = list(peer.scores(query, made.histories_of([who]), (weight,) if who else ()))[-1][0]
    return dict(zip(made.products.all(), told.tolist(), strict=True))


def test_orders_become_matrices_of_the_products_that_a_cart_may_hold() -> None:
    made = Baskets.of(orders([("ann", 2.0, "ab")] * 3 + [("ann", 1.0, "a")] * 2 + [(None, 1.0, "b")] * 2))
    assert made.products.all() == ["a", "b"]
    assert made.orders.toarray().tolist() == [[1, 1]] * 3  # the others hold one product alone
    assert made.histories_of(["ann", None, "nobody"]).toarray() == pytest.approx(
        np.array([[5 / 8, 3 / 8], [0, 0], [0, 0]])
    )
    assert made.carts([("b", "unknown"), ()]).toarray().tolist() == [[0, 1], [0, 0]]


def test_rp3beta_walks_from_product_to_order_to_product() -> None:
    # From a: 8 orders, each by 1/8; in seven of them one of two products is b: 7 * 1/8 * 1/2. b stands in 7
    # orders.
    told = scores(Rp3beta(baskets(), alpha=1.0, beta=0.5), "a")
    assert told["b"] == pytest.approx(7 / 8 / 2 / 7**0.5)
    assert told["c"] == pytest.approx(1 / 8 / 2 / 5**0.5)
    assert told["a"] == told["d"] == 0
    whole = scores(Rp3beta(baskets(), alpha=0.5, beta=0.0), "a")
    assert whole["b"] == pytest.approx(7 / (8 * 2) ** 0.5)


def test_ease_restores_each_order_from_its_other_products() -> None:
    made = baskets()
    dense = made.orders.toarray().astype(float)
    inverse = np.linalg.inv(dense.T @ dense + 2 * np.eye(5))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    told = scores(Ease(made, **{"lambda": 2.0}), "ac")
    assert list(told.values()) == pytest.approx((expected[0] + expected[2]).tolist(), abs=1e-5)


def test_order_knn_adds_up_the_orders_most_like_the_cart() -> None:
    # The cosine of the cart "a" is 1/sqrt(2) with "ab" and "ac" alike; the three nearest are the later ones.
    told = scores(OrderKnn(baskets(), K=3, rarity=0), "a")
    assert told["b"] == pytest.approx(2 / 2**0.5)
    assert told["c"] == pytest.approx(1 / 2**0.5)
    assert told["d"] == 0


@pytest.mark.parametrize(
    "peer",
    [(Bm25, {"K": 5, "K1": 1.2, "B": 0.5}), (TfIdf, {"K": 5}), (Als, Als.grid[0])],
    ids=["BM25", "TF-IDF", "ALS"],
)
def test_implicits_models_complete_a_cart_with_what_goes_with_it(peer: tuple[type[Peer], Any]) -> None:
    kind, parameters = peer
    told = scores(kind(baskets(), **parameters), "d")
    others = {name: score for name, score in told.items() if name != "d"}
    assert max(others, key=lambda name: others[name]) == "e"


def test_a_customers_history_is_folded_into_the_query() -> None:
    peer = Rp3beta(baskets(), alpha=1.0, beta=0.0)
    alone, bob = scores(peer, "a"), scores(peer, "a", "bob", 6.0)
    # Of bob's 18 purchases three are a and b each, four c, d and e each.
    shares = {"a": 3 / 18, "b": 3 / 18, "c": 4 / 18, "d": 4 / 18, "e": 4 / 18}
    of_products = {name: scores(peer, name)["e"] for name in shares}
    assert bob["e"] == pytest.approx(
        alone["e"] + 6 * sum(shares[name] * of_products[name] for name in shares)
    )


def shop() -> pl.DataFrame:
    """Two tastes of five products each, in 400 orders of 20 customers."""
    chance = np.random.default_rng(0)
    tastes = [list("abcde"), list("vwxyz")]
    drawn = [(f"c{number % 20}", 400.0 - number, tastes[number % 2]) for number in range(400)]
    return orders(
        [(who, days, "".join(chance.choice(taste, 3, replace=False))) for who, days, taste in drawn]
    )


@pytest.fixture(scope="module")
def all_tuned() -> dict[str, Any]:
    return dict(tuned_peers(shop()))


@pytest.mark.parametrize("name", [kind.name for kind in PEERS])
def test_a_tuned_peer_answers_as_a_model_does(all_tuned: dict[str, Any], name: str) -> None:
    peer = all_tuned[name]
    carts: Sequence[Sequence[str]] = [("a", "b"), ("x",), ("nothing known",), ()]
    for customers in (None, ["c0", "c1", None, "nobody"]):
        lists = peer.recommend_many(carts, customer_ids=customers, limit=2)
        assert [set(lists[0]) <= set("cde"), set(lists[1]) <= set("vwyz")] == [True, True]
        assert [len(each) for each in lists[:2]] == [2, 2]
    assert peer.recommend_many(carts, limit=99) == peer.recommend_many(carts, limit=99)
    assert all(len(each) == len(set(each)) for each in peer.recommend_many(carts, limit=99))


@pytest.mark.parametrize("kind", PEERS, ids=[kind.name for kind in PEERS])
def test_the_whole_grid_is_tried_and_the_best_of_it_taken(
    all_tuned: dict[str, Any], kind: type[Peer]
) -> None:
    tried = all_tuned[kind.name].tried
    alone = [each for each in tried if each.history_weight is None]
    assert [each.parameters for each in alone] == list(kind.grid)
    assert all_tuned[kind.name].alone[0].ndcg == max(each.ndcg for each in alone)
    weighted = [each for each in tried if each.history_weight is not None]
    assert len(weighted) == (len(kind.grid) * len(kind.history_weights))
    best = max((each.ndcg for each in weighted), default=all_tuned[kind.name].alone[0].ndcg)
    assert all_tuned[kind.name].personal[0].ndcg == best


def test_what_scores_nothing_is_not_suggested() -> None:
    peer = next(tuned_peers(shop(), names=("TF-IDF",)))[1]
    assert peer.recommend_many([("unknown",)], limit=K) == [[]]
