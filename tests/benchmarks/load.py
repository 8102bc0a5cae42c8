"""Load from processes of its own: several h2load with one client each, each with its share of requests."""

import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLIENTS = 16
WARM_UP_SECONDS = 1
"""Programs that start take the processors from the server that they ask: what they see then is their own."""


@dataclass(frozen=True)
class Load:
    """What came back: answers a second, the 99th percentile of their times, and how often each status."""

    rate: float
    p99_ms: float
    statuses: dict[int, int]


def send(
    urls: Sequence[str], *, seconds: int, rate: float | None = None, headers: Sequence[str] = ()
) -> Load:
    """Ask `urls` for `seconds`, after a warm-up: as fast as answers come, or in an open loop at `rate` a
    second.

    h2load gives every client the same list, so each client is a process with a share of the list: what was
    asked once is then not asked again by a neighbour, and nothing is answered from a cache by accident.
    """
    urls = list(urls) * -(-CLIENTS // len(urls))  # every client needs something to ask
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder) / f"{client}.log" for client in range(CLIENTS)]
        running = [
            subprocess.Popen(
                _command(log, urls[client::CLIENTS], WARM_UP_SECONDS + seconds, rate, headers),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for client, log in enumerate(logs)
        ]
        for process in running:
            process.wait()
        return _read(logs, seconds)


def _command(
    log: Path, urls: Sequence[str], seconds: int, rate: float | None, headers: Sequence[str]
) -> list[str]:
    listed = log.with_suffix(".urls")
    listed.write_text("\n".join(urls))
    command = ["h2load", "--h1", "-c", "1", "-t", "1", "-D", str(seconds), "-i", str(listed)]
    command += ["--log-file", str(log)]
    if rate is not None:
        command += ["--rps", str(rate / CLIENTS)]
    for header in headers:
        command += ["-H", header]
    return command


def _read(logs: Sequence[Path], seconds: int) -> Load:
    rows = [line.split("\t") for log in logs if log.exists() for line in log.read_text().splitlines()]
    began_us, status, took_us = np.array(rows or [["0", "0", "0"]], dtype=np.int64)[:, :3].T
    counts = began_us - began_us.min() >= WARM_UP_SECONDS * 1_000_000
    times_ms = took_us[counts] / 1000
    statuses = Counter(status[counts].tolist())
    return Load(len(times_ms) / seconds, float(np.percentile(times_ms, 99)), dict(sorted(statuses.items())))
