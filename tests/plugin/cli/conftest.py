"""An empty home and a clean environment for commands that are typed."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that ENCORE_HOME names; nothing else of Encore is set."""
    for name in [name for name in os.environ if name.startswith("ENCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENCORE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
