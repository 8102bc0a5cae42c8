"""Bundles of two real shops: what the first nine tenths of the time show still holds in the last."""

import pytest

from tests.benchmarks.bundles import kept
from tests.benchmarks.quality.orders import COMPLETE_JOURNEY, named


@pytest.mark.parametrize(("shop", "products"), [(COMPLETE_JOURNEY, 500), ("online_retail_ii", 900)])
def test_bundles_keep_their_lift_on_later_orders(shop: str, products: int) -> None:
    orders = named(shop)
    if orders is None:
        pytest.skip("the real orders are not beside the project")
    found = kept(orders.lines)
    assert found.share >= 0.9
    assert found.n_products >= products
