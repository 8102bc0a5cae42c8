"""`encore shop` as somebody types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.cli import encore

GIVEN = ["--name", "Café", "--currency", "EUR", "--time-zone", "Europe/Madrid", "--language", "es"]
ORIGIN = ["--origin", "https://shop.example"]


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENCORE_PUBLIC_URL", "https://encore.example")


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(encore, ["shop", *arguments], input=typed)


def added() -> dict[str, str]:
    done = run("add", *GIVEN, *ORIGIN, "--json")
    assert done.exit_code == 0, done.output
    value: dict[str, str] = json.loads(done.stdout)
    return value


def test_adding_prints_the_keys_once_and_a_link() -> None:
    new = added()
    assert new["public_key"].startswith("pk_")
    assert new["secret_key"].startswith("sk_")
    assert new["sign_in_link"].startswith("https://encore.example/admin/sign-in/")
    listed = run("list")
    assert new["shop_id"] in listed.stdout
    assert "https://shop.example" in listed.stdout
    assert new["secret_key"] not in listed.stdout


def test_adding_asks_for_what_is_not_given_and_asks_again_when_it_is_wrong() -> None:
    typed = (
        "Café\nEURO\nEUR\nMadrid\nEurope/Madrid\nxx\nes\nshop.example\nhttps://a.example https://b.example\n"
    )
    done = run("add", typed=typed)
    assert done.exit_code == 0, done.output
    for hint in ("such as EUR", "such as Europe/Madrid", "Must be one of", "without a path"):
        assert hint in done.stderr
    assert json.loads(run("list", "--json").stdout)[0]["origins"] == [
        "https://a.example",
        "https://b.example",
    ]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--name", "a\0b"),
        ("--name", "\udcff"),
        ("--currency", "XXQ"),
        ("--time-zone", "Mars/Olympus"),
        ("--language", "de"),
        ("--origin", "javascript:1"),
    ],
)
def test_a_wrong_option_is_refused_with_a_sentence(option: str, value: str) -> None:
    done = run("add", *GIVEN, *ORIGIN, option, value)
    assert done.exit_code == 1
    assert option.strip("-").replace("-", "_") in done.stderr
    assert json.loads(run("list", "--json").stdout) == []


def test_with_nobody_to_ask_the_missing_option_is_named() -> None:
    done = run("add", *GIVEN, typed="")
    assert done.exit_code == 1
    assert "--origin" in done.stderr


def test_rotation_gives_three_new_keys_and_keeps_the_old_for_a_while() -> None:
    new = added()
    again = json.loads(run("rotate-keys", new["shop_id"], "--json").stdout)
    assert again["secret_key"] != new["secret_key"]
    assert "sign_in_link" not in again


def test_another_sign_in_link_is_another() -> None:
    new = added()
    link = run("sign-in-link", new["shop_id"]).stdout.strip()
    assert link.startswith("https://encore.example/admin/sign-in/")
    assert link != new["sign_in_link"]


def test_removing_wants_the_id_typed_and_says_what_went() -> None:
    new = added()
    assert run("remove", new["shop_id"], typed="yes\n").exit_code == 1
    assert new["shop_id"] in run("list").stdout
    done = run("remove", new["shop_id"], typed=f"{new['shop_id']}\n")
    assert done.exit_code == 0
    assert "3 shop_keys" in done.stdout
    assert "no shop yet" in run("list").stdout


def test_an_unknown_shop_is_named_in_the_message() -> None:
    for command in (["remove", "shop_x", "--yes"], ["rotate-keys", "shop_x"], ["sign-in-link", "shop_x"]):
        done = run(*command)
        assert done.exit_code == 1
        assert "shop_x" in done.stderr
