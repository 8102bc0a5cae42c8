"""Likeness: the cosine worked out by hand, who counts as new, and where a newcomer is suggested."""

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from recommender.frames import read_products
from recommender.history import History
from recommender.settings import Settings
from recommender.sources import Candidates, Question, Tables
from recommender.sources.likeness import Likeness
from tests.recommender.tables import AS_OF, orders

TITLES = {
    "cup": ("Blue cup", ["Kitchen", "Mugs"]),
    "mug": ("Red mug", ["Kitchen", "Mugs"]),
    "new": ("Green mug", ["Kitchen", "Mugs"]),
    "pan": ("Red pan", ["Kitchen"]),
    "tea": ("Assam", ["Drinks"]),
}
CATALOGUE = pl.DataFrame(
    [(each, title, categories) for each, (title, categories) in TITLES.items()],
    schema={"product_id": pl.String, "title": pl.String, "categories": pl.List(pl.String)},
    orient="row",
)
SOLD = [(f"c{n}", 200.0 - n, product) for n in range(3) for product in ("cup", "mug", "pan", "tea")]


def shop(catalogue: pl.DataFrame = CATALOGUE, sold: list[Any] | None = None) -> History:
    baskets: list[Any] = [(customer, days, [product]) for customer, days, product in sold or SOLD]
    return History.of(orders(baskets), read_products(catalogue), None)


def fitted(history: History, **settings: Any) -> Likeness:
    chosen = Settings(**{"few_customers": 3, "least_likeness": 0.1, **settings})
    return Likeness(Likeness.fit(history, chosen), Tables(history.products, history.categories), chosen)


def answer(source: Likeness, history: History, question: Question) -> dict[str, float]:
    found = source.candidates(question)
    return dict(zip(history.products.ids(found.rows), found.scores.tolist(), strict=True))


def asked(history: History, *cart: str, **found: float) -> Question:
    rows = history.products.rows(sorted(found))
    scores = np.array([found[each] for each in sorted(found)], dtype=np.float32)
    return Question(np.sort(history.products.rows(cart)), found=Candidates(rows, scores))


def weight(holders: int) -> float:
    return float(np.log(1 + len(TITLES) / holders))


def length(*holders: int) -> float:
    return sum(weight(each) ** 2 for each in holders) ** 0.5


GREEN_MUG, RED_MUG, BLUE_CUP = length(1, 2, 4, 3), length(2, 2, 4, 3), length(1, 1, 4, 3)


def test_likeness_is_the_cosine_of_words_and_categories_each_weighed_by_how_few_have_it() -> None:
    history = shop()
    to_mug = (weight(2) ** 2 + weight(4) ** 2 + weight(3) ** 2) / (GREEN_MUG * RED_MUG)
    to_cup = (weight(4) ** 2 + weight(3) ** 2) / (GREEN_MUG * BLUE_CUP)
    to_pan = weight(4) ** 2 / (GREEN_MUG * length(2, 1, 4))
    found = answer(fitted(history, least_likeness=0.01), history, asked(history, "new"))
    assert found == pytest.approx({"mug": to_mug, "cup": to_cup, "pan": to_pan})
    assert to_mug > to_cup > to_pan


def test_what_is_less_alike_than_the_setting_says_is_of_another_kind() -> None:
    history = shop()
    assert set(answer(fitted(history, least_likeness=0.5), history, asked(history, "new"))) == {"mug"}


def test_a_newcomer_goes_where_its_likes_go_and_never_before_them() -> None:
    history = shop()
    source = fitted(history)
    likeness = answer(source, history, asked(history, "new"))
    found = answer(source, history, asked(history, "tea", mug=0.5, pan=2.0))
    assert found == pytest.approx({"new": max(0.5 * likeness["mug"], 2.0 * likeness["pan"])})
    assert answer(source, history, asked(history, "mug", tea=1.0)) == {}
    assert answer(source, history, asked(history, "tea", mug=0.5, new=0.1)) == {}


def test_its_reason_names_the_one_that_it_is_like_and_what_they_share() -> None:
    history = shop()
    source, rows = fitted(history), history.products.rows(["new"])
    [reason] = source.reasons(asked(history, "tea", mug=1.0, cup=0.9), rows)
    assert (reason.kind, reason.product_id) == ("likeness", "mug")
    assert reason.evidence == {"words": "mug", "category": "Mugs"}
    [reason] = source.reasons(asked(history, "tea", mug=0.1, cup=0.9), rows)
    assert (reason.product_id, reason.evidence) == ("cup", {"words": None, "category": "Mugs"})


