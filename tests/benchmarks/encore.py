"""Encore as a user runs it: the command line in processes of its own, in a home of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ORIGIN = "https://shop.example"
ENCORE = Path(sys.executable).with_name("encore")


@dataclass(frozen=True)
class Shop:
    """The benchmark's shop, and what its pages need to ask."""

    shop_id: str
    public_key: str


@dataclass(frozen=True)
class Done:
    """A finished command: what it printed as JSON, how long it took, and the most memory it held."""

    answer: dict[str, object]
    seconds: float
    peak_mib: float


def run(home: Path, *arguments: str) -> Done:
    """Run `encore ARGUMENTS --json` to its end; raises with its message where it fails."""
    start = time.monotonic()
    process = subprocess.Popen(
        [ENCORE, *arguments, "--json"], env=environment(home), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"encore {' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return Done(json.loads(printed.splitlines()[-1]), time.monotonic() - start, usage.ru_maxrss / 1024)


def environment(home: Path) -> dict[str, str]:
    """This process's environment, with Encore at home in `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
    return kept | {"ENCORE_HOME": str(home)}


@contextmanager
def serving(command: Sequence[str | Path], home: Path, path: str) -> Iterator[tuple[str, int]]:
    """A server that runs `command` with a free port put in for PORT: its address and process id."""
    port = free_port()
    filled = [str(part).replace("PORT", str(port)) for part in command]
    process = subprocess.Popen(
        filled, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(base + path)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url):  # a real server on this machine
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within 30 seconds")
