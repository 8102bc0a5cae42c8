"""A job's way to a shop's platform: its lease is held meanwhile, and one that says nothing is left alone."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from plugin.errors import Refusal
from plugin.jobs.watch import Clock
from plugin.outbound import Answer, Message, WayOut
from plugin.platforms.asking import PATIENCE_SECONDS, Asking
from plugin.platforms.platform import ODD
from plugin.runtime import Runtime
from plugin.store import connected_platforms
from plugin.store.connected_platforms import ConnectedPlatform


class Resting(Refusal):
    """The platform said nothing lately, so it is not asked before `until`."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__("unreachable", f"{host} did not answer lately: it is asked again later.")
        self.until = until


def refusal_of(question: Callable[[], object]) -> Refusal | None:
    """Why the platform does not do what is asked; None: it has done it."""
    try:
        question()
    except Refusal as refusal:
        return refusal
    except ODD:
        return Refusal("platform_refused", "The platform's API answers in another form than it documents.")
    return None


class PlatformWay(WayOut):
    """The way out to one platform of a shop, for whoever holds a lease.

    `hold` is called before each question, so that the lease outlasts any number of them, and raises if it is
    lost. No answer is waited for longer than `patience_seconds`, which is shorter than the lease. Each time
    in a row that none comes every job leaves the platform alone for longer (`Resting`), for other shops wait
    meanwhile; where a shorter patience than the others' ran out, only jobs that have one do.
    """

    def __init__(
        self,
        runtime: Runtime,
        connected: ConnectedPlatform,
        clock: Clock,
        hold: Callable[[], None] = lambda: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._runtime, self._platform, self._clock = runtime, connected, clock
        self._hold, self._patience_seconds = hold, patience_seconds

    def send(self, message: Message, patience_seconds: float = PATIENCE_SECONDS) -> Answer:
        """The answer, as `WayOut` gives it; `Resting` without a question."""
        until = self._platform.rests_until(self._clock(), self._patience_seconds < PATIENCE_SECONDS)
        if until is not None:
            raise Resting(urlsplit(message.url).hostname or "", until)
        self._hold()
        waits_seconds, began = min(patience_seconds, self._patience_seconds), time.monotonic()
        try:
            answer = self._runtime.way_out.send(message, waits_seconds)
        except Refusal as refusal:
            if refusal.reason == "unreachable":
                # Cut off a little early by the clock's grain, it is cut off all the same.
                is_cut = time.monotonic() - began >= 0.9 * waits_seconds
                self._note(False, is_short=is_cut and waits_seconds < PATIENCE_SECONDS)
            raise
        if self._platform.silences or self._platform.short_silences:
            self._note(True)
        return answer

    def _note(self, has_answered: bool, is_short: bool = False) -> None:
        with self._runtime.database.write() as opened:
            self._platform = connected_platforms.heard(
                opened, self._platform, self._clock(), has_answered, is_short
            )


def asking_of(
    runtime: Runtime,
    connected: Sequence[ConnectedPlatform],
    clock: Clock,
    hold: Callable[[], None] = lambda: None,
) -> dict[str, Asking]:
    """How each platform is asked, by name."""
    now = clock()
    return {each.platform: Asking(each, PlatformWay(runtime, each, clock, hold), now) for each in connected}
