"""One run: Encore and the peers learn from the same orders and are asked for the same carts."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

import recommender
from recommender import Cart, Evaluation, Recommender
from recommender.evaluation import ENCORE
from recommender.peers import Tried, tuned_peers
from tests.benchmarks.machine import say
from tests.benchmarks.quality.orders import Orders

ASKED_ONE_BY_ONE = 200
ALL = 1_000_000


@dataclass(frozen=True)
class Taken:
    """What a recommender took: seconds to train (of a peer: to tune and to fit), and the median milliseconds
    of one suggestion, asked cart by cart with the customer.
    """

    training_seconds: float
    suggestion_ms: float


@dataclass(frozen=True)
class Grid:
    """What a peer's tuning tried, and which it chose for the cart alone and with the customer."""

    source: str
    tried: tuple[Tried, ...]
    alone: Tried
    personal: Tried


@dataclass
class Run:
    """The run on one data set: its evaluation, and what else the page tells. `artefact_mib`: Encore's
    file.
    """

    orders: Orders
    seed: int = 0
    evaluation: Evaluation | None = None
    artefact_mib: float = 0.0
    taken: dict[str, Taken] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)

    def go(self, peers: Sequence[str]) -> Evaluation:
        """Judge Encore beside the peers of these names; says on the terminal what it does."""
        known, carts = recommender.held_out_carts(self.orders.lines, n_carts=ALL, seed=self.seed)
        n_orders = known["order_id"].n_unique()
        say(self.orders.title, f"{n_orders:,} orders to learn from, {len(carts):,} later carts")
        everybody = self._recommenders(known, carts, peers)
        self.evaluation = recommender.measured(known, carts, everybody, seed=self.seed)
        for row in self.evaluation.rows:
            if row.group == "all":
                figures = f"NDCG {row.ndcg.value:.4f}, hit rate {row.hit_rate.value:.4f}"
                say(f"  {row.recommender}, {row.setting}", f"{figures}, coverage {row.coverage.value:.4f}")
        return self.evaluation

    def _recommenders(
        self, known: pl.DataFrame, carts: Sequence[Cart], peers: Sequence[str]
    ) -> Iterator[tuple[str, Recommender]]:
        began = time.monotonic()
        model = recommender.train(known, self.orders.products, seed=self.seed)
        self._took(ENCORE, model, time.monotonic() - began, carts)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model"
            model.save(file)
            self.artefact_mib = file.stat().st_size / 2**20
        yield ENCORE, model
        del model
        for name in peers:
            began = time.monotonic()
            ((_, peer),) = tuned_peers(known, seed=self.seed, names=(name,))
            self.grids[name] = Grid(peer.source, peer.tried, peer.alone[0], peer.personal[0])
            self._took(name, peer, time.monotonic() - began, carts)
            self._say_grid(name)
            yield name, peer
            del peer

    def _took(self, name: str, asked: Recommender, training_seconds: float, carts: Sequence[Cart]) -> None:
        times = []
        for cart in carts[:ASKED_ONE_BY_ONE]:
            began = time.perf_counter()
            asked.recommend_many([cart.product_ids], customer_ids=[cart.customer_id])
            times.append(time.perf_counter() - began)
        self.taken[name] = Taken(training_seconds, 1000 * statistics.median(times))
        took = self.taken[name]
        say(
            f"  {name}", f"trained in {took.training_seconds:.1f} s, {took.suggestion_ms:.2f} ms a suggestion"
        )

    def _say_grid(self, name: str) -> None:
        for each in self.grids[name].tried:
            say(f"    {in_words(each)}", f"NDCG@10 {each.ndcg:.4f} on the last tenth of the training orders")


def in_words(tried: Tried) -> str:
    """One point of a grid."""
    words = [f"{name} {value:g}" for name, value in tried.parameters.items()]
    return ", ".join(words + ([] if tried.history_weight is None else [f"history {tried.history_weight:g}"]))
