"""What the pages set and show, asked for by a program with the shop's secret key."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin.app import create_api
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import models, trainings
from plugin.store.models import Artefact
from plugin.store.shops import ShopKeys
from plugin.store.trainings import Outcome
from tests.conftest import add_shop
from tests.plugin.measurement.facts import Facts

Shop = tuple[str, ShopKeys]


@pytest.fixture
def client(runtime: Runtime) -> FlaskClient:
    return create_api(runtime, Live(runtime)).test_client()


def bearer(shop: Shop) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {shop[1].secret}"}}


def test_settings_are_read_and_changed_one_by_one(client: FlaskClient, shop: Shop) -> None:
    change = {"stopped": True, "placements": {"cart": {"limit": 3}}, "origins": ["https://B.example:443"]}
    changed = client.patch("/v1/settings", json=change, **bearer(shop))
    assert changed.status_code == 200
    read = client.get("/v1/settings", **bearer(shop)).get_json()
    assert read == changed.get_json()
    assert read["stopped"] is True
    assert read["placements"]["cart"] == {"on": True, "title": "", "limit": 3}
    assert read["placements"]["home"]["limit"] == 6
    assert read["origins"] == ["https://b.example"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"retrain_hour": 24}, "retrain_hour"),
        ({"placements": {"cart": {"limit": 0}}}, "placements.cart.limit"),
        ({"placements": {"cart": {"title": "\ud800"}}}, "placements.cart.title"),
        ({"placements": {"cart": {"title": "a\0b"}}}, "placements.cart.title"),
        ({"placements": {"cellar": {}}}, "placements.cellar"),
        ({"excluded_product_ids": ["a", "b\udfff"]}, "excluded_product_ids.1"),
        ({"retrain_after_orders": 10**30}, "retrain_after_orders"),
        ({"placements": "cart"}, "placements"),
        ({"origins": ["https://a.example/path"]}, "origins.0"),
        ({"colour": "red"}, "colour"),
        (["stopped"], "body"),
    ],
)
def test_a_wrong_change_is_refused_whole(client: FlaskClient, shop: Shop, change: Any, field: str) -> None:
    before = client.get("/v1/settings", **bearer(shop)).get_json()
    body = {"stopped": True, **change} if isinstance(change, dict) else change
    refused = client.patch("/v1/settings", json=body, **bearer(shop))
    assert refused.status_code == 422
    assert field in refused.get_json()["errors"]
    assert client.get("/v1/settings", **bearer(shop)).get_json() == before


def test_keys_are_rotated_and_the_old_ones_hold_once_more(client: FlaskClient, shop: Shop) -> None:
    new = client.post("/v1/keys", **bearer(shop))
    assert new.status_code == 201
    assert new.headers["Cache-Control"] == "no-store"
    assert client.get("/v1/settings", **bearer(shop)).status_code == 200
    fresh = {"headers": {"Authorization": f"Bearer {new.get_json()['secret']}"}}
    assert client.get("/v1/settings", **fresh).status_code == 200


def test_a_training_is_asked_for_once(client: FlaskClient, shop: Shop) -> None:
    first = client.post("/v1/trainings", **bearer(shop))
    assert first.status_code == 202
    assert (first.get_json()["status"], first.get_json()["cause"]) == ("requested", "merchant")
    again = client.post("/v1/trainings", **bearer(shop)).get_json()
    assert again["training_id"] == first.get_json()["training_id"]


def test_trainings_and_how_they_ended_are_listed(client: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    with runtime.database.write() as connection:
        training = trainings.request(connection, shop[0], "schedule", datetime.now(UTC))
        trainings.start(connection, training, datetime.now(UTC))
        figures = {"hit_rate": 0.1, "other_hit_rate": 0.2, "interval": [-0.12, -0.08]}
        outcome = Outcome("rejected", "Worse.", "worse_than_live", figures)
        trainings.finish(connection, training, outcome, datetime.now(UTC))
    (told,) = client.get("/v1/trainings", **bearer(shop)).get_json()["trainings"]
    assert (told["status"], told["reason"], told["details"]) == ("rejected", "worse_than_live", figures)
    assert client.get("/v1/trainings?limit=0", **bearer(shop)).status_code == 422


def test_models_are_listed_shown_and_rolled_back(client: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    at = datetime.now(UTC)
    card = {"n_orders": 12, "as_of": at.isoformat(), "verdict": {"reason": "better", "figures": {}}}
    with runtime.database.write() as connection:
        for version in (1, 2, 3):
            models.publish(connection, Artefact(shop[0], version, f"{version}", "", at, at, card))
    told = client.get("/v1/models", **bearer(shop)).get_json()
    assert [(each["model_version"], each["in_use"]) for each in told["models"]] == [
        (3, True),
        (2, False),
        (1, False),
    ]
    assert (told["held"], told["models"][0]["reason"], told["models"][0]["n_orders"]) == (False, "better", 12)
    assert client.get("/v1/models/2", **bearer(shop)).get_json()["card"] == card
    assert client.get("/v1/models/9", **bearer(shop)).status_code == 404
    back = client.post("/v1/models/rollback", **bearer(shop)).get_json()
    assert (back["model_version"], back["in_use"]) == (2, True)
    assert client.get("/v1/models", **bearer(shop)).get_json()["held"] is True
    chosen = client.post("/v1/models/rollback", json={"model_version": 3}, **bearer(shop)).get_json()
    assert chosen["model_version"] == 3
    assert client.get("/v1/models", **bearer(shop)).get_json()["held"] is False
    missing = client.post("/v1/models/rollback", json={"model_version": 9}, **bearer(shop))
    assert (missing.status_code, missing.get_json()["reason"]) == (404, "unknown_model")
    wrong = client.post("/v1/models/rollback", json={"model_version": "x"}, **bearer(shop))
    assert wrong.status_code == 422


def test_figures_come_with_null_where_there_is_too_little_to_tell(
    client: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    now = datetime.now(UTC)
    facts = Facts(runtime.database, shop[0])
    slate = facts.slate("ann", now - timedelta(hours=2), ["a"])
    facts.order(now - timedelta(hours=1), [("a", 1, 500)], slate_ids=[slate])
    placements = client.get("/v1/figures/placements", **bearer(shop)).get_json()["placements"]
    assert [(each["placement"], each["shown"], each["bought_after"]) for each in placements] == [
        ("cart", 1, 1),
        (None, 1, 1),
    ]
    arms = client.get("/v1/figures/arms?days=7", **bearer(shop)).get_json()
    assert (arms["currency"], arms["encore"]["revenue_minor"]) == ("EUR", 500)
    assert arms["holdout"]["conversion_share"] is None
    assert arms["conversion_difference"] == {
        "value": None,
        "low": None,
        "high": None,
        "reason": "too_few_visitors",
    }
    days = client.get("/v1/figures/days?days=3", **bearer(shop)).get_json()["days"]
    assert [sorted(each) for each in days] == [["clicked", "day", "shown"]] * 3
    assert client.get("/v1/figures/days?days=0", **bearer(shop)).status_code == 422


def test_another_shops_key_sees_and_changes_nothing_here(
    client: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    Facts(runtime.database, shop[0]).slate("ann", datetime.now(UTC) - timedelta(hours=2), ["a"])
    other = add_shop(runtime)
    assert client.get("/v1/figures/placements", **bearer(other)).get_json()["placements"][0]["shown"] == 0
    client.patch("/v1/settings", json={"stopped": True}, **bearer(other))
    assert client.get("/v1/settings", **bearer(shop)).get_json()["stopped"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/v1/settings"),
        ("patch", "/v1/settings"),
        ("post", "/v1/keys"),
        ("post", "/v1/trainings"),
        ("get", "/v1/figures/arms"),
        ("get", "/v1/figures/days"),
        ("get", "/v1/figures/placements"),
    ],
)
def test_without_the_secret_key_there_is_no_answer(
    client: FlaskClient, shop: Shop, method: str, path: str
) -> None:
    for authorization in ("", f"Bearer {shop[1].public}", "Bearer sk_guess", f"Basic {shop[1].secret}"):
        refused = client.open(path, method=method, json={}, headers={"Authorization": authorization})
        assert (refused.status_code, refused.get_json()["reason"]) == (401, "unknown_key")


def test_all_of_it_is_in_the_apis_description(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    assert {"get", "patch"} <= set(paths["/v1/settings"])
    assert "/v1/figures/arms" in paths
