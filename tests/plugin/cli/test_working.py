"""`encore doctor` finds what is amiss; `encore worker` is tested in jobs, where it works."""

import json
import os
import signal
from pathlib import Path

import pytest

from plugin.cache.redis_server import redis_running
from plugin.cli.installation import now
from plugin.cli.working import stopped_by_signals
from plugin.jobs.sweep import sweep
from tests.plugin.cli.installation import answer, open_with_shop, run
from tests.plugin.jobs.orders import pairs, put_orders
from tests.plugin.processes import within
from tests.plugin.storefront import spoil


def amiss() -> dict[str, str]:
    """What the doctor finds amiss: subject -> words."""
    done = run("doctor", "--json")
    found = {each["subject"]: each["words"] for each in json.loads(done.stdout) if not each["well"]}
    assert done.exit_code == (1 if found else 0)
    return found


def test_a_new_machine_is_told_what_to_do(home: Path) -> None:
    found = amiss()
    assert "holds nothing yet" in found["database"]
    assert "`encore migrate`" in found["database"]
    assert "`encore serve`" in found["redis"]
    runtime, _ = open_with_shop(home)
    runtime.database.close()
    assert "`encore worker`" in amiss()["worker"]


def test_a_healthy_installation_is_well_until_its_model_is_damaged(home: Path) -> None:
    runtime, shop_id = open_with_shop(home)
    put_orders(runtime, shop_id, pairs(60))
    with redis_running(runtime.config):
        assert sweep(runtime, "worker", now())
        assert answer("train", "--shop", shop_id)["status"] == "published"
        assert amiss() == {}
        shown = run("doctor").stdout
        assert f"ok     {shop_id}" in shown
        artefact = runtime.config.artefacts / shop_id / "000001.encore"
        whole = artefact.read_bytes()
        artefact.write_bytes(whole[:-8] + b"\xff" * 8)
        assert f"`encore train --shop {shop_id}`" in amiss()[shop_id]
        artefact.write_bytes(whole)
        for how in ("an unknown setting", "a missing array", "random bytes", "no file"):
            spoil(artefact, how)
            assert "damaged" in amiss()[shop_id]
            artefact.write_bytes(whole)
    runtime.database.close()


def test_a_changed_secret_and_a_dead_database_are_found(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, shop_id = open_with_shop(home)
    runtime.database.close()
    monkeypatch.setenv("ENCORE_SECRET_KEY", "another secret, of 32 letters or more")
    assert "ENCORE_SECRET_KEY" in amiss()[shop_id]
    monkeypatch.setenv("ENCORE_DATABASE_URL", "postgresql://encore:hidden@127.0.0.1:1/encore")
    monkeypatch.setenv("ENCORE_REDIS_URL", "redis://127.0.0.1:1/0")
    found = amiss()
    assert "cannot be opened" in found["database"]
    assert "hidden" not in str(found)
    assert "ENCORE_REDIS_URL" in found["redis"]


def test_signals_are_heard_and_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopped_by_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert within(2, stop.is_set)
    assert signal.getsignal(signal.SIGTERM) is before
