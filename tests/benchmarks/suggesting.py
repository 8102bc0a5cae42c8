"""How long one suggestion takes in process: a cart of six with a known customer's history, and without."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import polars as pl

import recommender
from tests.benchmarks.machine import say

IN_CART = 6
QUESTIONS, ROUNDS = 500, 5
PRODUCTS = 1_000_000
TILED_LINES = 300_000

Question = tuple[list[str], str]


def measure(home: Path) -> None:
    """Print the median times at the shop's own size, and at a million products made of copies of it."""
    lines = pl.read_parquet(next((home / "data").glob("*orders*")))
    model = recommender.load(next(home.glob("artefacts/**/*[0-9].encore")))
    _say_times(model, _questions(lines), "under 250 us with the customer")
    tiled = _tiled(lines.sort("ordered_at").tail(TILED_LINES))
    large = recommender.train(tiled, blend=model.blend)
    _say_times(large, _questions(tiled), "under 600 us with the customer")


def _say_times(model: recommender.Model, questions: Sequence[Question], goal: str) -> None:
    size = f"{model.figures['n_products']:,} products"
    known = _median_us(lambda asked: model.recommend(asked[0], customer_id=asked[1]), questions)
    unknown = _median_us(lambda asked: model.recommend(asked[0]), questions)
    say(
        f"one suggestion, {size}",
        f"{known:.0f} us with the customer, {unknown:.0f} us with the cart alone",
        goal,
    )


def _median_us(ask: Callable[[Question], object], questions: Sequence[Question]) -> float:
    """The median over questions of the best of some rounds: what else the machine does is not told."""
    best = [float("inf")] * len(questions)
    for _ in range(ROUNDS):
        for place, question in enumerate(questions):
            start = time.perf_counter_ns()
            ask(question)
            best[place] = min(best[place], (time.perf_counter_ns() - start) / 1000)
    return median(best)


def _questions(lines: pl.DataFrame) -> list[Question]:
    """The first six products of the latest orders of known customers that have so many."""
    orders = (
        lines.drop_nulls("customer_id")
        .group_by("order_id")
        .agg(
            pl.col("product_id").unique(maintain_order=True).head(IN_CART),
            pl.col("customer_id").first(),
            pl.col("ordered_at").max(),
        )
        .filter(pl.col("product_id").list.len() == IN_CART)
        .sort("ordered_at", "order_id", descending=True)
        .head(QUESTIONS)
    )
    return list(zip(orders["product_id"].to_list(), orders["customer_id"].to_list(), strict=True))


def _tiled(lines: pl.DataFrame) -> pl.DataFrame:
    """Copies of `lines` side by side, as of shops with nothing in common, until there are PRODUCTS."""
    copies = -(-PRODUCTS // lines["product_id"].n_unique())
    ids = ("customer_id", "order_id", "product_id")
    return pl.concat(
        lines.with_columns(pl.format("{}:{}", pl.lit(str(copy)), pl.col(name)).alias(name) for name in ids)
        for copy in range(copies)
    )
