"""Complements: the shop's own choice, in its own order, and nothing that it did not choose."""

import polars as pl
import pytest

from recommender.frames import read_products
from recommender.history import History
from recommender.settings import Settings
from recommender.sources import Question, Tables
from recommender.sources.complements import Complements
from tests.recommender.tables import orders

CHOSEN = {
    "tea": ["cup", "sugar"],
    "cup": ["tea"],
    "pot": ["sugar", "cup", "sugar", "gone", "pot"],
    "sugar": [],
}


def shop() -> History:
    catalogue = pl.DataFrame({"product_id": list(CHOSEN), "complements": list(CHOSEN.values())})
    return History.of(orders([]), read_products(catalogue), None)


def fitted(history: History) -> Complements:
    tables = Tables(history.products, history.categories)
    return Complements(Complements.fit(history, Settings()), tables, Settings())


@pytest.mark.parametrize(
    ("cart", "right"),
    [
        (["tea"], {"cup": 1.0, "sugar": 1 / 2}),
        (["pot"], {"sugar": 1.0, "cup": 1 / 2}),  # once each, never itself, nothing that is not sold
        (["tea", "pot"], {"cup": 1 + 1 / 2, "sugar": 1 / 2 + 1}),
        (["sugar"], {}),
        ([], {}),
    ],
)
def test_each_counts_by_its_place_and_they_add_up(cart: list[str], right: dict[str, float]) -> None:
    history = shop()
    found = fitted(history).candidates(Question(history.products.rows(sorted(cart))))
    assert dict(zip(history.products.ids(found.rows), found.scores.tolist(), strict=True)) == pytest.approx(
        right
    )
    assert found.rows.tolist() == sorted(found.rows.tolist())


def test_the_reason_is_the_cart_product_that_wants_it_most() -> None:
    history = shop()
    cart, rows = history.products.rows(["pot", "tea"]), history.products.rows(["cup", "sugar"])
    reasons = fitted(history).reasons(Question(cart), rows)
    assert [(each.kind, each.product_id, each.evidence) for each in reasons] == [
        ("complement", "tea", {"place": 1}),
        ("complement", "pot", {"place": 1}),
    ]


def test_what_the_shop_chose_since_training_takes_the_place_of_what_it_chose_then() -> None:
    history = shop()
    said = read_products(pl.DataFrame({"product_id": ["tea"], "complements": [["pot"]]}))
    arrays = Complements.chosen(history.products, said)
    source = Complements(arrays, Tables(history.products, history.categories), Settings())
    found = source.candidates(Question(history.products.rows(["cup", "tea"])))
    assert history.products.ids(found.rows) == ["pot"]