def test_in_a_cart_of_a_newcomer_alone_the_reason_names_it() -> None:
    history = shop()
    [reason] = fitted(history).reasons(asked(history, "new", "tea"), history.products.rows(["mug"]))
    assert (reason.product_id, reason.evidence["words"]) == ("new", "mug")


def test_no_two_products_of_few_customers_are_compared() -> None:
    catalogue = pl.concat(
        [CATALOGUE, CATALOGUE.filter(product_id="new").with_columns(product_id=pl.lit("twin"))]
    )
    history = shop(catalogue)
    assert "twin" not in answer(fitted(history), history, asked(history, "new"))


@pytest.mark.parametrize(
    ("said", "bought", "is_new"),
    [
        (None, None, True),  # in the catalogue, and never sold
        (400, None, False),  # said to be on sale for long, and never sold
        (20, None, True),
        (None, 20, True),  # first sold of late
        (None, 100, False),
        (100, 20, False),  # the shop knows better
        (20, 100, True),
    ],
)
def test_who_is_new(said: int | None, bought: int | None, is_new: bool) -> None:
    at = None if said is None else AS_OF - timedelta(days=said)
    first = pl.Series([at if each == "new" else None for each in TITLES], dtype=pl.Datetime("us", "UTC"))
    sold = [*SOLD, ("ann", 0.0, "tea"), *([("ann", float(bought), "new")] if bought else [])]
    history = shop(CATALOGUE.with_columns(first_sold_at=first), sold)
    found = answer(fitted(history), history, asked(history, mug=1.0))
    assert bool(found) is is_new


def test_in_a_young_shop_a_first_order_makes_nothing_new() -> None:
    sold = [(customer, days / 10, product) for customer, days, product in SOLD]
    history = shop(sold=[*sold, ("ann", 0.0, "new")])
    assert answer(fitted(history), history, asked(history, mug=1.0)) == {}


def test_a_product_that_came_after_training_is_placed_by_the_words_that_are_known() -> None:
    history = shop()
    settings = Settings(few_customers=3, least_likeness=0.1)
    late = pl.DataFrame({"product_id": ["late"], "title": ["Unheard red mug"], "categories": [["Mugs"]]})
    arrays = Likeness.fit(history, settings)
    grown = Likeness(
        Likeness.grown(arrays, read_products(late), settings),
        Tables(history.products, history.categories),
        settings,
    )
    row = len(history.products)
    likeness = (2 * weight(2) ** 2 + weight(3) ** 2) / (length(2, 2, 3) * RED_MUG)
    question = asked(history, "tea", mug=1.0)
    found = grown.candidates(question)
    assert found.rows.tolist() == [history.products.row("new"), row]
    assert found.scores[1] == pytest.approx(likeness)
    [reason] = grown.reasons(question, np.array([row], dtype=np.int32))
    assert (reason.product_id, reason.evidence) == ("mug", {"words": "mug red", "category": "Mugs"})


@pytest.mark.parametrize("title", [None, "Unheard"])
def test_a_late_product_that_says_nothing_known_changes_nothing(title: str | None) -> None:
    settings, late = Settings(few_customers=3), {"product_id": ["late"], "title": [title]}
    arrays = Likeness.fit(shop(), settings)
    said = read_products(pl.DataFrame(late, schema_overrides={"title": pl.String}))
    grown = Likeness.grown(arrays, said, settings)
    assert len(grown["starts"]) == len(arrays["starts"]) + 1
    assert {name: grown[name].tolist() for name in ("few", "likes", "newcomers")} == {
        name: arrays[name].tolist() for name in ("few", "likes", "newcomers")
    }


def test_a_catalogue_without_a_word_and_no_catalogue_are_no_error() -> None:
    nameless = shop(CATALOGUE.select("product_id"))
    assert answer(fitted(nameless), nameless, asked(nameless, "new")) == {}
    history = History.of(orders([]), None, None)
    assert answer(fitted(history), history, asked(history)) == {}
