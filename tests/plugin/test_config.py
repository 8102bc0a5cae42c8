"""What the machine tells Encore is taken as it stands, or refused with a message that says what to do."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from plugin.config import from_environment
from plugin.errors import Refusal


def test_a_misspelt_setting_is_an_error_rather_than_a_default(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="ENCORE_DATABSE_URL"):
        from_environment({"ENCORE_HOME": str(tmp_path), "ENCORE_DATABSE_URL": "sqlite://"})


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    first = from_environment({"ENCORE_HOME": str(tmp_path / "home")})
    again = from_environment({"ENCORE_HOME": str(tmp_path / "home")})
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "home/secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("given", ["x", "a" * 31])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(Refusal, match="32 characters"):
        from_environment({"ENCORE_HOME": str(tmp_path), "ENCORE_SECRET_KEY": given})


def test_a_number_below_its_least_is_refused(tmp_path: Path) -> None:
    assert from_environment({"ENCORE_HOME": str(tmp_path)}).accepts_per_minute == 10
    with pytest.raises(Refusal, match="ENCORE_ACCEPTS_PER_MINUTE"):
        from_environment({"ENCORE_HOME": str(tmp_path), "ENCORE_ACCEPTS_PER_MINUTE": "0"})


def test_an_emptied_secret_file_is_refused_rather_than_used(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(Refusal, match=r"secret\.key"):
        from_environment({"ENCORE_HOME": str(tmp_path)})


def test_what_the_command_line_makes_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)  # as an installer may have made it
    encore = Path(sys.executable).with_name("encore")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    environment["ENCORE_HOME"] = str(tmp_path / "home")
    subprocess.run([encore, "migrate"], env=environment, check=True, capture_output=True)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").iterdir()}
    assert "encore.db" in modes
    assert {mode & 0o077 for mode in modes.values()} == {0}
