"""`encore evaluate`: a file is read as an import would read it, and its orders judged."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from plugin.intake.reading import bought_lines
from tests.plugin.cli.installation import answer, run
from tests.plugin.jobs.orders import pairs


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_is_evaluated_without_a_shop(home: Path, tmp_path: Path, suffix: str) -> None:
    rows = [
        {
            "order_id": number,  # ids that look like numbers are ids all the same
            "ordered_at": order["ordered_at"],
            "product_id": line["product_id"],
            "quantity": line["quantity"],
        }
        for number, order in enumerate(pairs(400))
        for line in order["lines"]
    ]
    file = tmp_path / f"orders{suffix}"
    frame = pl.DataFrame(rows)
    frame.write_csv(file) if suffix == ".csv" else frame.write_parquet(file)
    report = answer("evaluate", str(file))
    assert report["n_carts"] == 40
    assert report["hit_rate"] == 1.0
    assert report["hit_rate"] >= report["bestsellers_hit_rate"]
    shown = run("evaluate", str(file)).stdout
    assert "40 later carts" in shown
    assert "bestsellers" in shown
    assert not home.exists()


def test_a_file_that_cannot_be_evaluated_is_told_why(home: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("order_id,ordered_at,product_id\n1,2026-01-01,a\n")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    for file, words in ((missing, "no file"), (wrong, "quantity"), (broken, "not a whole Parquet file")):
        done = run("evaluate", str(file))
        assert done.exit_code == 1
        assert words in done.stderr


def test_a_shops_own_export_is_evaluated_with_its_dates_and_commas(home: Path, tmp_path: Path) -> None:
    chance = random.Random(1)
    rows = ["order_id;ordered_at;product_id;quantity;unit_price;status;email"]
    for number in range(400):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=9 * number)
        first, second = chance.choice(["ab", "cd"])
        status = "cancelled" if number == 399 else "paid"
        about = f"{day:%d.%m.%Y %H:%M};{{}};1;2,50;{status};c{number % 30}@shop.example"
        rows += [f"{number};{about.format(product)}" for product in (first, second)]
    file = tmp_path / "orders.csv"
    file.write_text("\n".join([*rows, "400;soon;a;1;2,50;paid;"]))
    plots = tmp_path / "plots"
    done = run("evaluate", str(file), "--plots", str(plots))
    assert "Rows left out: 1; the first is row 801: ordered_at is not a time" in done.stderr
    assert "Learnt from 359 orders, asked for one hidden product of each of 40 later carts" in done.stdout
    assert "2026-05" in done.stdout
    shown = ElementTree.fromstring((plots / "ndcg.svg").read_text())
    assert any(each.text == "Encore" for each in shown.iter())
    assert (plots / "variants.svg").exists()


def test_orders_without_times_are_taken_in_the_order_of_their_ids(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    lines = [f"{number:04},,{product},1" for number in range(100) for product in "ab"]
    file.write_text("\n".join(["order_id,ordered_at,product_id,quantity", *lines]))
    assert answer("evaluate", str(file))["split"] == "order_id"
    assert "in the order of their ids" in run("evaluate", str(file)).stdout


def test_with_too_few_orders_it_says_so(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,ordered_at,product_id,quantity\n1,2026-01-01,a,1\n")
    assert "Too few orders to judge" in run("evaluate", str(file)).stdout
    assert "nothing to draw" in run("evaluate", str(file), "--plots", str(tmp_path / "plots")).stderr


def test_dates_that_can_be_read_in_two_ways_are_asked_for(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("order_id,ordered_at,product_id,quantity\n1,03/04/2026,a,1\n")
    assert "--dates" in run("evaluate", str(file)).stderr
    assert run("evaluate", str(file), "--dates", "day-first").exit_code == 0


def test_of_a_whole_order_that_came_twice_the_later_counts(tmp_path: Path) -> None:
    def order(number: int, *products: str, status: str = "paid") -> str:
        lines = [{"product_id": each, "quantity": 1, "unit_price_minor": 250} for each in products]
        about = {"order_id": f"o{number}", "ordered_at": f"2026-01-{number:02}T10:00:00Z", "status": status}
        return json.dumps(about | {"currency": "JPY", "email": " Ann@shop.example", "lines": lines})

    file = tmp_path / "orders.ndjson"
    rows = [order(1, "a", "b"), order(2, "a"), order(1, "c"), order(3, "a", status="cancelled"), "{}"]
    file.write_text("\n".join(rows))
    lines, faults = bought_lines(file)
    assert sorted(lines.select("order_id", "product_id").iter_rows()) == [("o1", "c"), ("o2", "a")]
    assert lines["unit_price"].to_list() == [250, 250]  # the yen has no minor unit
    assert lines["customer_id"].n_unique() == 1
    assert "shop.example" not in lines["customer_id"][0]
    assert faults["_row"].to_list() == [5]
