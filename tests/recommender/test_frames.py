"""Frames of the three kinds are one to the recommender; what cannot be right is refused by the column's
name.
"""

from datetime import date, datetime

import polars as pl
import pytest

import recommender
from recommender.frames import read_orders, read_products
from tests.recommender.tables import table, two_tastes


@pytest.mark.parametrize("into", ["pandas", "arrow"])
def test_a_pandas_frame_and_an_arrow_table_give_the_same_model_as_a_polars_frame(into: str) -> None:
    orders, products = two_tastes()
    other = [each.to_pandas() if into == "pandas" else each.to_arrow() for each in (orders, products)]
    assert recommender.train(*other).version == recommender.train(orders, products).version


@pytest.mark.parametrize("column", ["customer_id", "order_id", "ordered_at", "product_id", "quantity"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(ValueError, match=f"column '{column}' is missing"):
        recommender.train(two_tastes()[0].drop(column))


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("customer_id", 1),
        ("order_id", 1),
        ("ordered_at", "2026-03-01"),
        ("product_id", 1.5),
        ("quantity", "one"),
    ],
)
def test_a_column_of_the_wrong_type_is_named(column: str, wrong: object) -> None:
    with pytest.raises(ValueError, match=f"column '{column}' must hold"):
        recommender.train(two_tastes()[0].with_columns(pl.lit(wrong).alias(column)))


@pytest.mark.parametrize("column", ["order_id", "product_id", "quantity"])
def test_a_null_where_none_may_be_is_named(column: str) -> None:
    orders = two_tastes()[0]
    with pytest.raises(ValueError, match=f"column '{column}' holds 1 null"):
        recommender.train(orders.with_columns(pl.when(pl.arange(pl.len()) > 0).then(column).alias(column)))


def test_a_quantity_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="column 'quantity' holds a value that is not a finite number"):
        recommender.train(table([("ann", "o1", 1, "a", float("nan"))]))


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(
        ValueError, match="orders must be a pandas or polars frame or a pyarrow table, not list"
    ):
        recommender.train([])


def test_customers_times_and_prices_may_all_be_null() -> None:
    nulls = [pl.lit(None).alias(each) for each in ("customer_id", "ordered_at", "unit_price")]
    model = recommender.train(two_tastes()[0].with_columns(nulls))
    assert {each.product_id for each in model.recommend(["a"], limit=2)} == {"b", "c"}
    assert model.figures["as_of"] is None


@pytest.mark.parametrize(
    "moment", [datetime(2026, 3, 1, 12), datetime.fromisoformat("2026-03-01T14:00:00+02:00")]
)
def test_a_time_without_a_zone_is_utc_and_one_with_a_zone_is_brought_to_it(moment: datetime) -> None:
    read = read_orders(table([("ann", "o1", 0, "a", 1)]).with_columns(ordered_at=pl.lit(moment)))
    assert read["ordered_at"].to_list() == [datetime.fromisoformat("2026-03-01T12:00:00+00:00")]


def test_the_same_moments_in_another_zone_give_the_same_model() -> None:
    orders = two_tastes()[0]
    elsewhere = orders.with_columns(pl.col("ordered_at").dt.convert_time_zone("America/Lima"))
    assert recommender.train(elsewhere).version == recommender.train(orders).version


def test_a_date_is_its_midnight_in_utc() -> None:
    read = read_orders(table([("ann", "o1", 0, "a", 1)]).with_columns(ordered_at=pl.lit(date(2026, 3, 1))))
    assert read["ordered_at"].to_list() == [datetime.fromisoformat("2026-03-01T00:00:00+00:00")]


def test_a_category_string_is_a_list_of_one_and_a_missing_one_is_none() -> None:
    products = pl.DataFrame({"product_id": ["a", "b"], "category": ["tea", None]})
    assert read_products(products)["categories"].to_list() == [["tea"], []]


def test_products_need_no_more_than_an_id() -> None:
    assert read_products(pl.DataFrame({"product_id": ["a"]}))["categories"].to_list() == [[]]


def test_of_two_rows_of_one_product_the_last_in_order_stays_whichever_comes_first() -> None:
    rows = pl.DataFrame({"product_id": ["a", "a"], "title": ["Oolong", "Assam"], "tags": [None, ["black"]]})
    for each in (rows, rows.reverse()):
        assert read_products(each).select("title", "tags").rows() == [("Oolong", [])]


def test_what_a_catalogue_may_say_is_taken_in_one_form() -> None:
    moment = datetime(2026, 2, 1)
    said = pl.DataFrame({"product_id": ["a"], "first_sold_at": [moment], "complements": [["b", None]]})
    [row] = read_products(said).to_dicts()
    assert row["first_sold_at"] == datetime.fromisoformat("2026-02-01T00:00:00+00:00")
    assert (row["title"], row["complements"], row["categories"]) == (None, ["b"], [])


def test_a_catalogue_with_wrong_complements_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="products: column 'complements' must hold lists of strings"):
        read_products(pl.DataFrame({"product_id": ["a"], "complements": ["b"]}))


def test_a_pandas_column_without_values_may_be_of_any_kind() -> None:
    orders = two_tastes()[0].to_pandas()
    orders["customer_id"], orders["ordered_at"], orders["unit_price"] = float("nan"), float("nan"), None
    assert recommender.train(orders).recommend(["a"])
