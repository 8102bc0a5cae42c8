"""A database for what need not be shown on both kinds."""

import pytest

from plugin.runtime import Runtime
from plugin.store.database import Database


@pytest.fixture
def runtime_database(runtime: Runtime) -> Database:
    """The migrated SQLite database of a runtime."""
    return runtime.database
