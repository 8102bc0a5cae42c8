"""The gate at work: what a training publishes, keeps back, puts on the card, and leaves where it is."""

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recommender
from plugin.jobs.learning import Lesson, NotPublishable, learn
from plugin.jobs.sweep import sweep
from plugin.jobs.training import train_shop
from plugin.runtime import Runtime, open_runtime
from plugin.store import customers, models, shops, trainings
from plugin.store.models import rehearsal_of
from tests.conftest import NOW, add_shop, installed, make_config
from tests.plugin.jobs.orders import pairs, put_orders
from tests.plugin.jobs.test_training import ask, ended, latest, watch

LONG_AGO = NOW - timedelta(hours=2_700)
Shop = tuple[Runtime, str]
"""An installation, and the id of its one shop."""


@pytest.fixture
def shop_id(runtime: Runtime) -> str:
    return add_shop(runtime)[0]


@pytest.fixture(scope="module")
def _homes(tmp_path_factory: pytest.TempPathFactory, sqlite_form: Path) -> dict[str, tuple[Path, str]]:
    """Homes to be copied, and the shop in each: what several tests begin with is trained once."""
    folder = tmp_path_factory.mktemp("homes")
    return {
        "proven": (folder / "proven", _trained(folder / "proven", sqlite_form, forty_pairs(), hours=[0])),
        "two": (folder / "two", _trained(folder / "two", sqlite_form, pairs(60), hours=[0, 1])),
    }


def _trained(home: Path, sqlite_form: Path, orders: Sequence[dict[str, Any]], hours: Sequence[int]) -> str:
    """A shop in `home` with a model of `orders` for each of `hours` after NOW; gives its id."""
    with installed(home, sqlite_form) as opened:
        shop_id, _ = add_shop(opened)
        put_orders(opened, shop_id, orders)
        for hour in hours:
            assert ended(opened, shop_id, NOW + timedelta(hours=hour)).status == "published"
    return shop_id


@contextmanager
def _copied(home: Path, to: Path) -> Iterator[Runtime]:
    shutil.copytree(home, to)
    opened = open_runtime(make_config(to))
    yield opened
    opened.database.close()


@pytest.fixture
def proven(_homes: dict[str, tuple[Path, str]], tmp_path: Path) -> Iterator[Shop]:
    """A shop whose model 1, of forty pairs, is surely better than bestsellers."""
    home, shop_id = _homes["proven"]
    with _copied(home, tmp_path / "proven") as opened:
        yield opened, shop_id


@pytest.fixture
def two_models(_homes: dict[str, tuple[Path, str]], tmp_path: Path) -> Iterator[Shop]:
    """A shop of sixty orders and two models, trained at NOW and an hour later."""
    home, shop_id = _homes["two"]
    with _copied(home, tmp_path / "two") as opened:
        yield opened, shop_id


def test_what_goes_with_what_is_rehearsed_compared_and_told_on_the_card(proven: Shop) -> None:
    runtime, shop_id = proven
    assert latest(runtime, shop_id).reason == "better"
    second = ended(runtime, shop_id, NOW + timedelta(hours=1))
    assert (second.status, second.reason, second.model_version) == ("published", "better", 2)
    with runtime.database.read() as connection:
        artefact = models.current(connection, shop_id)
    assert artefact is not None
    card = json.loads(json.dumps(artefact.figures, allow_nan=False))
    assert card["verdict"]["figures"]["n_carts"] == 260
    assert {row["recommender"] for row in card["evaluation"]["rows"]} == {"Encore", "in_use", "bestsellers"}
    assert (card["changes"]["overlap_share"], card["changes"]["model_version"]) == (1.0, 1)
    rehearsal = recommender.load(rehearsal_of(runtime.config.artefacts / artefact.path))
    assert rehearsal.figures["n_orders"] == 2_340


def forty_pairs(spoilt: int = 0) -> list[dict[str, Any]]:
    """Orders of forty pairs; in the first `spoilt` of them nothing goes with anything: a bad import."""
    chance, given = random.Random(1), pairs(2_600, LONG_AGO)
    seconds = [f"b{number % 40}" for number in range(2_600)]
    mixed = seconds[:spoilt]
    chance.shuffle(mixed)
    bought = zip([f"a{number % 40}" for number in range(2_600)], mixed + seconds[spoilt:], strict=True)
    return [
        each | {"lines": [{"product_id": product_id, "quantity": 1} for product_id in pair]}
        for each, pair in zip(given, bought, strict=True)
    ]


def test_a_model_of_spoilt_orders_leaves_the_good_one_and_the_next_good_one_comes_in(proven: Shop) -> None:
    runtime, shop_id = proven
    put_orders(runtime, shop_id, forty_pairs(spoilt=2_340), NOW + timedelta(minutes=1))
    spoilt = ended(runtime, shop_id, NOW + timedelta(hours=1))
    assert (spoilt.status, spoilt.reason) == ("rejected", "worse_than_live"), spoilt.message
    assert "Model 1 stays in use." in str(spoilt.message)
    assert (spoilt.details or {})["interval"][1] < 0
    put_orders(runtime, shop_id, forty_pairs(), NOW + timedelta(minutes=2))
    assert ended(runtime, shop_id, NOW + timedelta(hours=2)).model_version == 2


