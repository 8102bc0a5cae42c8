"""What a job that takes its time minds. Jobs that only need this do not load the science."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Clock = Callable[[], datetime]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Watch:
    """What a running job minds: the time, whether it is to stop, and who wants to hear of its steps."""

    clock: Clock
    stop: threading.Event
    tell: Tell = lambda _step: None
