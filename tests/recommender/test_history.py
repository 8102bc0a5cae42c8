"""What counts as bought: returns cancel, guests stay apart, orders after as_of are not there."""

from datetime import timedelta

import polars as pl
import pytest

from recommender.frames import read_products
from recommender.history import NO_TIME, History, purchases
from tests.recommender.tables import AS_OF, Line, orders, table


def left(lines: list[Line]) -> dict[str, float]:
    """Order and product of what stays bought, with the quantity."""
    bought = purchases(table(lines))
    return {
        f"{order}:{product}": n
        for order, product, n in bought.select("order_id", "product_id", "quantity").rows()
    }


def test_a_return_in_an_order_of_its_own_cancels_the_latest_purchase_before_it() -> None:
    lines: list[Line] = [("ann", "o1", 9, "a", 1), ("ann", "o2", 5, "a", 1), ("ann", "r", 4, "a", -1)]
    assert left([*lines, ("ann", "o3", 1, "a", 1)]) == {"o1:a": 1, "o3:a": 1}


def test_a_return_reaches_further_back_when_the_latest_purchase_is_too_small() -> None:
    assert left([("ann", "o1", 9, "a", 3), ("ann", "o2", 5, "a", 1), ("ann", "r", 4, "a", -2)]) == {"o1:a": 2}


def test_a_return_within_the_order_cancels_there() -> None:
    assert left([("ann", "o1", 9, "a", 1), ("ann", "o2", 5, "a", 1), ("ann", "o2", 5, "a", -1)]) == {
        "o1:a": 1
    }


def test_a_return_leaves_other_customers_and_products_alone() -> None:
    lines: list[Line] = [("ann", "o1", 9, "a", 1), ("bob", "o2", 9, "a", 1), ("ann", "o1", 9, "b", 1)]
    assert left([*lines, ("ann", "r", 1, "a", -1)]) == {"o1:b": 1, "o2:a": 1}


def test_a_guest_returns_only_what_is_in_the_same_order() -> None:
    lines: list[Line] = [(None, "o1", 9, "a", 1), (None, "o2", 5, "a", 1), (None, "o2", 5, "a", -1)]
    assert left([*lines, (None, "r", 1, "a", -1)]) == {"o1:a": 1}


def test_a_return_of_what_was_never_bought_is_nothing_and_a_later_purchase_stands() -> None:
    assert left([("ann", "r", 9, "a", -1), ("ann", "o1", 5, "a", 1)]) == {"o1:a": 1}


def test_without_times_a_return_still_cancels() -> None:
    assert left([("ann", "r", None, "a", -1), ("ann", "s", None, "a", 1), ("ann", "s", None, "b", 1)]) == {
        "s:b": 1
    }


def test_a_line_of_quantity_zero_is_no_purchase() -> None:
    assert left([("ann", "o1", 1, "a", 0), ("ann", "o1", 1, "b", 1)]) == {"o1:b": 1}


def test_lines_of_one_product_in_one_order_are_one() -> None:
    assert left([("ann", "o1", 1, "a", 1), ("ann", "o1", 1, "a", 2)]) == {"o1:a": 3}


def test_orders_after_as_of_are_left_out_and_ages_count_from_it() -> None:
    known = orders([("ann", 10, "a"), ("ann", 4, "b"), ("ann", 0, "c")])
    history = History.of(known, None, AS_OF - timedelta(days=2))
    assert history.products.all() == ["a", "b"]
    assert history.age_days().tolist() == [8, 2]


def test_an_as_of_without_a_zone_is_utc() -> None:
    known = orders([("ann", 10, "a"), ("ann", 0, "c")])
    assert History.of(known, None, AS_OF.replace(tzinfo=None)).age_days().tolist() == [10, 0]


def test_without_as_of_ages_count_from_the_latest_order() -> None:
    assert History.of(orders([("ann", 10, "a"), (None, 4, "b")]), None, None).age_days().tolist() == [6, 0]


def test_an_order_without_time_is_as_old_as_the_oldest_and_no_times_at_all_are_no_age() -> None:
    assert History.of(
        orders([("ann", 10, "a"), ("bob", 0, "b"), ("eve", None, "b")]), None, None
    ).age_days().tolist() == [10, 0, 10]
    timeless = History.of(orders([("ann", None, "a"), ("bob", None, "b")]), None, None)
    assert (timeless.age_days().tolist(), timeless.as_of) == ([0, 0], NO_TIME)


def test_every_order_without_customer_is_a_customer_of_its_own() -> None:
    history = History.of(
        orders([("ann", 1, "a"), (None, 1, "a"), (None, 1, "a"), ("ann", 1, "b")]), None, None
    )
    assert history.customers.all() == ["ann"]
    assert history.order_customer.tolist() == [0, 1, 2, 0]


def test_weights_halve_with_each_half_life() -> None:
    history = History.of(orders([("ann", 0, "a"), ("ann", 10, "a"), ("ann", 20, "a")]), None, None)
    assert history.weights(10).tolist() == pytest.approx([1, 0.5, 0.25])


def test_products_never_sold_are_known_with_their_categories() -> None:
    catalogue = read_products(pl.DataFrame({"product_id": ["new"], "categories": [["drinks", "tea"]]}))
    history = History.of(orders([("ann", 0, "a")]), catalogue, None)
    assert history.products.all() == ["a", "new"]
    assert [history.categories.id(row) for row in history.category_rows] == ["drinks", "tea"]
    assert history.category_starts.tolist() == [0, 0, 2]


def test_what_the_shop_says_of_a_product_stands_at_its_row_and_nothing_where_it_says_nothing() -> None:
    said = pl.DataFrame({"product_id": ["é", "b"], "title": ["Tea", None], "tags": [["green"], None]})
    catalogue = History.of(orders([("ann", 0, "az")]), read_products(said), None).catalogue
    assert catalogue["product_id"].to_list() == ["a", "b", "z", "é"]
    assert catalogue["title"].to_list() == [None, None, None, "Tea"]
    assert catalogue["tags"].to_list() == [[], [], [], ["green"]]
    assert catalogue["complements"].to_list() == [[]] * 4


def test_which_products_are_in_any_of_some_categories() -> None:
    said = pl.DataFrame({"product_id": ["a", "b"], "categories": [["drinks", "tea"], ["drinks", "coffee"]]})
    history = History.of(orders([("ann", 0, "abz")]), read_products(said), None)
    assert history.in_categories(["drinks"]).tolist() == [True, True, False]
    assert history.in_categories(["tea", "no such category"]).tolist() == [True, False, False]
    assert history.in_categories([]).tolist() == [False, False, False]
