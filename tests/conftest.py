"""What every test may ask for: a real database of either kind, a runtime of its own, a shop in it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine
from werkzeug.routing import Rule

from plugin.config import Config
from plugin.runtime import Runtime, open_runtime
from plugin.store import database as database_room
from plugin.store import shops
from plugin.store.database import Database
from plugin.store.migrations import migrate

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORIGIN = "https://shop.example"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", autouse=True)
def rules_compiled_once() -> Iterator[None]:
    """Each test has applications of its own, and compiling their hundred routes takes longer than most tests.

    What is compiled takes its rule as an argument, so it serves every rule that is written the same.
    """
    compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
    compile_anew = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_anew(rule, append_unknown)
        key = (rule.rule, *rule._trace, append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Each test has a SQLite file of its own; what they are asked is compiled once for all of them."""
    make = database_room._sqlite_engine
    first = make("sqlite://")
    first.connect().close()  # its dialect learns what this SQLite can do

    def engine(url: str) -> Engine:
        made = make(url)
        made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
        return made

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database_room, "_sqlite_engine", engine)
        yield
    first.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's own Chromium, without a window; one a run: two Playwrights cannot live side by side."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of this run's own, on a unix socket, thrown away at the end."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.fail("PostgreSQL is not installed: `make install` says what is missing.")
    folder = tmp_path_factory.mktemp("pg")
    with _PostgresServer(programs[-1], folder) as url:
        yield url


class _PostgresServer:
    """initdb refuses to run as root, so there the server runs as the system's own postgres user."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.as_user = self.as_user if os.geteuid() == 0 else []

    def __enter__(self) -> str:
        if self.as_user:
            shutil.chown(self.folder, "postgres", "postgres")
            for parent in self.folder.parents[:3]:
                if parent.stat().st_uid == 0 and str(parent).startswith(os.environ.get("TMPDIR", "/tmp")):
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "encore", "-A", "trust", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
        self._run(
            "pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", options, "start"
        )
        return f"postgresql+psycopg://encore@/postgres?host={self.folder}"

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.as_user, str(self.programs / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def sqlite_form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and empty SQLite file: the tests take copies, since migrating takes twenty times as long."""
    path = tmp_path_factory.mktemp("form") / "encore.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_form(postgres_url: str) -> str:
    """The name of a migrated and empty database on the real PostgreSQL, to be copied too."""
    _migrate(_postgres_copy(postgres_url, "form", "template1"))
    return "form"


def _migrate(url: str) -> None:
    opened = Database(url)
    migrate(opened)
    opened.close()


def _postgres_copy(postgres_url: str, name: str, template: str) -> str:
    socket = postgres_url.split("host=")[1]
    with psycopg.connect(f"postgresql://encore@/postgres?host={socket}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return postgres_url.replace("/postgres?", f"/{name}?")


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> str:
    """A database without tables on the real PostgreSQL."""
    return _postgres_copy(postgres_url, f"t{os.urandom(6).hex()}", "template1")


@pytest.fixture
def migrated_postgres_url(postgres_url: str, postgres_form: str) -> str:
    """A database with empty tables on the real PostgreSQL."""
    return _postgres_copy(postgres_url, f"t{os.urandom(6).hex()}", postgres_form)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_form: Path) -> str:
    """The address of a migrated database with empty tables, once of each kind."""
    if request.param == "sqlite":
        shutil.copyfile(sqlite_form, tmp_path / "encore.db")
        return f"sqlite:///{tmp_path / 'encore.db'}"
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database; the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()


def make_config(home: Path, database_url: str | None = None) -> Config:
    """The configuration of an installation that lives in `home`."""
    return Config(
        home=home,
        database_url=database_url or f"sqlite:///{home / 'encore.db'}",
        redis_url=None,
        secret_key="a secret of the tests, long enough",
        public_url="http://127.0.0.1:8000",
        private_networks=("127.0.0.0/8",),
        accepts_per_minute=100_000,  # all shoppers of the tests come from one address
    )


@pytest.fixture
def runtime(tmp_path: Path, sqlite_form: Path) -> Iterator[Runtime]:
    """A whole installation on SQLite, migrated and empty."""
    with installed(tmp_path / "home", sqlite_form) as opened:
        yield opened


@contextmanager
def installed(home: Path, sqlite_form: Path) -> Iterator[Runtime]:
    """The same in `home`, for as long as is wanted."""
    opened = open_runtime(make_config(home))
    shutil.copyfile(sqlite_form, home / "encore.db")
    yield opened
    opened.database.close()


def add_shop(opened: Runtime, origin: str = ORIGIN) -> tuple[str, shops.ShopKeys]:
    """A shop with default settings that sells in euros from `origin`."""
    new = shops.NewShop("Test shop", "EUR", "Europe/Madrid", "en", (origin,))
    with opened.database.write() as connection:
        return shops.add(connection, opened.vault, new, NOW)


@pytest.fixture
def shop(runtime: Runtime) -> tuple[str, shops.ShopKeys]:
    """One shop in `runtime`: its id and its keys in clear."""
    return add_shop(runtime)
