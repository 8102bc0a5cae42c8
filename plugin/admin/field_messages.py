"""What is said of a rejected row's fields, which is English, in the merchant's language."""

import re
from collections.abc import Callable

from flask_babel import gettext

_NEXT = re.compile(r"; (?=\S+: )")
"""Between what is said of one field and of the next."""


def of_fields(message: str) -> str | None:
    """The message, `17: lines.0.quantity: Not a valid number.; …`, or None if it is of another form."""
    parts = [_said(each) for each in _NEXT.split(message)]
    return " ".join(each or "" for each in parts) if all(parts) else None


def _said(part: str) -> str | None:
    """Of one field: its name stays, what is wrong with it is said."""
    where, _, sentence = part.rpartition(": ")
    for begins in (": Must be one of: ", ": Must be greater"):
        before, found, rest = part.rpartition(begins)
        if found:
            where, sentence = before, found[2:] + rest
    translated = _always_the_same().get(sentence) or _with_numbers(sentence)
    return f"{where}: {translated}" if where and translated else None


def _with_numbers(sentence: str) -> str | None:
    for form, words in _FORMS:
        if found := form.fullmatch(sentence):
            return words(*found.groups())
    return None


_FORMS: tuple[tuple[re.Pattern[str], Callable[..., str]], ...] = (
    (
        re.compile(r"Longer than maximum length (\d+)\."),
        lambda most: gettext("Longer than maximum length %(most)s.", most=most),
    ),
    (
        re.compile(r"Length must be between (\d+) and (\d+)\."),
        lambda least, most: gettext("Length must be between %(least)s and %(most)s.", least=least, most=most),
    ),
    (
        re.compile(r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\."),
        lambda least, most: gettext(
            "Must be greater than or equal to %(least)s and less than or equal to %(most)s.",
            least=least,
            most=most,
        ),
    ),
    (
        re.compile(r"Must be one of: (.+)\."),
        lambda words: gettext("Must be one of: %(words)s.", words=words),
    ),
)


def _always_the_same() -> dict[str, str]:
    return {
        "Field may not be null.": gettext("Field may not be null."),
        "Holds a NUL character or half a character; leave it out.": gettext(
            "Holds a NUL character or half a character; leave it out."
        ),
        "Missing data for required field.": gettext("Missing data for required field."),
        "Must be MM-DD.": gettext("Must be MM-DD."),
        "Must be a currency of three capital letters, such as EUR.": gettext(
            "Must be a currency of three capital letters, such as EUR."
        ),
        "Must be an object with named fields.": gettext("Must be an object with named fields."),
        "Must be two letters, such as ES.": gettext("Must be two letters, such as ES."),
        "Must lie between 1970 and 2200.": gettext("Must lie between 1970 and 2200."),
        "Not a valid boolean.": gettext("Not a valid boolean."),
        "Not a valid datetime.": gettext("Not a valid datetime."),
        "Not a valid integer.": gettext("Not a valid integer."),
        "Not a valid list.": gettext("Not a valid list."),
        "Not a valid number.": gettext("Not a valid number."),
        "Not a valid string.": gettext("Not a valid string."),
        "Special numeric values (nan or infinity) are not permitted.": gettext(
            "Special numeric values (nan or infinity) are not permitted."
        ),
        "Two lines have the same line_id.": gettext("Two lines have the same line_id."),
        "Two variants have the same variant_id.": gettext("Two variants have the same variant_id."),
        "Unknown field.": gettext("Unknown field."),
    }
