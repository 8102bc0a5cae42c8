"""An installation as a user has it: named by the environment, used by typing commands."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from plugin.cli import encore
from plugin.config import from_environment
from plugin.runtime import Runtime, open_runtime
from plugin.store.migrations import migrate
from tests.conftest import add_shop


def run(*arguments: str) -> Result:
    """Type `encore ARGUMENTS`."""
    return CliRunner().invoke(encore, arguments)


def answer(*arguments: str) -> Any:
    """What `encore ARGUMENTS --json` prints for a program; it must succeed."""
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def open_with_shop(home: Path) -> tuple[Runtime, str]:
    """The installation that the environment names, with one shop in it."""
    runtime = open_runtime(from_environment())
    assert runtime.config.home == home
    migrate(runtime.database)
    return runtime, add_shop(runtime)[0]
