"""A reason in the merchant's voice, with the counts behind it; and what sources and rules are called."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from plugin.serving.candidates import Candidate
from plugin.serving.merchant_words import LANGUAGES, RULES, SENTENCES, SOURCES

LEAST_CUSTOMERS = 3
"""A pair that fewer customers made is no reason: it could tell what one person bought."""


def source(kind: str, lang: str) -> str:
    """What a source is called."""
    return SOURCES.get(kind, (kind,) * len(LANGUAGES))[LANGUAGES.index(lang)]


def rule(name: str, lang: str) -> str:
    """What a rule did, in a sentence."""
    return RULES.get(name, (name,) * len(LANGUAGES))[LANGUAGES.index(lang)]


def sentences(candidate: Candidate, name: str | None, pair: Mapping[str, Any] | None, lang: str) -> list[str]:
    """The reason of `candidate` in full: `name` is what it speaks of, `pair` the orders behind it."""
    facts = {**candidate.evidence, "name": name or candidate.about}
    told = _of_pair(pair) if candidate.kind == "bought_together" else _of_kind(candidate.kind, facts)
    return [_filled(SENTENCES[lang][key], {**facts, **more}, lang) for key, more in told]


_Told = Iterator[tuple[str, Mapping[str, Any]]]


def _of_pair(pair: Mapping[str, Any] | None) -> _Told:
    if pair is None:
        return
    both, of_all = pair["orders_with_both"], pair["orders_with_cart_product"]
    yield "both", {"both": both, "all": of_all, "customers": pair["customers"]}
    if pair["lift"] is not None and pair["lift_interval"]:
        low, high = pair["lift_interval"]
        yield "lift", {"lift": pair["lift"], "low": low, "high": high}
    if pair["last_together_at"]:
        yield "last", {"date": pair["last_together_at"]}


def _of_kind(kind: str, facts: Mapping[str, Any]) -> _Told:
    if kind == "own_purchases":
        yield from _of_own(facts)
    elif kind == "popular":
        yield "popular" if facts.get("days") else "popular_ever", {}
    elif kind == "likeness":
        yield "likeness", {}
        yield from ((key, {}) for key in ("words", "category") if facts.get(key))
    else:
        yield kind, {}
    if "kept_percent" in facts:
        yield "kept", {}


def _of_own(facts: Mapping[str, Any]) -> _Told:
    yield "own", {}
    if facts.get("last_bought_at"):
        yield "own_last", {"date": facts["last_bought_at"]}
    if facts.get("due") and facts.get("usual_gap_days"):
        yield "due", {"days": facts["usual_gap_days"]}


def _filled(sentence: str, facts: Mapping[str, Any], lang: str) -> str:
    return sentence.format_map({name: _written(name, value, lang) for name, value in facts.items()})


def _written(name: str, value: Any, lang: str) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return format_decimal(round(value, 2) if value < 10 else round(value), locale=lang)
    if name == "date":
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return format_date(at, "medium", locale=lang)
    return str(value)
