"""An offer between its form and its definition: amounts, percentages and times as people write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from plugin.admin import offer_words
from plugin.money import minor_digits
from plugin.offers.conditions import CONDITIONS
from plugin.offers.kinds import KINDS
from plugin.offers.parameters import REQUIRED, Form, Parameter, parameters_of
from plugin.schemas.shop import LANGUAGES

Given = MultiDict[str, str]
Definition = Mapping[str, Any]
_NUMBERS = ("caps.per_person", "caps.period_days", "priority", "hold_hours", "silence_days")
_MOST_CONDITIONS = 20


@dataclass(frozen=True)
class Written:
    """How this shop's amounts and times are written: its currency and time zone."""

    currency: str
    time_zone: str

    def amount(self, minor: int | None) -> str:
        """1250 as 12.50; nothing as an empty field."""
        if minor is None:
            return ""
        digits = minor_digits(self.currency)
        return f"{Decimal(minor).scaleb(-digits):.{digits}f}"

    def minor(self, text: str) -> int | str:
        """12,50 as 1250; what is no such amount stays as it is, to be refused."""
        found = _decimal(text)
        minor = None if found is None else found.scaleb(minor_digits(self.currency))
        return int(minor) if minor is not None and minor == minor.to_integral_value() else text

    def moment(self, text: str) -> str:
        """The form's local time with the shop's zone; what is no time stays as it is."""
        try:
            at = datetime.fromisoformat(text)
            return at.replace(tzinfo=at.tzinfo or ZoneInfo(self.time_zone)).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return text

    def local(self, text: str | None) -> str:
        """The moment by the shop's clock, as a form's field holds it."""
        if not text:
            return ""
        return datetime.fromisoformat(text).astimezone(ZoneInfo(self.time_zone)).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True)
class Entry:
    """One field of the form for a parameter: `sort` is its form's name, and how it is drawn."""

    name: str
    sort: str
    label: str
    hint: str
    required: bool
    values: Sequence[str] = field(default_factory=tuple)

    @property
    def value(self) -> str:
        """The text of a field that holds one."""
        return "\n".join(self.values)


def entries(owner: str, prefix: str, given: Given) -> list[Entry]:
    """The fields of the kind or condition `owner`, each named `prefix` and its parameter's name."""
    cls = KINDS.get(owner) or CONDITIONS[owner]
    return [
        Entry(
            f"{prefix}{each.name}",
            each.form.name,
            offer_words.label(owner, each.name),
            offer_words.hint(owner, each.name),
            each.default is REQUIRED,
            given.getlist(f"{prefix}{each.name}"),
        )
        for each in parameters_of(cls)
    ]


def conditions_in(given: Given) -> list[int]:
    """The numbers of the form's conditions."""
    found = {re.fullmatch(r"conditions\.(\d{1,2})\.kind", name) for name in given}
    numbers = sorted(int(each.group(1)) for each in found if each)
    return [each for each in numbers if given[f"conditions.{each}.kind"] in CONDITIONS][:_MOST_CONDITIONS]


def arranged(given: Given, *, without: int | None = None, plus: str | None = None) -> Given:
    """The form with its conditions numbered from 0, one fewer, or one of the kind `plus` more."""
    found: Given = MultiDict(
        (name, value) for name, value in given.items(multi=True) if not name.startswith("conditions.")
    )
    numbers = [each for each in conditions_in(given) if each != without]
    for place, number in enumerate(numbers):
        old, new = f"conditions.{number}.", f"conditions.{place}."
        for name in [each for each in given if each.startswith(old)]:
            found.setlist(new + name.removeprefix(old), given.getlist(name))
    if plus in CONDITIONS and len(numbers) < _MOST_CONDITIONS:
        found[f"conditions.{len(numbers)}.kind"] = plus
        with_defaults(found, plus, f"conditions.{len(numbers)}.")
    return found


# -- from the form ----------------------------------------------------------------------------------------


def definition_of(given: Given, written: Written) -> dict[str, Any]:
    """What the form says, as `schemas.offer` takes it; what cannot be read stays as text, to be refused."""
    value: dict[str, Any] = {
        "offer_id": _text(given, "offer_id"),
        "kind": given["kind"],
        "parameters": _parameters(given["kind"], "parameters.", given, written),
        "placements": given.getlist("placements"),
        "title": _by_language(given, "title"),
        "text": _by_language(given, "text"),
        "conditions": [_condition(each, given, written) for each in conditions_in(given)],
        "stacking": _text(given, "stacking"),
        "budget": {
            "total_minor": _of(given, "budget.total_minor", written.minor),
            "count": _of(given, "budget.count", _whole),
        },
        "paused": "paused" in given,
        "confirmed": "confirmed" in given,
        "starts_at": _of(given, "starts_at", written.moment),
        "ends_at": _of(given, "ends_at", written.moment),
        "after_dismissal_of": _text(given, "after_dismissal_of"),
        "stock_bound": _stock_bound(given),
    }
    for name in _NUMBERS:
        above, _, last = name.rpartition(".")
        (value.setdefault(above, {}) if above else value)[last] = _of(given, name, _whole)
    return value


def _parameters(owner: str, prefix: str, given: Given, written: Written) -> dict[str, Any]:
    cls = KINDS.get(owner) or CONDITIONS[owner]
    return {
        each.name: _parameter(each, f"{prefix}{each.name}", given, written) for each in parameters_of(cls)
    }


