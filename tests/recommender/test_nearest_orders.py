"""Nearest orders, by tables whose answers are worked out by hand."""

import math

import polars as pl
import pytest

from recommender.blend import Blend
from recommender.frames import read_products
from recommender.history import History
from recommender.reason import BOUGHT_TOGETHER
from recommender.settings import Settings
from recommender.sources.nearest_orders import NearestOrders
from recommender.training import train
from tests.recommender.tables import orders, two_tastes
from tests.recommender.test_sources import LISTENING, asked, fitted, scores


class TestNearestOrders:
    """Of five orders a is in 4, b and c in 3: rarities log(5/4), log(5/3), log(5/3)."""

    BASKETS: tuple[tuple[str, float, str], ...] = (
        *((f"c{n}", 3.0, "abc") for n in range(3)),
        ("d", 2.0, "ad"),
        ("e", 1.0, "xy"),
    )
    A, BC = math.log(5 / 4), math.log(5 / 3)

    def test_each_order_like_the_cart_adds_its_cosine(self) -> None:
        history = History.of(orders(self.BASKETS), None, None)
        source = fitted(NearestOrders, history, least_customers=1)
        whole = 3 * (self.A + self.BC) / math.sqrt(self.A + 2 * self.BC)
        part = self.A / math.sqrt(self.A + math.log(5))
        assert scores(source, history, asked(history, ["a", "b"])) == pytest.approx(
            {
                "a": math.sqrt(self.A) * (whole + part),
                "b": math.sqrt(self.BC) * whole,
                "c": math.sqrt(self.BC) * whole,
            }
        )

    def test_only_the_latest_orders_are_looked_at_and_only_the_most_like_them_asked(self) -> None:
        baskets = [(f"old {n}", 9.0, "ab") for n in range(3)] + [(f"new {n}", 1.0, "ac") for n in range(3)]
        baskets += [(f"wide {n}", 1.0, "acdefgh") for n in range(3)] + [("one", 1.0, "i")]
        history = History.of(orders(baskets), None, None)
        question = asked(history, ["a"])
        recent = fitted(NearestOrders, history, least_customers=1, recent_orders=6)
        assert "b" not in scores(recent, history, question)
        nearest = fitted(NearestOrders, history, least_customers=1, recent_orders=6, nearest_orders=3)
        assert set(scores(nearest, history, question)) == {"a", "c"}

    def test_what_few_bought_and_what_is_sensitive_neither_steers_nor_comes(self) -> None:
        products = pl.DataFrame({"product_id": list("abc"), "categories": [["health"], [], []]})
        history = History.of(
            orders(
                [("ann", n, "abc") for n in range(5)]
                + [(f"c{n}", 9.0, "ac") for n in range(3)]
                + [("z", 9, "z")]
            ),
            read_products(products),
            None,
        )
        source = fitted(NearestOrders, history, sensitive_categories=("health",))
        assert set(scores(source, history, asked(history, ["c"]))) == {"c"}
        assert scores(source, history, asked(history, ["a", "b"])) == {}

    def test_a_known_customer_is_told_by_their_own_purchases(self) -> None:
        tastes = History.of(two_tastes()[0], None, None)
        assert scores(fitted(NearestOrders, tastes), tastes, asked(tastes, ["a", "b"], "ann")) == {}

    def test_a_blend_that_does_not_listen_learns_nothing_of_them(self) -> None:
        tastes = History.of(two_tastes()[0], None, None)
        learnt = NearestOrders.fit(tastes, Settings())
        assert not any(len(learnt[name]) for name in ("products", "numbers", "recent"))
        assert scores(fitted(NearestOrders, tastes, blend=Blend()), tastes, asked(tastes, ["a"])) == {}

    def test_a_shop_that_wants_no_whole_orders_to_speak_keeps_none(self) -> None:
        tastes = History.of(two_tastes()[0], None, None)
        assert scores(fitted(NearestOrders, tastes), tastes, asked(tastes, ["a"])) != {}
        unwanted = fitted(NearestOrders, tastes, whole_orders=False)
        assert scores(unwanted, tastes, asked(tastes, ["a"])) == {}
        learnt = NearestOrders.fit(tastes, Settings(blend=LISTENING, whole_orders=False))
        assert not any(len(learnt[name]) for name in ("products", "numbers", "recent"))

    def test_where_a_pair_can_be_told_of_it_is_told(self) -> None:
        baskets = [(f"c{n}", 3.0, "abc") for n in range(3)] + [("other", 2.0, "xy")]
        model = train(orders(baskets), blend=LISTENING)
        assert {each.reason.kind for each in model.recommend(["a", "b"], limit=1)} == {BOUGHT_TOGETHER}
