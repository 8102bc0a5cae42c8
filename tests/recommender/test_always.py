"""What holds of likeness and repurchase for whatever a shop sells and says."""

from datetime import timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.frames import read_orders, read_products
from recommender.history import EPOCH, History
from recommender.repurchase import Repurchase, due, learn, own_gaps
from recommender.settings import Settings
from recommender.sources import Candidates, Question, Tables
from recommender.sources.likeness import Likeness
from tests.recommender.tables import AS_OF, Line, table

PRODUCTS = "abcdefgh"
NOW = (AS_OF - EPOCH) // timedelta(microseconds=1)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "eve", None]),
        st.integers(0, 12).map("o{}".format),
        st.sampled_from([0.0, 1.0, 40.0, 200.0, None]),
        st.sampled_from(PRODUCTS[:6]),
        st.sampled_from([1.0, 1.0, 1.0, 2.0, -1.0]),
    ),
    max_size=60,
)
WORDS = st.lists(st.sampled_from(["red", "blue", "mug", "杯子", "12", "tea"]), max_size=4).map(" ".join)
PATHS = st.lists(st.sampled_from(["home", "mugs", "tea"]), max_size=3, unique=True)
SAID = st.lists(st.tuples(WORDS, PATHS), min_size=len(PRODUCTS), max_size=len(PRODUCTS))
FEW = Settings(few_customers=2, least_likeness=0.1)
few = settings(max_examples=40, deadline=None)


def shop(lines: list[Line], said: list[tuple[str, list[str]]]) -> History:
    columns = {"product_id": pl.String, "title": pl.String, "categories": pl.List(pl.String)}
    rows = [(product, *what) for product, what in zip(PRODUCTS, said, strict=True)]
    catalogue = read_products(pl.DataFrame(rows, schema=columns, orient="row"))
    return History.of(read_orders(table(lines)), catalogue, AS_OF)


@few
@given(LINES, SAID, st.lists(st.floats(0.0625, 5, width=32), min_size=2, max_size=5))
def test_newcomers_are_new_once_each_and_never_before_what_they_are_like(
    lines: list[Line], said: list[tuple[str, list[str]]], scores: list[float]
) -> None:
    history = shop(lines, said)
    source = Likeness(Likeness.fit(history, FEW), Tables(history.products, history.categories), FEW)
    found = Candidates(np.arange(len(scores), dtype=np.int32), np.array(scores, dtype=np.float32))
    question = Question(np.zeros(0, dtype=np.int32), found=found)
    more = source.candidates(question)
    assert (np.diff(more.rows) > 0).all()
    assert not np.isin(more.rows, found.rows).any()
    bought_by = {product: set[str]() for product in PRODUCTS}
    for number, customer in enumerate(history.order_customer[history.line_order].tolist()):
        bought_by[history.products.id(history.line_product[number])].add(customer)
    for row, score, reason in zip(more.rows, more.scores, source.reasons(question, more.rows), strict=True):
        assert reason.product_id is not None
        other = history.products.row(reason.product_id)
        assert other is not None
        assert 0 < score <= found.scores[other] * 1.0001
        assert (
            len(bought_by[history.products.id(row)]) < FEW.few_customers <= len(bought_by[reason.product_id])
        )
        assert reason.evidence["words"] or reason.evidence["category"]


@few
@given(LINES, SAID)
def test_what_is_similar_is_another_product_with_something_in_common(
    lines: list[Line], said: list[tuple[str, list[str]]]
) -> None:
    history = shop(lines, said)
    source = Likeness(Likeness.fit(history, FEW), Tables(history.products, history.categories), FEW)
    for row in range(len(history.products)):
        similar = source.similar(row)
        assert row not in similar.rows
        assert (np.diff(similar.rows) > 0).all()
        assert ((similar.scores > 0) & (similar.scores <= 1)).all()
        for other in similar.rows.tolist():
            evidence = source.reason(other, row).evidence
            assert evidence["words"] or evidence["category"]


@few
@given(LINES, SAID)
def test_shares_are_shares_gaps_are_gaps_and_nothing_is_done_by_who_owns_nothing(
    lines: list[Line], said: list[tuple[str, list[str]]]
) -> None:
    history = shop(lines, said)
    arrays, everything = learn(history, Settings()), np.arange(len(history.products), dtype=np.int32)
    assert ((arrays["again"] > 0) & (arrays["again"] <= 1)).all()
    assert not Repurchase(arrays).done(everything[:0], everything).any()
    whose = np.repeat(np.arange(len(history.customers), dtype=np.int32), len(everything))
    gaps = own_gaps(history, whose, np.tile(everything, len(history.customers)))
    assert np.isfinite(gaps["gap_days"]).all()
    assert ((gaps["gap_days"] == 0) | (gaps["gap_days"] >= 0.99)).all()
    waits = due(np.full(len(whose), NOW), gaps["gap_days"], NOW)
    assert np.isin(waits, [0, 1]).all()
