"""What parameters a kind or condition may have: their types, from which the schema of the wire follows."""

import dataclasses
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints


class Form(NamedTuple):
    """How a parameter is sent: `name` of the form, and its bounds."""

    name: str
    least: int = 0
    greatest: int | None = None


Share = Annotated[int, Form("share", 1, 1_000_000)]
"""Sent as 0..1, held in millionths."""
Minor = Annotated[int, Form("minor", 1)]
Count = Annotated[int, Form("count", 1, 1_000)]
Days = Annotated[int, Form("count", 1, 366)]
Hour = Annotated[int, Form("count", 0, 24)]
ProductId = Annotated[str, Form("id")]
Text = Annotated[str, Form("text", 1, 500)]
ProductIds = Annotated[tuple[str, ...], Form("ids", 1, 100)]
BundleIds = Annotated[tuple[str, ...], Form("ids", 2, 4)]
Categories = Annotated[tuple[str, ...], Form("ids", 1, 100)]
Countries = Annotated[tuple[str, ...], Form("countries", 1, 250)]
Languages = Annotated[tuple[str, ...], Form("languages", 1, 4)]
Weekdays = Annotated[tuple[int, ...], Form("weekdays", 1, 7)]
"""1 is Monday, 7 is Sunday."""


class Parameter(NamedTuple):
    """One parameter of a class: its name, form, and default (`REQUIRED` where there is none)."""

    name: str
    form: Form
    default: Any


REQUIRED = dataclasses.MISSING


def parameters_of(owner: type[Any]) -> list[Parameter]:
    """The parameters of a kind or condition: the fields of its dataclass."""
    hints = get_type_hints(owner, include_extras=True)
    return [
        Parameter(field.name, _form(hints[field.name]), field.default) for field in dataclasses.fields(owner)
    ]


def _form(hint: Any) -> Form:
    """The form of `Annotated[…]`, or of `Annotated[…] | None`."""
    for each in (hint, *get_args(hint)):
        form = next((found for found in getattr(each, "__metadata__", ()) if isinstance(found, Form)), None)
        if form is not None:
            return form
    raise TypeError(f"{hint} is no parameter: use a type of plugin.offers.parameters.")
