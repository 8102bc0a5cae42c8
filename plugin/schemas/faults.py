"""What is wrong with which field: marshmallow's nested messages as one level, told alike everywhere."""

from collections.abc import Mapping
from typing import Any

_OF_A_DICT = ("key", "value")
"""What marshmallow puts between a Dict's key and what is wrong with it; nested schemas name no field so."""


def flat(messages: Mapping[Any, Any], whole: str = "body", above: str = "") -> dict[str, list[str]]:
    """The path of each field at fault (`placements.cart.limit`, `events.0.slate_id`) with its faults.

    What is wrong with all of the value stands under the name `whole`.
    """
    found: dict[str, list[str]] = {}
    for name, inner in messages.items():
        path = _path(above, str(name))
        below = flat(inner, whole, path) if isinstance(inner, Mapping) else {path or whole: inner}
        for each, texts in below.items():
            found.setdefault(each, []).extend(str(text) for text in texts)
    return found


def _path(above: str, name: str) -> str:
    if name == "_schema" or (above and name in _OF_A_DICT):
        return above
    return f"{above}.{name}" if above else name
