"""What is wrong with an offer, by the form's fields and in the merchant's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from plugin.admin import offer_words
from plugin.offers import promises
from plugin.offers.conditions import CONDITIONS
from plugin.offers.kinds import KINDS
from plugin.offers.parameters import parameters_of


def in_words(errors: Mapping[str, Sequence[str]], value: Mapping[str, Any]) -> dict[str, list[str]]:
    """The schema's errors on `value`, each at the field that it is about."""
    found: dict[str, list[str]] = {}
    for name in errors:
        field, texts = _said(name, value)
        found.setdefault(field, []).extend(texts)
    return {field: list(dict.fromkeys(texts)) for field, texts in found.items()}


def _said(name: str, value: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The field that `name` (`conditions.0.countries.1`) is about, and what it takes."""
    parts = name.split(".")
    if parts[0] == "parameters":
        text = value["parameters"].get(parts[1])
        pressing = _pressing(text, value, always=True) if isinstance(text, str) else []
        return ".".join(parts[:2]), pressing or [_takes(str(value["kind"]), parts[1])]
    if parts[0] == "conditions" and len(parts) > 2:
        return ".".join(parts[:3]), [_takes(value["conditions"][int(parts[1])]["kind"], parts[2])]
    if parts[0] in ("title", "text") and len(parts) > 1:
        return name, _of_text(value[parts[0]].get(parts[1], ""), value, 120 if parts[0] == "title" else 300)
    if parts[0] == "placements":
        name = parts[0]
    return name, [offer_words.field_takes(name)]


def _takes(owner: str, parameter: str) -> str:
    cls = KINDS.get(owner) or CONDITIONS[owner]
    form = next((each.form for each in parameters_of(cls) if each.name == parameter), None)
    return offer_words.takes(form) if form else offer_words.field_takes(parameter)


def _of_text(text: str, value: Mapping[str, Any], most: int) -> list[str]:
    """The words that press without anything true behind them; else it is too long."""
    return _pressing(text, value) or [offer_words.characters(most)]


def _pressing(text: str, value: Mapping[str, Any], *, always: bool = False) -> list[str]:
    """`always`: the text is said even where the deadline is not shown."""
    bound = {"deadline": bool(value["ends_at"]) and not always, "stock": bool(value["stock_bound"])}
    found = {sort: text for sort, text in promises.pressing(text).items() if not bound.get(sort)}
    if always and "deadline" in found:
        found["always"] = found.pop("deadline")
    return [offer_words.pressing(sort, each) for sort, each in found.items()]
