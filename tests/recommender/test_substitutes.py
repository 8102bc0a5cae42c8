"""Substitutes: of one kind, in one place, and not side by side."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from recommender.frames import read_products
from recommender.history import History
from recommender.settings import Settings
from recommender.sources import Tables
from recommender.sources.likeness import Likeness
from recommender.substitutes import BASE, contexts
from tests.recommender.tables import orders

TITLES = {
    "a": "Assam tea",
    "b": "Breakfast tea",
    "c": "Cup",
    "d": "Dog food",
    "e": "Dog lead",
    "s": "Sugar",
    "t": "Tea pot",
}
ASSAM = [(f"a{n}", 1.0, "ac" + "s" * (n % 2)) for n in range(10)]
BREAKFAST = [(f"b{n}", 1.0, "bc" + "s" * (n % 2)) for n in range(10)]
DOGS = [(f"d{n}", 1.0, "de") for n in range(10)]


def shop(baskets: list[Any], titles: dict[str, str] = TITLES) -> History:
    catalogue = pl.DataFrame({"product_id": list(titles), "title": list(titles.values())})
    return History.of(orders(baskets), read_products(catalogue), None)


def fitted(history: History, **settings: Any) -> Likeness:
    chosen = Settings(**{"least_likeness": 0.05, **settings})
    return Likeness(Likeness.fit(history, chosen), Tables(history.products, history.categories), chosen)


def similar(history: History, product_id: str, **settings: Any) -> dict[str, float]:
    [row] = history.products.rows([product_id])
    found = fitted(history, **settings).similar(row)
    assert (np.diff(found.rows) > 0).all()
    return dict(zip(history.products.ids(found.rows), found.scores.tolist(), strict=True))


def weight(holders: int) -> float:
    return float(np.log(1 + len(TITLES) / holders))


LIKENESS = weight(3) ** 2 / (weight(3) ** 2 + weight(1) ** 2)


def test_two_teas_that_go_with_the_same_and_never_together_stand_for_each_other() -> None:
    """Their contexts are the same, to the cup and the sugar in the same shares: likeness alone is left."""
    assert similar(shop([*ASSAM, *BREAKFAST, *DOGS]), "a") == {"b": pytest.approx(LIKENESS, abs=0.001)}


def test_what_is_bought_together_counts_less_by_the_share_of_orders_that_hold_both() -> None:
    apart = [*ASSAM, *BREAKFAST]
    beside = [(f"x{n}", 1.0, "ab") for n in range(10)]
    [(name, score)] = similar(shop([*apart, *beside]), "a").items()
    assert name == "b"
    assert 0.2 * LIKENESS < score < 0.5 * LIKENESS  # 10 of 20 orders; contexts a little less alike
    always = [(f"x{n}", 1.0, "ab") for n in range(10)]
    assert similar(shop(always), "a") == {}


def test_of_one_kind_but_bought_with_other_things_counts_less() -> None:
    dogs = [(f"b{n}", 1.0, "bde") for n in range(10)]
    score = similar(shop([*ASSAM, *dogs]), "a")["b"]
    assert score == pytest.approx(LIKENESS * BASE / (1 + BASE), rel=0.9)
    assert score < 0.4 * LIKENESS


def test_what_goes_with_it_and_is_of_another_kind_is_none() -> None:
    history = shop([*ASSAM, *BREAKFAST])
    assert "c" not in similar(history, "a")
    assert "s" not in similar(history, "a")


def test_where_too_few_bought_it_what_it_is_like_is_told() -> None:
    assert set(similar(shop([*ASSAM, *BREAKFAST]), "t")) == {"a", "b"}


def test_without_a_word_nothing_is_said() -> None:
    assert similar(shop([*ASSAM, *BREAKFAST], {"a": "", "b": ""}), "a") == {}


def test_contexts_are_of_what_stands_beside_and_not_of_the_product_itself() -> None:
    history = shop([*ASSAM, *BREAKFAST, *DOGS, ("x", 1.0, "t")])
    units = dict(zip(history.products.all(), contexts(history), strict=True))
    assert units["a"] @ units["b"] == pytest.approx(1, abs=0.001)
    assert abs(units["a"] @ units["d"]) < 0.4
    assert not units["t"].any()
    assert np.linalg.norm(units["d"]) == pytest.approx(1, abs=0.001)


def test_the_order_of_rows_changes_nothing() -> None:
    lines = orders([*ASSAM, *BREAKFAST, *DOGS])
    said = read_products(pl.DataFrame({"product_id": list(TITLES), "title": list(TITLES.values())}))
    shuffled = lines.sample(fraction=1, shuffle=True, seed=3)
    first, second = (Likeness.fit(History.of(each, said, None), Settings()) for each in (lines, shuffled))
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in second.items()
    }
