"""What shoppers saw, clicked and bought, sent by the widget: checked, tied to its slate, and kept once."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from flask import Blueprint, Response, json, request
from marshmallow import ValidationError

from plugin.api import body, errors, metrics
from plugin.api.access import Access
from plugin.api.openapi import Description, described
from plugin.api.storefront import guarded
from plugin.errors import Refusal
from plugin.runtime import Runtime
from plugin.schemas.event import AcceptedOut, EventsIn
from plugin.serving import slate_token
from plugin.serving.live import LiveShop
from plugin.serving.slate_token import Slate
from plugin.store import events
from plugin.store.events import EventRow, SlateRow

LARGEST_BODY_BYTES = 64 * 1024
_MOST_WRITERS = 2
_WAIT_FOR_TURN_SECONDS, _WAIT_FOR_LOCK_SECONDS = 0.05, 0.3
"""Rather an event is lost than a page waits: while something else is written, threads stay free for lists."""
_MOST_SKEW = timedelta(days=1)
_AHEAD = timedelta(minutes=5)
_BODY = EventsIn()
_EVENTS = Description(
    body=EventsIn,
    body_types=("application/json", "text/plain"),
    answers={202: AcceptedOut},
    refusals=(400, 401, 403, 413, 422, 429),
)
_BOTS = re.compile(
    r"(?<!\bcu)bot\b"  # Cubot makes telephones
    r"|crawl|spider|slurp|facebookexternalhit|facebookcatalog|meta-external"
    r"|headless|preview|lighthouse|pingdom|curl/|wget/|python-",
    re.IGNORECASE,
)


def blueprint(runtime: Runtime, access: Access) -> Blueprint:
    """`POST /v1/events`."""
    routes = Blueprint("events", __name__)
    writers = BoundedSemaphore(_MOST_WRITERS)

    @routes.post("/v1/events", provide_automatic_options=False)
    @described(_EVENTS)
    @guarded(access)
    def receive() -> Response:
        """What shoppers saw, clicked, added and bought.

        All events of a body are kept, or none. Repeats, programs and previews count nothing.
        """
        environ, now = request.environ, time.time()
        given = _object(body.as_json(body.read(LARGEST_BODY_BYTES)))
        live = access.admit_events(str(given.get("key", "")), environ, now)
        counted = _counted(live, _loaded(given), datetime.fromtimestamp(now, UTC))
        accepted = _keep(runtime, writers, live, counted) if counted.events else 0
        metrics.events(accepted)
        text = json.dumps({"accepted": accepted})
        return Response(text, 202, access.headers(environ), content_type="application/json")

    return routes


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Refusal("invalid_request", "The body is not a JSON object.")
    return value


def _loaded(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = _BODY.load(given)["events"]
    except ValidationError as error:
        raise errors.invalid(error) from None
    return found


class _Counted(NamedTuple):
    events: list[EventRow]
    slates: list[SlateRow]


def _counted(live: LiveShop, given: list[dict[str, Any]], now: datetime) -> _Counted:
    """What counts of `given`; all are checked first."""
    _times_checked(given, now)
    slates = _slates(live, given)
    counted = [_row(each, slates, now) for each in given if _counts(each, slates)]
    if _is_bot(request.headers.get("User-Agent", "")):
        return _Counted([], [])
    shown = {row.slate_id: _slate_row(row, slates[row.slate_id]) for row in counted if row.slate_id}
    return _Counted(counted, list(shown.values()))


def _keep(runtime: Runtime, writers: BoundedSemaphore, live: LiveShop, counted: _Counted) -> int:
    """Keep the events; `Refusal("busy")` where too many wait to write, or too long."""
    if not writers.acquire(timeout=_WAIT_FOR_TURN_SECONDS):
        raise Refusal("busy", "Too many events are being written: try again in a second.")
    try:
        with runtime.database.write(_WAIT_FOR_LOCK_SECONDS) as connection:
            return events.keep(connection, live.shop.shop_id, counted.events, counted.slates)
    finally:
        writers.release()


def _times_checked(given: list[dict[str, Any]], now: datetime) -> None:
    """`Refusal("invalid_request")` names the events whose time cannot be: a clock may be wrong by hours."""
    wrong = {
        f"events.{place}.at": ["More than a day from now: set the clock right."]
        for place, each in enumerate(given)
        if abs(each["at"] - now) > _MOST_SKEW
    }
    if wrong:
        raise Refusal("invalid_request", "Some events have an impossible time: see errors.", wrong)


def _slates(live: LiveShop, given: list[dict[str, Any]]) -> dict[str, Slate]:
    """The slates that `given` speaks of; `Refusal("invalid_request")` names the events with a forged one."""
    found: dict[str, Slate] = {}
    wrong: dict[str, list[str]] = {}
    for place, each in enumerate(given):
        try:
            if each["slate_id"] is not None:
                found[each["slate_id"]] = slate_token.read(live.slate_key, each["slate_id"])
        except Refusal as refusal:
            wrong[f"events.{place}.slate_id"] = [refusal.message]
    if wrong:
        raise Refusal("unknown_slate", "Some events speak of a slate that was not served: see errors.", wrong)
    return found


def _counts(event: Mapping[str, Any], slates: Mapping[str, Slate]) -> bool:
    """A preview counts nothing."""
    return event["slate_id"] is None or slates[event["slate_id"]].arm != "preview"


def _row(event: Mapping[str, Any], slates: Mapping[str, Slate], now: datetime) -> EventRow:
    slate = slates.get(event["slate_id"] or "")
    anonymous = slate is not None and slate.arm is None
    visitor_id = None if anonymous else event["visitor_id"]
    return EventRow(**{**event, "at": _plausible(event["at"], slate, now), "visitor_id": visitor_id})


def _plausible(at: datetime, slate: Slate | None, now: datetime) -> datetime:
    """`at` by a browser's clock, brought to where it can have been: not before the slate, not after now."""
    latest = min(at, now + _AHEAD)
    return max(latest, slate.served_at) if slate else latest


def _slate_row(event: EventRow, slate: Slate) -> SlateRow:
    return SlateRow(
        slate_id=event.slate_id or "",
        placement=slate.placement,
        strategy=slate.strategy,
        model_version=slate.model_version,
        arm=slate.arm,
        visitor_id=event.visitor_id,
        served_at=slate.served_at,
    )


def _is_bot(user_agent: str) -> bool:
    """Whether a program that is nobody sent this: it says so itself, or says nothing."""
    return not user_agent or _BOTS.search(user_agent) is not None
