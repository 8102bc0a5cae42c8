"""`encore train` and `models` as somebody types them."""

from pathlib import Path

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
    shown = run("models", "show", "2", "--shop", shop_id).stdout
    assert "120 order lines, 20 products, known customers: 60" in shown
    assert "Too few orders to judge" in shown
    assert "100% is as with model 1" in shown
    assert answer("models", "show", "2", "--shop", shop_id)["figures"]["changes"]["model_version"] == 1
    assert "`encore models list" in run("models", "show", "9", "--shop", shop_id).stderr
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
