"""`encore demo` a second time: what was set up stays, and the shop is up in under fifteen seconds."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.benchmarks.encore import free_port

ENCORE = Path(sys.executable).with_name("encore")


def _seconds_until_up(home: Path, port: int) -> float:
    """Start the demo, wait until its shop answers, stop it with Ctrl-C; gives the wait."""
    start = time.monotonic()
    command = [ENCORE, "demo", "--home", str(home), "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    with subprocess.Popen(command, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as demo:
        while not _answers(port):
            assert demo.poll() is None
            time.sleep(0.1)
        waited = time.monotonic() - start
        time.sleep(2)
        demo.send_signal(signal.SIGINT)
    return waited


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/"):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.mark.long
def test_the_second_start_takes_less_than_fifteen_seconds(tmp_path: Path) -> None:
    port = free_port()
    _seconds_until_up(tmp_path / "demo", port)
    assert _seconds_until_up(tmp_path / "demo", port) < 15
