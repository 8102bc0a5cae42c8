"""For tests that start and kill real processes: waiting for something to come true, and who is alive."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from plugin.jobs.learning import end_with_parent


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Whether `happened` comes true in time."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """Whether the process has ended (one that nobody has waited for yet has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def sit() -> None:
    """What a child process runs that does nothing for a minute, unless its parent ends."""
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)