def _parameter(parameter: Parameter, name: str, given: Given, written: Written) -> Any:
    sort = parameter.form.name
    if sort in ("languages", "weekdays"):
        found: list[Any] = given.getlist(name)
        return [_whole(each) for each in found] if sort == "weekdays" else found
    if sort in ("ids", "countries"):
        split = r"[\r\n]+" if sort == "ids" else r"[\s,;]+"
        parts = [each.strip() for each in re.split(split, given.get(name, "")) if each.strip()]
        return [each.upper() for each in parts] if sort == "countries" else parts
    reads = {"share": share, "minor": written.minor, "count": _whole}
    return _of(given, name, reads.get(sort, str))


def _condition(number: int, given: Given, written: Written) -> dict[str, Any]:
    prefix = f"conditions.{number}."
    kind = given[f"{prefix}kind"]
    return {"kind": kind, **_parameters(kind, prefix, given, written)}


def _stock_bound(given: Given) -> dict[str, Any] | None:
    if not _text(given, "stock_bound.product_id"):
        return None
    return {
        "product_id": _text(given, "stock_bound.product_id"),
        "at_most": _of(given, "stock_bound.at_most", _whole),
    }


def _by_language(given: Given, name: str) -> dict[str, str]:
    texts = {lang: given.get(f"{name}.{lang}", "").strip() for lang in LANGUAGES}
    return {lang: text for lang, text in texts.items() if text}


def _text(given: Given, name: str) -> str | None:
    return given.get(name, "").strip() or None


def _of(given: Given, name: str, read: Any) -> Any:
    text = _text(given, name)
    return None if text is None else read(text)


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text


def share(text: str) -> float | str:
    """12,5 or 12.5 % as 0.125; what is no number stays as it is, to be refused."""
    found = _decimal(text.rstrip("% "))
    return text if found is None else float(found / 100)


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None


# -- to the form ------------------------------------------------------------------------------------------


def form_of(definition: Definition, written: Written) -> Given:
    """The definition as the form's fields hold it."""
    given: Given = MultiDict()
    for name in ("offer_id", "kind", "stacking", "after_dismissal_of"):
        given[name] = definition[name] or ""
    given.setlist("placements", definition["placements"])
    _fill(given, "parameters.", definition["kind"], definition["parameters"], written)
    for number, condition in enumerate(definition["conditions"]):
        given[f"conditions.{number}.kind"] = condition["kind"]
        _fill(given, f"conditions.{number}.", condition["kind"], condition, written)
    for name in ("title", "text"):
        given.update({f"{name}.{lang}": text for lang, text in definition[name].items()})
    given["budget.total_minor"] = written.amount(definition["budget"]["total_minor"])
    given["budget.count"] = _plain(definition["budget"]["count"])
    for name in _NUMBERS:
        above, _, last = name.rpartition(".")
        given[name] = _plain((definition[above] if above else definition)[last])
    for name in ("starts_at", "ends_at"):
        given[name] = written.local(definition[name])
    bound = definition["stock_bound"] or {}
    given.update({f"stock_bound.{name}": _plain(bound.get(name)) for name in ("product_id", "at_most")})
    given.update({name: "on" for name in ("paused", "confirmed") if definition[name]})
    return given


def new_form(kind: str, offer_id: str) -> Given:
    """The form of a new offer of `kind`: its defaults, paused until it is let go; a bundle's where bundles
    are, any other in the checkout.
    """
    given: Given = MultiDict({"kind": kind, "offer_id": offer_id, "stacking": "alone", "paused": "on"})
    given.update({"caps.per_person": "1", "caps.period_days": "30", "priority": "0", "hold_hours": "24"})
    given.setlist("placements", ["product", "cart"] if kind == "bundle" else ["checkout"])
    with_defaults(given, kind, "parameters.")
    return given


def with_defaults(given: Given, owner: str, prefix: str) -> None:
    """Put what the kind or condition `owner` takes where nothing is said into its fields."""
    cls = KINDS.get(owner) or CONDITIONS[owner]
    for each in parameters_of(cls):
        if each.default is not REQUIRED and each.default is not None:
            given.setlist(f"{prefix}{each.name}", _shown(each.form, each.default, None))


def _fill(given: Given, prefix: str, owner: str, values: Mapping[str, Any], written: Written) -> None:
    cls = KINDS.get(owner) or CONDITIONS[owner]
    for each in parameters_of(cls):
        value = values[each.name]
        if each.form.name == "share" and value is not None:
            value = round(value * 1_000_000)
        given.setlist(f"{prefix}{each.name}", _shown(each.form, value, written))


def _shown(form: Form, value: Any, written: Written | None) -> list[str]:
    if value is None:
        return []
    if form.name in ("languages", "weekdays"):
        return [str(each) for each in value]
    if form.name == "minor" and written is not None:
        return [written.amount(value)]
    if form.name == "share":
        return [percent(value)]
    joined: Iterable[Any] = (value,) if isinstance(value, str | int) else value
    return [("\n" if form.name == "ids" else ", ").join(str(each) for each in joined)]


def percent(millionths: int) -> str:
    """100000 as 10."""
    return (
        f"{Decimal(millionths) / 10_000:f}".rstrip("0").rstrip(".")
        if millionths % 10_000
        else str(millionths // 10_000)
    )


def _plain(value: Any) -> str:
    return "" if value is None else str(value)