def test_a_training_during_which_somebody_goes_back_replaces_nothing(two_models: Shop) -> None:
    runtime, shop_id = two_models
    ask(runtime, shop_id, NOW + timedelta(hours=2))

    def go_back(step: str) -> None:
        if step.startswith("Saving"):
            with runtime.database.write() as connection:
                models.roll_back(connection, shop_id)

    training = train_shop(runtime, shop_id, watch(NOW + timedelta(hours=2), tell=go_back))
    assert training is not None
    assert (training.status, training.reason) == ("rejected", "changed_meanwhile")
    with runtime.database.read() as connection:
        assert shops.versions(connection)[0].model_version == 1
    assert ended(runtime, shop_id, NOW + timedelta(hours=3)).model_version == 3  # asked for: it is replaced


def test_a_model_gone_back_to_is_not_replaced_by_the_schedule(two_models: Shop) -> None:
    runtime, shop_id = two_models
    with runtime.database.write() as connection:
        models.roll_back(connection, shop_id)
    assert sweep(runtime, "worker", NOW + timedelta(days=3))
    assert latest(runtime, shop_id).status == "published"
    with runtime.database.write() as connection:
        models.roll_back(connection, shop_id, 2)
    assert sweep(runtime, "worker", NOW + timedelta(days=4))
    assert latest(runtime, shop_id).status == "requested"


def test_a_model_gone_back_to_that_holds_somebody_erased_is_replaced(two_models: Shop) -> None:
    runtime, shop_id = two_models
    with runtime.database.write() as connection:
        models.roll_back(connection, shop_id)
        assert not models.must_forget(connection, shop_id)
        assert customers.erase(connection, shop_id, "c7", NOW + timedelta(hours=2))
        assert models.must_forget(connection, shop_id)
    assert sweep(runtime, "worker", NOW + timedelta(days=3))
    asked = latest(runtime, shop_id)
    assert (asked.status, asked.cause) == ("requested", trainings.ERASURE)
    training = train_shop(runtime, shop_id, watch(NOW + timedelta(days=3)))
    assert training is not None
    assert training.model_version == 3
    with runtime.database.read() as connection:
        assert not models.must_forget(connection, shop_id)


def test_the_steps_of_a_training_are_kept_for_whoever_looks(runtime: Runtime, shop_id: str) -> None:
    put_orders(runtime, shop_id, pairs(60))
    ask(runtime, shop_id)
    seen: list[Any] = []
    tell = lambda _: seen.append((latest(runtime, shop_id).details or {}).get("step"))  # noqa: E731
    train_shop(runtime, shop_id, watch(tell=tell))
    assert seen == ["reading", "rehearsing", "asking", "training", "saving"]
    assert latest(runtime, shop_id).reason == "too_few_carts"


@pytest.mark.parametrize("cause", [trainings.ERASURE, "schedule", "merchant"])
def test_an_erasure_is_learnt_whatever_the_model_in_use_was(proven: Shop, cause: str) -> None:
    """The gate would keep the proven one; but that holds whom the shop had to forget."""
    runtime, shop_id = proven
    put_orders(runtime, shop_id, forty_pairs(spoilt=2_340), NOW + timedelta(minutes=1))
    with runtime.database.write() as connection:
        assert customers.erase(connection, shop_id, "c7", NOW)
        trainings.request(connection, shop_id, cause, NOW)
    training = train_shop(runtime, shop_id, watch(NOW + timedelta(hours=1)))
    assert training is not None
    assert (training.status, training.model_version) == ("published", 2), training.message
    with runtime.database.read() as connection:
        artefact = models.current(connection, shop_id)
    assert artefact is not None
    assert artefact.figures["n_orders"] == 2_599


def test_a_sound_rehearsal_publishes_no_unsound_model(
    runtime: Runtime, shop_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number that is none comes in with the last orders, where no rehearsal sees it."""
    put_orders(runtime, shop_id, pairs(60))
    whole = recommender.train

    def spoilt(*given: Any, **more: Any) -> recommender.Model:
        model = whole(*given, **more)
        if model.figures["n_orders"] < 60:
            return model
        name = next(name for name, each in model.arrays.items() if each.dtype.kind == "f" and len(each))
        arrays = {**model.arrays, name: model.arrays[name] * np.float32("nan")}
        return recommender.Model(model.figures, arrays, model.version)

    monkeypatch.setattr(recommender, "train", spoilt)
    lesson = Lesson(shop_id, tmp_path / "draft.encore", NOW)
    with pytest.raises(NotPublishable) as kept_back:
        learn(runtime, lesson, lambda step: None)
    assert kept_back.value.verdict.reason == "not_finite"
    assert not lesson.draft.exists()
