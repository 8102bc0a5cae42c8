"""On a real grocer's baskets, which have no dates and no customers: it learns, and what it says is true."""

from pathlib import Path

import polars as pl
import pytest

import recommender

GROCERIES = Path(__file__).parents[3] / "shared" / "data" / "groceries" / "orders.parquet"
pytestmark = pytest.mark.skipif(not GROCERIES.exists(), reason="the real baskets are not beside the project")


def test_it_beats_bestsellers_on_a_grocers_baskets() -> None:
    report = recommender.evaluate(pl.read_parquet(GROCERIES), n_carts=1_000)
    assert report.split == "order_id"
    assert report.ratio is not None
    assert report.ratio > 1


def test_the_evidence_can_be_counted_again_in_the_orders() -> None:
    orders = pl.read_parquet(GROCERIES)
    baskets = orders.group_by("order_id").agg("product_id")["product_id"].to_list()
    for suggestion in recommender.train(orders).recommend(["yogurt", "whole milk"], limit=5):
        reason = suggestion.reason
        assert reason.kind == "bought_together"
        holding = [basket for basket in baskets if reason.product_id in basket]
        both = sum(suggestion.product_id in basket for basket in holding)
        assert reason.evidence == {
            "orders_with_both": both,
            "orders_with_cart_product": len(holding),
            "customers": both,
        }
