"""`encore reencrypt`: a vault key is changed, the old one thrown away, and everything is used afterwards."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

from plugin.app import create_api
from plugin.config import from_environment
from plugin.jobs.deliveries import work
from plugin.runtime import Runtime, open_runtime
from plugin.serving.live import Live
from plugin.store import connected_platforms, orders, shops
from tests.conftest import add_shop
from tests.plugin.cli.installation import answer, open_with_shop, run
from tests.plugin.platforms.dialect import SECRET, Order
from tests.plugin.platforms.shopify import ShopifyWords

FIRST, SECOND = "11" * 32, "22" * 32
WORDS = ShopifyWords()


def deliver(runtime: Runtime, shop_id: str, order: Order) -> str:
    """What the door says to an order that Shopify signed."""
    live = Live(runtime)
    sent = WORDS.order(order)
    client = Client(create_api(runtime, live))
    said = client.post(f"/webhooks/shopify/{shop_id}", data=sent.body, headers=sent.headers).get_json()
    live.close()
    return str(said.get("verdict") or said["reason"])


def test_the_old_key_is_thrown_away_and_all_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCORE_VAULT_KEYS", FIRST)
    runtime, shop_id = open_with_shop(home)
    told = {
        "secret": SECRET,
        "account_id": "beans.myshopify.com",
        "token": "opens it",
        "at": datetime.now(UTC),
    }
    with runtime.database.write() as opened:
        connected_platforms.connect(opened, runtime.vault, shop_id, "shopify", told)
    with runtime.database.read() as opened:
        before = shops.load(opened, runtime.vault, shop_id).signing_secrets
    assert deliver(runtime, shop_id, Order(1, status="paid")) == "kept"
    runtime.database.close()

    monkeypatch.setenv("ENCORE_VAULT_KEYS", f"{SECOND}, {FIRST}")
    runtime = open_runtime(from_environment())
    assert deliver(runtime, shop_id, Order(2, status="paid")) == "kept"
    runtime.database.close()
    counts = {each["column"]: each["renewed"] for each in answer("reencrypt")}
    assert counts["shop_keys.encrypted"] == counts["connected_platforms.secrets"] == 1
    assert counts["deliveries.body"] == 1  # the second one was hidden with the new key already
    assert "deliveries.body: 0" in run("reencrypt").stdout

    monkeypatch.setenv("ENCORE_VAULT_KEYS", SECOND)
    runtime = open_runtime(from_environment())
    assert deliver(runtime, shop_id, Order(3, status="paid")) == "kept"
    assert work(runtime, shop_id, lambda: datetime.now(UTC)) == 3
    with runtime.database.read() as opened:
        assert all(orders.find(opened, shop_id, str(number)) for number in (1, 2, 3))
        assert shops.load(opened, runtime.vault, shop_id).signing_secrets == before
        platform = connected_platforms.find(opened, runtime.vault, shop_id, "shopify")
    assert platform is not None
    assert platform.token == "opens it"
    runtime.database.close()


def test_a_key_that_was_taken_out_too_early_is_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, _ = open_with_shop(home)
    runtime.database.close()
    refused = run("reencrypt")
    assert refused.exit_code == 1
    assert "openssl rand" in refused.stderr
    monkeypatch.setenv("ENCORE_VAULT_KEYS", FIRST)
    runtime = open_runtime(from_environment())
    add_shop(runtime)
    runtime.database.close()
    monkeypatch.setenv("ENCORE_VAULT_KEYS", SECOND)
    refused = run("reencrypt")
    assert refused.exit_code == 1
    assert "1 in shop_keys.encrypted" in refused.stderr
    assert "shop_keys.encrypted: 1" in refused.stdout  # that of the shop from before there were vault keys
    monkeypatch.setenv("ENCORE_VAULT_KEYS", f"{SECOND},{FIRST}")
    assert run("reencrypt").exit_code == 0
    assert [each["renewed"] for each in answer("reencrypt")] == [0] * 5


def test_a_backup_asks_for_the_vault_key_that_it_was_written_with(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCORE_VAULT_KEYS", FIRST)
    runtime, _ = open_with_shop(home)
    runtime.database.close()
    file = tmp_path / "encore.tar"
    assert "ENCORE_VAULT_KEYS are not in it" in run("backup", str(file)).stdout
    assert FIRST.encode() not in file.read_bytes()
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("ENCORE_VAULT_KEYS", SECOND)
    refused = run("restore", str(file))
    assert refused.exit_code == 1
    assert "ENCORE_VAULT_KEYS" in refused.stderr
    monkeypatch.setenv("ENCORE_VAULT_KEYS", f"{SECOND},{FIRST}")
    assert answer("restore", str(file))["shops"] == 1
