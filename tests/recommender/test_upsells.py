"""Better versions on hand-worked orders: what those who know both prefer, counted by customers."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import recommender
from recommender import Model
from recommender.blend import Blend
from tests.recommender.tables import AS_OF, orders, table

Basket = tuple[str | None, float | None, str]
TITLES = {
    "s": "mild green olive oil hand soap, 1",
    "b": "mild green olive oil hand soap, 2",
    "c": "mild green olive oil hand soap, 3",
    "k": "kettle",
}
KINDS = {"s": ["bath", "soap"], "b": ["bath", "soap"], "c": ["bath", "soap"], "k": ["kitchen", "kettle"]}


def catalogue(kinds: dict[str, list[str]] = KINDS) -> pl.DataFrame:
    rows = {
        "product_id": list(TITLES),
        "title": list(TITLES.values()),
        "categories": [kinds[each] for each in TITLES],
    }
    return pl.DataFrame(rows)


def moved(n: int, first: str = "s", then: str = "b") -> list[Basket]:
    """So many customers who bought the one, and from then on the other one, three times."""
    days = ((40.0, first), (30.0, then), (20.0, then), (10.0, then))
    return [(f"{first}{then} {who}", day, product) for who in range(n) for day, product in days]


BESIDE: list[Basket] = [(f"other {who}", 50.0, "k") for who in range(20)]
BESIDE += [(f"{product} only {who}", 45.0, product) for product in "sbc" for who in range(5)]
"""Enough buyers of everything, who know only one of them."""


def learnt(
    baskets: Sequence[Basket] | pl.DataFrame, products: pl.DataFrame | None = None, **more: Any
) -> Model:
    lines = baskets if isinstance(baskets, pl.DataFrame) else orders([*baskets, *BESIDE])
    return recommender.train(lines, catalogue() if products is None else products, blend=Blend(), **more)


def better(model: Model, product_id: str = "s") -> list[str]:
    return [each.product_id for each in model.upsells(product_id)]


def test_a_better_version_is_what_buyers_came_to_and_stayed_with() -> None:
    (found,) = learnt(moved(6)).upsells("s")
    assert found.product_id == "b"
    assert found.score == 6
    assert found.reason.kind == "moved_up"
    assert found.reason.product_id == "s"
    assert found.reason.evidence == {"customers": 6, "kept_percent": 100}


def test_it_is_better_in_one_direction_only() -> None:
    assert better(learnt(moved(6)), "b") == []


@pytest.mark.parametrize(
    ("n_up", "n_down", "is_better"), [(4, 0, True), (3, 0, False), (9, 2, True), (9, 4, False)]
)
def test_more_of_those_who_know_both_must_prefer_it(n_up: int, n_down: int, is_better: bool) -> None:
    """9 - 2 >= 2 * 11 ** 0.5, but 9 - 4 < 2 * 13 ** 0.5; and three may be chance."""
    assert better(learnt([*moved(n_up), *moved(n_down, "b", "s")])) == ["b"] * is_better


def test_that_many_once_bought_another_one_says_nothing_yet() -> None:
    """Nine had the one, then the other, and no more: which of the two they would take again is not known."""
    once = [(f"once {who}", day, product) for who in range(9) for day, product in ((40.0, "s"), (10.0, "b"))]
    assert better(learnt(once)) == []


def test_one_customer_however_often_is_one() -> None:
    often: list[Basket] = [("one", 40.0, "s"), *(("one", float(day), "b") for day in range(1, 30))]
    assert better(learnt(often)) == []


def test_who_tried_it_and_went_back_did_not_come() -> None:
    returned = [*moved(6), *((f"sb {who}", 1.0, "s") for who in range(4))]
    assert better(learnt(returned)) == []


def test_what_is_not_of_its_kind_is_no_version_of_it() -> None:
    assert better(learnt(moved(9, "s", "k"))) == []
    apart = KINDS | {"b": ["bath", "gifts"]}
    assert better(learnt(moved(9), catalogue(apart))) == []


def test_where_nothing_has_a_category_the_words_say_what_is_of_one_kind() -> None:
    nowhere: dict[str, list[str]] = {product_id: [] for product_id in KINDS}
    assert better(learnt([*moved(6), *moved(6, "s", "k")], catalogue(nowhere))) == ["b"]


def test_those_with_most_customers_come_first_and_no_more_than_asked_for() -> None:
    model = learnt([*moved(5), *moved(7, "s", "c")])
    assert better(model) == ["c", "b"]
    assert [each.product_id for each in model.upsells("s", 1)] == ["c"]
    assert model.upsells("s", 0) == []
    assert model.upsells("zebra") == []


def _with_returns(product: str, n: int) -> pl.DataFrame:
    """The six who moved, and so many who sent `product` back."""
    back = [
        (f"{product} back {who}", f"r{product}{who}{part}", 5.0, product, part)
        for who in range(n)
        for part in (1.0, -1.0)
    ]
    return pl.concat([orders([*moved(6), *BESIDE]), table(back)])


def test_what_is_returned_more_often_than_the_product_is_not_better() -> None:
    """Of 12 buyers of the big one 1 returned it, of 11 of the small one nobody, or 2 of 13."""
    assert better(learnt(_with_returns("b", 1))) == []
    both = pl.concat([_with_returns("b", 1), _with_returns("s", 2)]).unique(maintain_order=True)
    (found,) = learnt(both).upsells("s")
    assert found.reason.evidence["kept_percent"] == int(100 * 11 / 12)


def _looked(names: Iterable[str], chose: str = "b") -> tuple[list[Basket], list[str]]:
    return [(name, 3.0, chose) for name in names], list(names)


def _viewed(lines: pl.DataFrame, names: Iterable[str], seen: str = "sb") -> pl.DataFrame:
    theirs = lines.filter(
        pl.col("customer_id").is_in(list(names)), pl.col("ordered_at") > AS_OF - pl.duration(days=4)
    )
    return theirs.select("order_id").unique().join(pl.DataFrame({"product_id": list(seen)}), how="cross")


def test_it_may_be_what_those_who_viewed_both_bought() -> None:
    names = [f"eye {who}" for who in range(5)]
    lines = orders([*((name, 3.0, "b") for name in names), *BESIDE])
    (found,) = learnt(lines, views=_viewed(lines, names)).upsells("s")
    assert found.product_id == "b"
    assert found.reason.kind == "chosen_over"
    assert found.reason.evidence["customers"] == 5
    assert better(learnt(lines)) == []
    assert better(learnt(lines, views=_viewed(lines, names, "b"))) == []


def test_who_viewed_both_and_took_the_first_speaks_against_it() -> None:
    names = [f"eye {who}" for who in range(10)]
    lines = orders([*((name, 3.0, "b" if who < 6 else "s") for who, name in enumerate(names)), *BESIDE])
    assert better(learnt(lines, views=_viewed(lines, names))) == []


def test_orders_without_customers_or_times_say_nothing() -> None:
    baskets = moved(6)
    nameless = [(None, day, product) for _, day, product in baskets]
    timeless = [(who, None, product) for who, _, product in baskets]
    assert better(learnt([*nameless])) == better(learnt(timeless)) == []


def test_it_is_the_same_from_a_file_with_news_and_in_any_order(tmp_path: Path) -> None:
    lines = orders([*moved(6), *BESIDE])
    model = learnt(lines)
    model.save(tmp_path / "m.encore")
    loaded = recommender.load(tmp_path / "m.encore")
    assert loaded.upsells("s") == model.upsells("s")
    newer = loaded.refreshed(orders([("new", 0.0, "sn")]))
    assert newer.upsells("s") == model.upsells("s")
    assert newer.upsells("n") == []
    assert learnt(lines.reverse()).version == model.version
