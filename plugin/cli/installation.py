"""The installation that a command works on: opened, brought to the present form, and closed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from plugin.config import from_environment
from plugin.runtime import Runtime, open_runtime
from plugin.store.migrations import migrate


@contextmanager
def installation() -> Iterator[Runtime]:
    """The installation that the environment names, its database made if there is none yet."""
    runtime = open_runtime(from_environment())
    try:
        migrate(runtime.database)
        yield runtime
    finally:
        runtime.database.close()


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)
