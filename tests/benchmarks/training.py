"""How long learning takes by itself, and with all that belongs to a shop's training: reading, rehearsing,
judging, publishing.
"""

import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import polars as pl

import recommender
from plugin.demo.data import DemoFiles
from tests.benchmarks.encore import Shop, run
from tests.benchmarks.machine import say

GOAL = "under 90 s and 4 GB"


def measure(home: Path, shop: Shop) -> None:
    """Learn from all orders, weights and learned ranker included, then train the benchmark's shop once."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as child:
        seconds, peak_mib = child.submit(_learnt, DemoFiles(home / "data")).result()
    say("learning from all, weights fitted", f"{seconds:.1f} s, {peak_mib:.0f} MiB at the most", GOAL)
    done = run(home, "train", "--shop", shop.shop_id)
    artefact = next(home.glob("artefacts/**/*[0-9].encore"))
    say(
        "a shop's training: read, rehearsed, judged, learnt, published",
        f"{done.seconds:.1f} s, {done.peak_mib:.0f} MiB at the most",
    )
    say("artefact", f"{artefact.stat().st_size / 1e6:.1f} MB", "under 60 MB")


def _learnt(files: DemoFiles) -> tuple[float, float]:
    """Seconds and MiB, in a process of its own."""
    orders = pl.read_parquet(files.orders)
    products = pl.read_ndjson(files.products).select("product_id", "title", "categories")
    start = time.monotonic()
    recommender.train(orders, products)
    return time.monotonic() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
