"""Running Encore's own commands, as a merchant would type them, and the processes that stay up."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.errors import Refusal

_ENCORE = "from plugin.cli import encore; encore(prog_name='encore')"
_READY_WITHIN_SECONDS = 60.0
_STOP_WITHIN_SECONDS = 15.0


@dataclass(frozen=True)
class Installation:
    """One Encore on this machine: its home, and the port of its server on 127.0.0.1."""

    home: Path
    port: int

    @property
    def address(self) -> str:
        """Where shop and service answer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of all its processes; settings of another installation are not inherited."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ENCORE_")}
        return clean | {
            "ENCORE_HOME": str(self.home),
            "ENCORE_PUBLIC_URL": self.address,
            "ENCORE_LOG_LEVEL": "WARNING",
        }

    def run(self, *words: str) -> Any:
        """Run `encore WORDS --json` to its end and give what it printed; its progress is shown as it comes.

        Raises `Refusal("command_failed")`; what went wrong stands on stderr by then.
        """
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", _ENCORE, *words, "--json"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refusal("command_failed", f"`encore {' '.join(words)}` failed; see above.")
        return json.loads(done.stdout.strip().splitlines()[-1])

    @contextmanager
    def running(self, name: str, code: str) -> Iterator[subprocess.Popen[bytes]]:
        """Have `python -c CODE` running while this is open; what it says goes to NAME.log in the home."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-c", code],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends its processes
            )
            try:
                yield process
            finally:
                _end(process)

    def wait_until_ready(self, process: subprocess.Popen[bytes], path: str = "/readyz") -> None:
        """Return as soon as the server answers on `path`; `Refusal("not_started")` when it does not."""
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(self.address + path, timeout=2):  # noqa: S310 - our own address
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise Refusal("not_started", f"The server did not start; {self.home / 'server.log'} says why.")


def worker_code() -> str:
    """What runs the worker."""
    return f"import sys; sys.argv = ['encore', 'worker']; {_ENCORE}"


def server_code(port: int, workers: int) -> str:
    """What runs the server with Encore and the shop side by side."""
    return (
        "from plugin.cli.running import serve; from plugin.config import from_environment;"
        f" serve(from_environment(), '127.0.0.1', {port}, {workers}, 'plugin.demo.wsgi:app')"
    )


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, and make it if it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
