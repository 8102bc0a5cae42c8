"""The one way a request's body is read: never more than its limit, and as JSON or refused."""

import json
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from plugin.errors import Refusal

LARGEST_BYTES = 16 << 20
"""Of any body; a route may take less."""


def read(largest_bytes: int = LARGEST_BYTES) -> bytes:
    """The body; `Refusal("too_large")` for more than `largest_bytes`, of which no more than that is read."""
    # One byte more: a body of unknown length is cut at the maximum without a word.
    request.max_content_length = largest_bytes + 1
    try:
        found = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise _too_large(largest_bytes) from None
    if len(found) > largest_bytes:
        raise _too_large(largest_bytes)
    return found


def as_json(text: bytes) -> Any:
    """The value that `text` spells, whatever its type says it is; else `Refusal("malformed_json")`."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(
            "malformed_json", "This is not JSON. Many rows as NDJSON are sent as application/x-ndjson."
        ) from None


def read_needless() -> None:
    """Read the body of a route that needs none: it may be empty or JSON, and is held to the same rules."""
    text = read()
    if text.strip():
        as_json(text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _too_large(largest_bytes: int) -> Refusal:
    return Refusal("too_large", f"At most {largest_bytes >> 10:,} kB in one request: send it in parts.")
