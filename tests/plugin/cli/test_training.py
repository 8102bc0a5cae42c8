"""`encore train`, `evaluate` and `models` as somebody types them."""

from pathlib import Path

import polars as pl
import pytest

from plugin.store import trainings
from tests.conftest import NOW
from tests.plugin.cli.installation import answer, open_with_shop, run
from tests.plugin.jobs.orders import pairs, put_orders


def test_training_publishes_models_that_are_listed_and_rolled_back(home: Path) -> None:
    runtime, shop_id = open_with_shop(home)
    put_orders(runtime, shop_id, pairs(60))
    first = run("train", "--shop", shop_id)
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("Model 1 is published.")
    assert "Training on 120 order lines" in first.stderr
    second = answer("train", "--shop", shop_id)
    assert (second["status"], second["model_version"], second["cause"]) == ("published", 2, "command")
    assert second["figures"]["n_orders"] == 60
    listed = run("models", "list", "--shop", shop_id).stdout.splitlines()
    assert [line.split()[0] for line in listed[:2]] == ["2", "1"]
    assert "in use" in listed[0]
    assert answer("models", "rollback", "--shop", shop_id)["model_version"] == 1
    assert [each["in_use"] for each in answer("models", "list", "--shop", shop_id)] == [False, True]
    refused = run("models", "rollback", "--shop", shop_id, "--to", "9")
    assert refused.exit_code == 1
    assert "models list" in refused.stderr
    runtime.database.close()


def test_what_cannot_be_trained_says_what_to_do(home: Path) -> None:
    runtime, shop_id = open_with_shop(home)
    empty = run("train", "--shop", shop_id)
    assert empty.exit_code == 1
    assert f"`encore import orders FILE --shop {shop_id}`" in empty.stderr
    assert "no orders" in run("models", "list", "--shop", shop_id).stdout
    unknown = run("train", "--shop", "shop_nobody")
    assert unknown.exit_code == 1
    assert "`encore shop list`" in unknown.stderr
    with runtime.database.write() as connection:
        training = trainings.request(connection, shop_id, "merchant", NOW)
        trainings.start(connection, training, NOW)
    busy = run("train", "--shop", shop_id)
    assert busy.exit_code == 1
    assert "Another program" in busy.stderr
    runtime.database.close()


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
    for file, words in ((missing, "no file"), (wrong, "quantity"), (broken, "cannot be read")):
        done = run("evaluate", str(file))
        assert done.exit_code == 1
        assert words in done.stderr
    assert "neither .csv nor .parquet" in run("evaluate", str(tmp_path / "orders.xls")).stderr
