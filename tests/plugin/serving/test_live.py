"""What a worker holds in memory follows the database, whatever else fails."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from plugin.app import create_app
from plugin.cache.connection import connect
from plugin.cache.redis_server import redis_running
from plugin.runtime import open_runtime
from plugin.serving.live import Live
from plugin.store import models, shops
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.conftest import CoffeeShop
from tests.plugin.storefront import ask, publish, put_catalogue, sell_out, shown, spoil


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def items(shop: CoffeeShop, client: Client | None = None, **query: Any) -> Any:
    answer = ask(client or shop.client, shop.keys.public, **({"cart": "beans:1"} | query))
    assert answer.json is not None
    return answer.json["items"]


def test_the_watching_thread_notices_stock_settings_models_and_new_shops(coffee: CoffeeShop) -> None:
    assert items(coffee) == []
    publish(coffee.runtime, coffee.shop_id)
    assert within(2, lambda: items(coffee) != [])
    sell_out(coffee.runtime, coffee.shop_id, "grinder")
    assert within(1, lambda: "grinder" not in [each["product_id"] for each in items(coffee)])
    with coffee.runtime.database.write() as connection:
        shops.change_settings(connection, coffee.shop_id, {"stopped": True})
    assert within(2, lambda: items(coffee) == [])
    _, keys = add_shop(coffee.runtime)
    assert within(2, lambda: ask(coffee.client, keys.public).status_code == 200)


def test_rotated_keys_and_removed_shops_end(coffee: CoffeeShop) -> None:
    old, runtime = coffee.keys.public, coffee.runtime
    assert ask(coffee.client, old).status_code == 200
    for days in (1, 2):
        with runtime.database.write() as connection:
            keys = shops.rotate_keys(connection, runtime.vault, coffee.shop_id, NOW + timedelta(days))
    coffee.live.refresh()
    assert ask(coffee.client, old).status_code == 401
    assert ask(coffee.client, keys.public).status_code == 200
    with runtime.database.write() as connection:
        shops.remove(connection, coffee.shop_id)
    coffee.live.refresh()
    assert ask(coffee.client, keys.public).status_code == 401


def test_a_model_that_cannot_be_read_leaves_the_old_one_serving_and_is_told_once(
    coffee: CoffeeShop, caplog: pytest.LogCaptureFixture
) -> None:
    publish(coffee.runtime, coffee.shop_id)
    good = items(coffee)
    version = publish(coffee.runtime, coffee.shop_id, [("beans", "tea")])
    path = coffee.runtime.config.artefacts / coffee.shop_id / f"{version}.encore"
    path.write_bytes(path.read_bytes()[:-100])
    for _ in range(3):
        coffee.live.refresh()
    assert items(coffee) == good
    assert ask(coffee.client, coffee.keys.public).json["model_version"] == 1  # type: ignore[index]
    assert caplog.text.count("cannot be loaded") == 1


@pytest.mark.parametrize("spoilt", ["an unknown setting", "a missing array", "random bytes", "no file"])
def test_a_new_worker_serves_a_shop_whose_only_model_cannot_be_loaded(
    coffee: CoffeeShop, spoilt: str
) -> None:
    version = publish(coffee.runtime, coffee.shop_id)
    spoil(coffee.runtime.config.artefacts / coffee.shop_id / f"{version}.encore", spoilt)
    answer = ask(coffee.client, coffee.keys.public, cart="beans:1")
    assert shown(answer) == []
    assert answer.json is not None
    assert answer.json["strategy"] == "empty"
    publish(coffee.runtime, coffee.shop_id)
    coffee.live.refresh()
    assert items(coffee)


def test_a_model_whose_file_comes_later_is_served_then(
    coffee: CoffeeShop, caplog: pytest.LogCaptureFixture
) -> None:
    version = publish(coffee.runtime, coffee.shop_id)
    path = coffee.runtime.config.artefacts / coffee.shop_id / f"{version}.encore"
    kept = path.read_bytes()
    path.unlink()
    assert items(coffee) == []
    assert not within(1.5, lambda: items(coffee) != [])
    path.write_bytes(kept)
    assert within(5, lambda: items(coffee) != [])
    assert caplog.text.count("cannot be loaded") == 1


def test_a_rollback_is_followed(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    good = items(coffee)
    publish(coffee.runtime, coffee.shop_id, [("beans", "tea")])
    coffee.live.refresh()
    assert items(coffee) != good
    with coffee.runtime.database.write() as connection:
        models.roll_back(connection, coffee.shop_id)
    coffee.live.refresh()
    assert items(coffee) == good


def test_a_shop_that_cannot_be_read_does_not_stop_the_others(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    other_id, other_keys = add_shop(coffee.runtime)
    assert items(coffee)
    with coffee.runtime.database.write() as connection:
        connection.exec_driver_sql("UPDATE settings SET value = '7' WHERE shop_id = ?", (other_id,))
        shops.touch_settings(connection, other_id)
        shops.change_settings(connection, coffee.shop_id, {"stopped": True})
    coffee.live.refresh()
    assert items(coffee) == []
    assert ask(coffee.client, other_keys.public).status_code == 200


def test_answers_are_the_same_with_redis_and_when_it_is_emptied_or_killed(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    without = items(coffee)
    with redis_running(coffee.runtime.config):
        redis = connect(coffee.runtime.config, timeout_seconds=1)
        first, second = another_worker(coffee), another_worker(coffee)
        assert items(coffee, first[1]) == without
        assert within(5, lambda: len(redis.keys()) == 1)
        assert items(coffee, second[1]) == without
        redis.set(redis.keys()[0], b'[["not", "ours"]]')
        third = another_worker(coffee)
        assert items(coffee, third[1]) == without
        redis.flushall()
        assert items(coffee, second[1], cart="tea:1") == items(coffee, first[1], cart="tea:1")
        os.kill(redis.info()["process_id"], signal.SIGKILL)
        assert items(coffee, first[1], cart="kettle:1") == items(coffee, second[1], cart="kettle:1")
        assert items(coffee, first[1]) == without
        for live, _ in (first, second, third):
            live.close()
        redis.close()


def test_what_redis_holds_names_nobody(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    with redis_running(coffee.runtime.config):
        asked = {"consent": "personal", "visitor_id": "visitor-7"}
        assert items(coffee, **asked)
        redis = connect(coffee.runtime.config, timeout_seconds=1)
        assert within(5, lambda: len(redis.keys()) == 1)
        (key,) = redis.keys()
        assert key.startswith(f"encore:{coffee.shop_id}:".encode())
        assert b"visitor-7" not in key + redis.get(key)
        redis.close()


def test_redis_learns_no_id_that_a_stranger_thought_of(coffee: CoffeeShop) -> None:
    publish(coffee.runtime, coffee.shop_id)
    with redis_running(coffee.runtime.config):
        redis = connect(coffee.runtime.config, timeout_seconds=1)
        assert items(coffee)
        for n in range(20):
            assert items(coffee, cart=f"beans:1,thought-of-{n}:1") == items(coffee)
        assert within(5, lambda: bool(redis.keys()))
        time.sleep(0.5)  # what more there were would come in the next round
        assert len(redis.keys()) == 1
        redis.close()


def another_worker(shop: CoffeeShop) -> tuple[Live, Client]:
    live = Live(shop.runtime, poll_seconds=0.05)
    return live, Client(create_app(shop.runtime, live))


def test_an_error_in_serving_is_an_empty_list_not_a_failure(
    coffee: CoffeeShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    publish(coffee.runtime, coffee.shop_id)
    assert items(coffee)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a defect")

    monkeypatch.setattr("plugin.serving.reasons.name_of", broken)
    answer = ask(coffee.client, coffee.keys.public, cart="beans:1")
    assert shown(answer) == []
    assert answer.json is not None
    assert answer.json["strategy"] == "empty"
    assert "a defect" in caplog.text


def test_all_this_on_postgresql(migrated_postgres_url: str, tmp_path: Path) -> None:
    runtime = open_runtime(make_config(tmp_path, migrated_postgres_url))
    shop_id, keys = add_shop(runtime)
    put_catalogue(runtime, shop_id)
    publish(runtime, shop_id)
    live = Live(runtime, poll_seconds=0.05)
    shop = CoffeeShop(runtime, shop_id, keys, live, Client(create_app(runtime, live)))
    assert items(shop)[0]["product_id"] == "grinder"
    sell_out(runtime, shop_id, "grinder")
    assert within(1, lambda: items(shop)[0]["product_id"] == "filter")
    live.close()
    runtime.database.close()
