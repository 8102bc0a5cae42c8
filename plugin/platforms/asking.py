"""Asking a platform's API: JSON there and back, waiting when it says so, where to go on after a page."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from plugin.errors import Refusal
from plugin.outbound import Answer, Message, WayOut
from plugin.store.connected_platforms import ConnectedPlatform

_Told = TypeVar("_Told")
PATIENCE_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 3600.0
_LONGEST_PAUSE_SECONDS = 25.0
"""Shorter than any lease; whoever asks to wait longer is asked again another time."""
_MOST_PAUSES = 30
_BEGINNING = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Asking:
    """Whom to ask, by which way, and when.

    `pause`: waits some seconds on behalf of what cannot be put off in the middle; None: nobody waits.
    """

    connected: ConnectedPlatform
    way_out: WayOut
    now: datetime
    pause: Callable[[float], None] | None = None


class NotThere(Refusal):
    """The platform has no such thing, or has it no more."""


class TooSoon(Refusal):
    """The platform wants to be left alone for `wait_seconds`."""

    def __init__(self, name: str, wait_seconds: float) -> None:
        super().__init__("too_soon", f"{name} asks to wait for {wait_seconds:.0f} seconds.")
        self.wait_seconds = min(max(wait_seconds, 1.0), _LONGEST_WAIT_SECONDS)


def ask(name: str, message: Message, asking: Asking) -> tuple[Any, Answer]:
    """The JSON that the API of `name` answers with, and the answer itself.

    `TooSoon` where it says when to come again (`Retry-After`); `Refusal("platform_refused")` for any other
    answer than 200 or 201 (`NotThere` for 404), and for what is not JSON.
    """
    answer = _answered(name, message, asking)
    if answer.status == 404:
        raise NotThere("platform_refused", f"{name}'s API answers 404.")
    if answer.status not in (200, 201):
        raise Refusal("platform_refused", f"{name}'s API answers {answer.status}.")
    try:
        return json.loads(answer.body), answer
    except (ValueError, RecursionError):
        raise Refusal("platform_refused", f"{name}'s API answers with something that is not JSON.") from None


def remove(name: str, message: Message, asking: Asking) -> None:
    """Have the API of `name` remove a thing; one that is not there is gone already."""
    answer = _answered(name, message, asking)
    if answer.status not in (200, 202, 204, 404, 410):
        raise Refusal("platform_refused", f"{name}'s API answers {answer.status}.")


def posted(url: str, value: Any, headers: Mapping[str, str], method: str = "POST") -> Message:
    """A message that brings `value` as JSON."""
    return Message(url, method, {"Content-Type": "application/json", **headers}, json.dumps(value).encode())


def _answered(name: str, message: Message, asking: Asking) -> Answer:
    """The answer, unless it is to come again later: that is `TooSoon`."""
    answer = asking.way_out.send(message, PATIENCE_SECONDS)
    if answer.status in (429, 503) and (wait := _retry_after(answer, asking.now)) is not None:
        raise TooSoon(name, wait)
    return answer


def _retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds, or a moment; None: it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return None


# -- waiting in the midst of something --------------------------------------------------------------------


class Patience:
    """Waits, within one thing that comes by many questions, as long as it may: begun anew whenever the API
    wants to be left alone, it would never end. `pauses`: how often it has waited."""

    def __init__(self, name: str, asking: Asking) -> None:
        self.name, self.asking, self.pauses = name, asking, 0

    def wait(self, seconds: float) -> None:
        """Wait, or raise `TooSoon` if nobody may, or it is too long or too often."""
        self.pauses += 1
        if self.asking.pause is None or seconds > _LONGEST_PAUSE_SECONDS or self.pauses > _MOST_PAUSES:
            raise TooSoon(self.name, seconds)
        self.asking.pause(seconds)

    def ask(self, question: Callable[[], _Told]) -> _Told:
        """What the question brings, asked again after `TooSoon`."""
        while True:
            try:
                return question()
            except TooSoon as too_soon:
                self.wait(too_soon.wait_seconds)


# -- where to go on ---------------------------------------------------------------------------------------


def beginning(place: Mapping[str, Any] | None) -> dict[str, Any]:
    """The place, or the one where everything begins: a time, and a cursor behind what was seen after it."""
    return dict(place or {"after": _BEGINNING, "cursor": None})


def onwards(here: Mapping[str, Any], changed: Sequence[Any], cursor: str | None) -> dict[str, Any]:
    """The place after a page of things that were last `changed` then, oldest first.

    A second before the latest change, for more may have changed in it. A cursor alone would lose nothing
    either, but lives no longer than the platform likes; so it only leads through a second that has more
    changes than a page holds.
    """
    latest = max((moment for each in changed if (moment := _moment(each))), default=None)
    if latest is not None:
        after = (latest - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        if after > here["after"]:
            return {"after": after, "cursor": None}
    return {"after": here["after"], "cursor": cursor}


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None
