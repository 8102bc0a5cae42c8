"""A wheel is the whole of Encore: what a shop installs needs nothing from the tree it was built from."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tracked files of the tree."""
    tree, built = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(
        ["tar", "--null", "-cf", f"{built}/tree.tar", "-T", "-"], cwd=ROOT, input=tracked, check=True
    )
    subprocess.run(["tar", "-xf", f"{built}/tree.tar", "-C", tree], check=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(tree)]
    subprocess.run(command, capture_output=True, check=True)
    return next(built.glob("*.whl"))


def test_it_holds_what_is_not_python_too(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    kinds = (".js", ".html", ".css", ".svg", ".json", ".mo", ".mako", ".php", ".liquid", ".toml", ".txt")
    tracked = subprocess.run(
        ["git", "ls-files", "plugin", "widgets"], cwd=ROOT, capture_output=True, text=True
    )
    wanted = {name for name in tracked.stdout.splitlines() if name.endswith((*kinds, ".py"))}
    assert wanted - held == set()
    assert {name for name in held if name.startswith("tests")} == set()


@pytest.mark.long
def test_installed_elsewhere_it_shows_what_it_can_do(wheel: Path, tmp_path: Path) -> None:
    """`encore demo --check` in an empty environment, far from the tree."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv/bin/python"
    locked = ["--constraint", str(ROOT / "requirements.lock")]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *locked, wheel], check=True)
    (tmp_path / "elsewhere").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    done = subprocess.run(
        [tmp_path / "venv/bin/encore", "demo", "--check"],
        cwd=tmp_path / "elsewhere",
        env=environment | {"HOME": str(tmp_path / "elsewhere")},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["hit_rate_at_10"] >= 2.5 * report["bestsellers_hit_rate_at_10"]
    assert sum(report["seconds"].values()) < 240
    assert len(report["carts"]) == 5
