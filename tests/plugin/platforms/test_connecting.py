"""Shops and platforms that are connected at the same time, on both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from plugin.errors import Refusal
from plugin.platforms.connecting import connect
from plugin.runtime import Runtime, open_runtime
from plugin.store import connected_platforms
from tests.conftest import NOW, add_shop, make_config
from tests.plugin.platforms.dialect import SECRET

AT_ONCE = 8


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """The same on each database."""
    opened = open_runtime(make_config(tmp_path / "home", database_url))
    yield opened
    opened.database.close()


def at_once(connect_one: Callable[[int], Any]) -> list[str]:
    """How each of them ended: done, or which field was refused."""
    together = Barrier(AT_ONCE)

    def end(number: int) -> str:
        together.wait()
        try:
            connect_one(number)
        except Refusal as refusal:
            return ", ".join(refusal.errors)
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(end, range(AT_ONCE)))


def test_of_shops_that_tell_one_secret_at_once_one_has_it(runtime: Runtime) -> None:
    shops = [add_shop(runtime)[0] for _ in range(AT_ONCE)]

    def one(number: int) -> None:
        told = {"secret": SECRET, "account_id": f"shop-{number}.myshopify.com"}
        connect(runtime, shops[number], "shopify", told, NOW)

    assert at_once(one) == ["done", *["secret"] * (AT_ONCE - 1)]


def test_of_platforms_that_are_connected_at_once_one_is(runtime: Runtime) -> None:
    shop_id = add_shop(runtime)[0]
    told: list[tuple[str, dict[str, str]]] = [
        ("woocommerce", {}),
        ("shopify", {"secret": SECRET, "account_id": "beans.myshopify.com"}),
        ("ecwid", {"secret": SECRET, "account_id": "1003"}),
        ("saleor", {"address": "https://shop.saleor.cloud/graphql/"}),
    ]

    def one(number: int) -> None:
        platform, facts = told[number % len(told)]
        connect(runtime, shop_id, platform, facts, NOW)

    # The same platform twice is one.
    assert at_once(one) == ["done"] * 2 + ["platform"] * (AT_ONCE - 2)
    with runtime.database.read() as opened:
        assert len(connected_platforms.all_of(opened, runtime.vault, shop_id)) == 1


def test_who_connects_at_once_is_shown_one_secret_that_is_valid(runtime: Runtime) -> None:
    """Where Encore makes the secret, the second finds that there is one."""
    shop_id = add_shop(runtime)[0]
    made: list[str | None] = []

    def one(_number: int) -> None:
        made.append(connect(runtime, shop_id, "woocommerce", {}, NOW))

    assert at_once(one) == ["done"] * AT_ONCE
    with runtime.database.read() as opened:
        known = connected_platforms.find(opened, runtime.vault, shop_id, "woocommerce")
    assert known is not None
    assert [each.encode() for each in made if each] == [*known.secrets]
