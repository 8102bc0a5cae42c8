"""What jobs kept to say of a delivery or a reading, which is English, in the merchant's language."""

import re

from flask_babel import gettext

_ANSWERS = re.compile(r"(\w+)'s API answers (\d+)\.")
_NOT_JSON = re.compile(r"(\w+)'s API answers with something that is not JSON\.")
_LACKS = re.compile(r"This is not what its topic promises: it has no (.+)\.")


def told(message: str) -> str:
    """The message; in English where it names what nobody could know beforehand."""
    return _always_the_same().get(message) or _with_names(message) or message


def _with_names(message: str) -> str | None:
    if found := _ANSWERS.fullmatch(message):
        name, status = found.groups()
        return str(gettext("%(platform)s's API answers %(status)s.", platform=name, status=status))
    if found := _NOT_JSON.fullmatch(message):
        text = gettext("%(platform)s's API answers with something that is not JSON.", platform=found[1])
        return str(text)
    if found := _LACKS.fullmatch(message):
        return str(gettext("This is not what its topic promises: it has no %(fields)s.", fields=found[1]))
    return None


def _always_the_same() -> dict[str, str]:
    return {
        "The body is not JSON.": gettext("The body is not JSON."),
        "The body is not a JSON object.": gettext("The body is not a JSON object."),
        "It has not the form that its platform documents.": gettext(
            "It has not the form that its platform documents."
        ),
        "Encore could not work this; its log says why.": gettext(
            "Encore could not work this; its log says why."
        ),
        "Encore could not read what the API told; its log says why.": gettext(
            "Encore could not read what the API told; its log says why."
        ),
        "The shop is no longer connected to this platform.": gettext(
            "The shop is no longer connected to this platform."
        ),
        "It does not say what to look at: it has no entityId.": gettext(
            "It does not say what to look at: it has no entityId."
        ),
        "This is not what its topic promises: it is no customer.": gettext(
            "This is not what its topic promises: it is no customer."
        ),
        "This is not what its topic promises: it names more than the shop.": gettext(
            "This is not what its topic promises: it names more than the shop."
        ),
        "This is not what its topic promises: a deletion has an id alone.": gettext(
            "This is not what its topic promises: a deletion has an id alone."
        ),
    }
