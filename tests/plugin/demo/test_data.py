"""The Complete Journey as Encore and the shop take it, on the households with the first numbers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from plugin.demo import data

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return data.order_lines(NOW, households=40)


def test_times_move_by_whole_weeks_to_end_just_before_now(lines: pl.DataFrame) -> None:
    latest = data.order_lines(NOW, households=2500)["ordered_at"].max()

    assert isinstance(latest, datetime)
    assert timedelta(0) <= NOW - latest < timedelta(weeks=1)
    assert latest.weekday() == datetime(2018, 1, 1).weekday()
    assert lines.group_by("order_id").agg(pl.col("ordered_at").n_unique())["ordered_at"].max() == 1


def test_every_line_of_the_till_is_there() -> None:
    assert len(data.order_lines(NOW)) == 1_469_307


def test_the_catalogue_has_no_two_equal_titles(lines: pl.DataFrame) -> None:
    products = data.catalogue(lines).drop_nulls("department")

    assert products["title"].is_unique().all()
    assert products["price_minor"].min() > 0  # type: ignore[operator]
    assert products["sold"].is_sorted(descending=True)


def test_fuel_and_coupons_are_not_sold_online(lines: pl.DataFrame) -> None:
    gasoline = data.catalogue(lines).filter(pl.col("product_id") == "6534178")

    assert gasoline["department"].to_list() == [None]


def test_the_files_are_what_encore_takes(lines: pl.DataFrame, folder: Path) -> None:
    files = data.DemoFiles(folder)
    products = data.write(files, lines)

    rows = [json.loads(line) for line in files.products.read_text().splitlines()]
    bananas = next(row for row in rows if row["product_id"] == "1082185")
    assert bananas == {
        "product_id": "1082185",
        "title": "Bananas",
        "url": "/products/1082185",
        "image_url": "/static/drawings/produce.svg",
        "categories": ["Fruit and vegetables", "Tropical fruit"],
        "visible": True,
        "variants": [
            {
                "variant_id": "1082185",
                "price_minor": bananas["variants"][0]["price_minor"],
                "stock": None,
            }
        ],
    }
    assert len(rows) == len(products)
    assert sum(row["variants"][0]["stock"] == 0 for row in rows) == data.OUT_OF_STOCK
    assert pl.read_parquet(files.orders).equals(lines)


def test_the_households_to_choose_from_are_unlike_each_other(lines: pl.DataFrame) -> None:
    households = data.household_facts(lines, data.catalogue(lines))

    marks = [each["departments"][0] for each in households[:5]]
    assert len(set(marks)) == 5
    assert len({each["customer_id"] for each in households}) == len(households) == 40
