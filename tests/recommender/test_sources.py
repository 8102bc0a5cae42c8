"""The sources: one contract for all of them, then each by a table whose answers are worked out by hand."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from recommender.blend import Blend
from recommender.frames import read_products
from recommender.history import History
from recommender.model import SOURCES
from recommender.settings import Settings
from recommender.sources import Question, Source, Tables
from recommender.sources.complements import Complements
from recommender.sources.copurchase import Copurchase
from recommender.sources.ease import ease
from recommender.sources.likeness import Likeness
from recommender.sources.next_basket import NextBasket
from recommender.sources.own_purchases import OwnPurchases, bought, measures
from recommender.sources.popular import Popular, PopularInCategory
from recommender.sources.rp3beta import rp3beta
from tests.recommender.tables import AS_OF, orders, two_tastes

RightAnswer = tuple[tuple[str, ...], str | None, set[str]]
RIGHT_ANSWERS: dict[type[Source], RightAnswer] = {
    Copurchase: (("a",), None, {"b", "c"}),
    Complements: (("x",), None, {"z"}),
    Likeness: (("d",), None, {"a", "b", "c"}),
    OwnPurchases: ((), "ann", {"a", "b", "c", "d"}),
    NextBasket: ((), "ann", {"a", "b", "c"}),
    PopularInCategory: (("x",), None, {"x", "y", "z"}),
    Popular: ((), None, {"a", "b", "c"}),
}


def fitted(kind: type[Any], history: History, **settings: Any) -> Any:
    chosen = Settings(**{"blend": Blend(), **settings})
    return kind(kind.fit(history, chosen), Tables(history.products, history.categories), chosen)


def asked(history: History, cart: Sequence[str], customer: str | None = None) -> Question:
    return Question(history.products.rows(cart), history.customers.row(customer or ""))


def scores(source: Source, history: History, question: Question) -> dict[str, float]:
    found = source.candidates(question)
    return dict(zip(history.products.ids(found.rows), found.scores.tolist(), strict=True))


@pytest.fixture(scope="module")
def tastes() -> History:
    known, products = two_tastes()
    chosen = pl.Series([["z"] if each == "x" else [] for each in products["product_id"]])
    return History.of(known, read_products(products.with_columns(complements=chosen)), None)


@pytest.mark.parametrize("kind", dict.fromkeys([*SOURCES, *RIGHT_ANSWERS]))
class TestEverySource:
    def test_its_best_are_the_right_ones(self, kind: type[Source], tastes: History) -> None:
        cart, customer, right = RIGHT_ANSWERS[kind]
        found = scores(fitted(kind, tastes), tastes, asked(tastes, cart, customer))
        assert set(sorted(found, key=lambda each: -found[each])[: len(right)]) == right

    def test_rows_and_scores_fit_together_and_are_positive(self, kind: type[Source], tastes: History) -> None:
        cart, customer, _ = RIGHT_ANSWERS[kind]
        found = fitted(kind, tastes).candidates(asked(tastes, cart, customer))
        assert (found.rows.dtype, found.scores.dtype) == (np.int32, np.float32)
        assert len(found.rows) == len(found.scores) > 0
        assert (np.diff(found.rows) > 0).all()
        assert np.isfinite(found.scores).all()
        assert (found.scores > 0).all()
        assert (found.rows >= 0).all()
        assert (found.rows < len(tastes.products)).all()

    def test_its_reasons_bear_its_name_and_have_evidence(self, kind: type[Source], tastes: History) -> None:
        cart, customer, right = RIGHT_ANSWERS[kind]
        question, rows = asked(tastes, cart, customer), tastes.products.rows(sorted(right))
        for reason in fitted(kind, tastes).reasons(question, rows):
            assert reason.kind == kind.kind
            assert reason.evidence

    def test_the_same_history_gives_the_same_bytes(self, kind: type[Source], tastes: History) -> None:
        first, second = (kind.fit(tastes, Settings()) for _ in range(2))
        assert {name: array.tobytes() for name, array in first.items()} == {
            name: array.tobytes() for name, array in second.items()
        }

    @pytest.mark.parametrize("rows", [[], [("ann", 1.0, "a")]])
    def test_next_to_no_orders_are_no_error(self, kind: type[Source], rows: list[Any]) -> None:
        history = History.of(orders(rows), None, None)
        found = scores(fitted(kind, history), history, asked(history, ["a"], "ann"))
        assert set(found) <= {"a"}

    def test_asked_about_nothing_and_nobody_only_popular_answers(
        self, kind: type[Source], tastes: History
    ) -> None:
        assert bool(scores(fitted(kind, tastes), tastes, asked(tastes, []))) == (kind is Popular)


PLAIN: dict[str, float] = {
    "order_size_power": 0,
    "given_power": 0,
    "suggested_power": 0,
    "pair_half_life_days": 1e9,
}
ONLY_RP3BETA = Blend(pairs=((1.0, 0.0, 0.0),) * 2)


def pairs(history: History, given: str, **settings: Any) -> dict[str, float]:
    """What RP3beta says goes with `given`."""
    found = rp3beta(history, Settings(**settings))[history.products.row(given)].tocoo()
    return dict(zip(history.products.ids(found.col), found.data.tolist(), strict=True))


class TestRP3beta:
    """With all powers 0 and no decay a score is the plain number of orders that hold both."""

    def test_plain_scores_are_the_orders_with_both(self) -> None:
        baskets = [(f"c{n}", 1.0, "abc") for n in range(3)] + [(f"d{n}", 1.0, "ab") for n in range(4)]
        history = History.of(orders(baskets), None, None)
        assert pairs(history, "a", **PLAIN) == pytest.approx({"b": 7, "c": 3})

    def test_an_order_counts_half_after_each_half_life(self) -> None:
        history = History.of(orders([("c1", 0, "ab"), ("c2", 30, "ab"), ("c3", 60, "ab")]), None, None)
        assert pairs(history, "a", **{**PLAIN, "pair_half_life_days": 30}) == pytest.approx({"b": 1.75})

    def test_big_orders_and_products_that_everybody_buys_count_less(self) -> None:
        history = History.of(orders([(f"c{n}", 1, "abcd") for n in range(4)]), None, None)
        assert pairs(history, "a", **{**PLAIN, "order_size_power": 0.5})["b"] == pytest.approx(2)
        powers = {"given_power": 1, "suggested_power": 0.5}
        assert pairs(history, "a", **{**PLAIN, **powers})["b"] == pytest.approx(4 / (4 * 2))


class TestEASE:
    def test_three_products_by_hand(self) -> None:
        """X'X of the orders ab, ab, b and c, unweighed: a 2, b 3, c 1, a with b 2. Its mean diagonal is 2: a
        ridge of 1/2 adds 1, and P for a and b is the inverse of [[3, 2], [2, 4]], [[4, -2], [-2, 3]] / 8: a
        tells b by (2 / 8) / (3 / 8), b tells a by (2 / 8) / (4 / 8).
        """
        baskets = [("c1", 1.0, "ab"), ("c2", 1.0, "ab"), ("c3", 1.0, "b"), ("c4", 1.0, "c")]
        history = History.of(orders(baskets), None, None)
        chosen = Settings(ease_ridge=0.5, ease_size_power=0, pair_half_life_days=1e9)
        expected = np.array([[0, 2 / 3, 0], [1 / 2, 0, 0], [0, 0, 0]])
        assert ease(history, chosen).toarray() == pytest.approx(expected, abs=1e-6)

    def test_what_does_not_go_together_has_no_score_and_only_the_most_sold_are_asked(self) -> None:
        history = History.of(orders([("c1", 1.0, "ab")] * 3 + [("c2", 1.0, "ac")]), None, None)
        assert ease(history, Settings(ease_products=2)).nnz == 2


class TestCopurchase:
    def test_scores_add_up_over_the_cart_in_units_of_the_median_best_pair(self) -> None:
        """The best pairs of a, b and c have 7, 7 and 3 orders: a median of 7."""
        baskets = [(f"c{n}", 1.0, "abc") for n in range(3)] + [(f"d{n}", 1.0, "ab") for n in range(4)]
        history = History.of(orders(baskets), None, None)
        source = fitted(Copurchase, history, blend=ONLY_RP3BETA, **PLAIN)
        assert scores(source, history, asked(history, ["a"])) == pytest.approx({"b": 1, "c": 3 / 7})
        both = scores(source, history, asked(history, ["a", "b"]))
        assert both == pytest.approx({"a": 1, "b": 1, "c": 6 / 7})

    def test_the_blend_weighs_rp3beta_and_ease(self) -> None:
        history = History.of(orders([(f"c{n}", 1, "ab") for n in range(3)]), None, None)
        for weights in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (2.0, 1.0, 0.0)):
            source = fitted(Copurchase, history, blend=Blend(pairs=(weights, weights)))
            assert scores(source, history, asked(history, ["a"])) == pytest.approx({"b": sum(weights)})

    def test_evidence_is_counted_not_weighed_and_names_the_cart_product(self) -> None:
        baskets = [(f"c{n}", 300.0 * n, "ab") for n in range(3)] + [("c0", 5.0, "ab"), ("c9", 1.0, "a")]
        history = History.of(orders(baskets), None, None)
        [reason] = fitted(Copurchase, history).reasons(asked(history, ["a"]), history.products.rows(["b"]))
        assert (reason.kind, reason.product_id) == ("bought_together", "a")
        assert reason.evidence == {"orders_with_both": 4, "orders_with_cart_product": 5, "customers": 3}

    @pytest.mark.parametrize(("weaker", "stronger"), [("a", "b"), ("b", "a")])
    def test_the_cart_product_named_is_the_one_that_speaks_most_for_it(
        self, weaker: str, stronger: str
    ) -> None:
        baskets = [(f"c{n}", 1.0, f"{weaker}x") for n in range(3)]
        baskets += [(f"d{n}", 1.0, f"{stronger}x") for n in range(5)]
        history = History.of(orders(baskets), None, None)
        source = fitted(Copurchase, history, blend=ONLY_RP3BETA, **PLAIN)
        [reason] = source.reasons(asked(history, ["a", "b"]), history.products.rows(["x"]))
        assert (reason.product_id, reason.evidence["orders_with_both"]) == (stronger, 5)

    def test_what_fewer_than_three_customers_bought_together_is_no_candidate(self) -> None:
        baskets = [("c1", 1.0, "ab"), ("c1", 1.0, "ab"), ("c2", 1.0, "ab")]
        history = History.of(orders(baskets), None, None)
        assert (
            scores(fitted(Copurchase, history, blend=ONLY_RP3BETA, **PLAIN), history, asked(history, ["a"]))
            == {}
        )

    def test_a_weak_pair_adds_nothing_to_what_a_strong_one_brings_and_is_not_spoken_of(self) -> None:
        baskets = [(f"c{n}", 1.0, "bx") for n in range(3)] + [("c1", 1.0, "ax")] * 4 + [("c2", 1.0, "ax")] * 4
        history = History.of(orders(baskets), None, None)
        source = fitted(Copurchase, history, blend=ONLY_RP3BETA, **PLAIN)
        question, x = asked(history, ["a", "b"]), history.products.rows(["x"])
        assert scores(source, history, asked(history, ["a"])) == {}
        # The best pairs of a, b and x have 8, 3 and 8 orders.
        assert scores(source, history, question) == pytest.approx({"x": 3 / 8})
        [reason] = source.reasons(question, x)
        assert (reason.product_id, reason.evidence["customers"]) == ("b", 3)

    def test_guests_are_customers_of_their_own(self) -> None:
        history = History.of(orders([(None, 1.0, "ab")] * 3), None, None)
        [reason] = fitted(Copurchase, history).reasons(asked(history, ["a"]), history.products.rows(["b"]))
        assert reason.evidence["customers"] == 3

    def test_only_the_best_neighbours_are_kept(self) -> None:
        baskets = [(f"c{n}", 1.0, "ab") for n in range(5)] + [(f"d{n}", 1.0, "ac") for n in range(3)]
        history = History.of(orders(baskets), None, None)
        assert set(scores(fitted(Copurchase, history, neighbours=1), history, asked(history, ["a"]))) == {"b"}


class TestOwnPurchases:
    def test_a_purchase_counts_half_after_each_half_life_and_purchases_add_up(self) -> None:
        """The blend asks for sum_60 alone, the plain sum of the second half-life."""
        history = History.of(orders([("ann", 0, "a"), ("ann", 30, "ab"), ("bob", 0, "c")]), None, None)
        blend = Blend(own=(0, 0, 0, 0, 1, 0, 0))
        source = fitted(OwnPurchases, history, own_half_lives_days=(1, 30, 1), blend=blend)
        assert scores(source, history, asked(history, [], "ann")) == pytest.approx({"a": 1.5, "b": 0.5})

    def test_every_measure_by_hand(self) -> None:
        """Ann bought a now and 30 days ago, b then. Her gap for a has only just begun."""
        baskets = [("ann", 0.0, "a"), ("ann", 30.0, "ab"), ("bob", 0.0, "a")]
        history = History.of(orders(baskets), None, None)
        chosen = Settings(own_half_lives_days=(15, 30, 60))
        again = np.array([0.5, 0.0], dtype=np.float32)
        found = measures(bought(history, chosen), again, history.as_of)
        logs = [np.log1p((1 + 0.5**n) / 0.1) for n in (2, 1, 0.5)]
        assert found[0, 1:] == pytest.approx([*logs, 1.5, np.log(3), np.log1p(0.5 / 0.02)])
        logs = [np.log1p(0.5**n / 0.1) for n in (2, 1, 0.5)]
        assert found[1, 1:] == pytest.approx([*logs, 0.5, np.log(2), 0])
        assert found[0, 0] < 0.001

    def test_a_purchase_is_ripe_when_the_usual_gap_has_passed(self) -> None:
        baskets = [("ann", days, "a") for days in (40.0, 30.0, 20.0, 10.0)] + [("bob", 0.0, "b")]
        history = History.of(orders(baskets), None, None)
        found = measures(bought(history, Settings()), np.ones(2, np.float32), history.as_of)
        assert found[0, 0] == pytest.approx(1, abs=0.01)
        [reason] = fitted(OwnPurchases, history).reasons(
            asked(history, [], "ann"), history.products.rows(["a"])
        )
        assert (reason.evidence["due"], reason.evidence["usual_gap_days"]) == (True, 10)

    def test_what_one_needs_no_other_of_is_not_offered_again(self) -> None:
        """The merchant says so of kettles: neither this one nor another, while coffee comes back."""
        known = orders([("ann", 5.0, "kc"), ("bob", 5.0, "K")])
        kinds = {"product_id": ["k", "K", "c"], "category": ["kettles", "kettles", "coffee"]}
        history = History.of(known, read_products(pl.DataFrame(kinds)), None)
        source = fitted(OwnPurchases, history, bought_once_categories=("kettles",))
        assert set(scores(source, history, asked(history, [], "ann"))) == {"c"}
        rows = history.products.rows(["K", "c", "k"])
        assert source.done(history.customers.row("ann"), rows).tolist() == [True, False, True]

    def test_only_the_best_are_kept_and_nothing_sensitive(self) -> None:
        known = orders([("ann", 0, "a"), ("ann", 30, "b"), ("ann", 60, "c")])
        history = History.of(known, None, None)
        assert set(scores(fitted(OwnPurchases, history, own_kept=2), history, asked(history, [], "ann"))) == {
            "a",
            "b",
        }
        catalogue = read_products(pl.DataFrame({"product_id": ["a"], "category": ["health"]}))
        history = History.of(known, catalogue, None)
        source = fitted(OwnPurchases, history, sensitive_categories=("health",))
        assert set(scores(source, history, asked(history, [], "ann"))) == {"b", "c"}

    def test_the_reason_says_how_often_and_when_last(self) -> None:
        history = History.of(orders([("ann", 0, "b"), ("ann", 2, "a"), ("ann", 30, "a")]), None, None)
        rows = history.products.rows(["a"])
        [reason] = fitted(OwnPurchases, history).reasons(asked(history, [], "ann"), rows)
        assert reason.evidence == {"orders": 2, "last_bought_at": AS_OF - timedelta(days=2)}

    def test_without_times_it_does_not_say_when(self) -> None:
        history = History.of(orders([("ann", None, "a")]), None, None)
        rows = history.products.rows(["a"])
        [reason] = fitted(OwnPurchases, history).reasons(asked(history, [], "ann"), rows)
        assert reason.evidence == {"orders": 1, "last_bought_at": None}


class TestNextBasket:
    def test_what_three_customers_like_one_bought_by_their_likeness(self) -> None:
        """Ann bought a; so did Bob, Cid and Dot, with b: each is alike by 1 / sqrt(2). Eve is not."""
        baskets = [("ann", 0.0, "a"), ("ann", 0.0, "a")] + [
            (each, 0.0, "ab") for each in ("bob", "cid", "dot")
        ]
        history = History.of(orders([*baskets, ("eve", 0.0, "x")]), None, None)
        source = fitted(NextBasket, history)
        found = scores(source, history, asked(history, [], "ann"))
        assert found == pytest.approx({"a": 100, "b": 100})
        [reason] = source.reasons(asked(history, [], "ann"), history.products.rows(["b"]))
        assert reason.evidence == {"customers": 3}

    def test_what_fewer_than_three_of_them_bought_is_not_told(self) -> None:
        baskets = [("ann", 0.0, "a"), ("ann", 0.0, "a"), ("bob", 0.0, "ab"), ("cid", 0.0, "ab")]
        history = History.of(orders(baskets), None, None)
        assert scores(fitted(NextBasket, history), history, asked(history, [], "ann")) == {}

    def test_nothing_sensitive_steers_or_comes(self) -> None:
        baskets = [("ann", 0.0, "ap"), ("ann", 0.0, "ap")] + [(f"c{n}", 0.0, "pq") for n in range(3)]
        catalogue = read_products(pl.DataFrame({"product_id": ["p"], "category": ["health"]}))
        history = History.of(orders(baskets), catalogue, None)
        found = fitted(NextBasket, history, sensitive_categories=("health",))
        assert scores(found, history, asked(history, [], "ann")) == {}
        assert "q" in scores(fitted(NextBasket, history), history, asked(history, [], "ann"))


class TestPopular:
    def test_recent_orders_count_more_and_the_reason_counts_those_of_the_window(self) -> None:
        history = History.of(orders([("ann", 0, "a"), ("bob", 30, "ab"), ("eve", 60, "b")]), None, None)
        source = fitted(Popular, history, popular_half_life_days=30, popular_days=30, least_customers=1)
        assert scores(source, history, asked(history, [])) == pytest.approx({"a": 1.5, "b": 0.75})
        reasons = source.reasons(asked(history, []), history.products.rows(["a", "b"]))
        assert [reason.evidence for reason in reasons] == [
            {"orders": 2, "days": 30},
            {"orders": 1, "days": 30},
        ]

    def test_what_few_bought_is_not_listed_and_who_is_unknown_counts_as_one(self) -> None:
        baskets = [("ann", 0, "ab"), ("ann", 1, "a"), ("bob", 0, "ab"), (None, 0, "bc"), (None, 1, "c")]
        products = pl.DataFrame({"product_id": list("abc"), "categories": [["tea"]] * 3})
        history = History.of(orders(baskets), read_products(products), None)
        for kind in (Popular, PopularInCategory):
            for least, listed in ((3, {"b"}), (2, {"a", "b", "c"}), (4, set[str]())):
                source = fitted(kind, history, least_customers=least)
                assert set(scores(source, history, asked(history, ["a"]))) == listed

    def test_what_was_not_bought_of_late_is_told_with_all_its_orders(self) -> None:
        history = History.of(orders([("ann", 0, "a"), ("bob", 99, "b")]), None, None)
        [reason] = fitted(Popular, history).reasons(asked(history, []), history.products.rows(["b"]))
        assert reason.evidence == {"orders": 1, "days": None}


class TestPopularInCategory:
    def test_the_share_of_the_category_counts_and_shared_categories_add_up(self) -> None:
        catalogue = pl.DataFrame(
            {"product_id": ["a", "b", "c"], "categories": [["food", "tea"], ["food", "tea"], ["food"]]}
        )
        history = History.of(
            orders([("ann", 0, "abc"), ("bob", 0, "bc"), ("eve", 0, "c")]), read_products(catalogue), None
        )
        source = fitted(PopularInCategory, history, least_customers=1)
        found = scores(source, history, asked(history, ["a"]))
        assert found == pytest.approx({"a": 1 / 6 + 1 / 3, "b": 2 / 6 + 2 / 3, "c": 3 / 6})

    def test_the_reason_is_the_narrowest_category_that_both_have(self, tastes: History) -> None:
        rows = tastes.products.rows(["b", "x"])
        reasons = fitted(PopularInCategory, tastes).reasons(asked(tastes, ["a"]), rows)
        assert [reason.evidence["category"] for reason in reasons] == ["coffee", "drinks"]

    def test_a_cart_of_a_product_never_sold_has_its_category_too(self) -> None:
        catalogue = pl.DataFrame({"product_id": ["new", "a"], "categories": [["tea"], ["tea"]]})
        history = History.of(orders([(None, 0, "a")] * 3), read_products(catalogue), None)
        source = fitted(PopularInCategory, history)
        assert set(scores(source, history, asked(history, ["new"]))) == {"a"}
