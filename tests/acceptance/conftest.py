"""A whole demo on a slice of the real orders: imported, trained and served, with a browser to look at it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from rich.console import Console
from sqlalchemy import select

from plugin.cli.demo import keys_of, serving, set_up
from plugin.config import from_environment
from plugin.demo import data
from plugin.demo.commands import Installation, free_port
from plugin.demo.encore import ShopKeys
from plugin.demo.narration import Narration
from plugin.runtime import Runtime, open_runtime
from plugin.store import tables
from tests.acceptance.service import Service, running

HOUSEHOLDS = 100
OFTEN = 15
"""So many lines a product has at least: nearly all have fewer, and training takes their number cubed."""
PATIENCE_SECONDS = 20
_PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
_WATCH = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


@dataclass(frozen=True)
class Demo:
    """A running demo, and what it was made from."""

    installation: Installation
    lines: pl.DataFrame
    keys: ShopKeys
    runtime: Runtime

    @property
    def address(self) -> str:
        return self.installation.address

    def events(self) -> list[tuple[str, str | None]]:
        """Type and product of every event that has arrived, in the order of their times; none of offers."""
        of = tables.events.c
        with self.runtime.database.read() as connection:
            rows = connection.execute(
                select(of.type, of.product_id).where(of.offer_id.is_(None)).order_by(of.at)
            )
            return [(row.type, row.product_id) for row in rows]


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An installation that is served all along; a file's tests have a shop of their own in it."""
    with running(tmp_path_factory.mktemp("house") / "home") as found:
        yield found


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    installation = Installation(tmp_path_factory.mktemp("demo") / "home", free_port())
    narration = Narration(Console(file=sys.stdout))
    lines = data.order_lines(datetime.now(UTC), HOUSEHOLDS)
    lines = lines.filter(pl.len().over("product_id") >= OFTEN)
    set_up(installation, narration, lines)
    with serving(installation, narration):
        runtime = open_runtime(from_environment(installation.environment))
        yield Demo(installation, lines, keys_of(installation), runtime)
        runtime.database.close()


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A fresh shopper's page; whatever a test does, nothing breaks the policy or throws."""
    context: BrowserContext = browser.new_context(
        base_url=demo.address,
        viewport={"width": 1200, "height": 800},
        locale="en-US",
        user_agent=_PERSON,
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    context.add_init_script(_WATCH)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert opened.evaluate("violations") == []
    assert complaints == []
    context.close()
