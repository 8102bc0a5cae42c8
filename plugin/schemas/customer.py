"""A customer as the shop sends it: no name and no postal address, ever."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, post_dump, validate

from plugin.schemas.order import MAX_EMAIL
from plugin.schemas.parts import Moment, Row, identifier, text


class Consent(Row):
    """What the customer agreed to, and when; what is missing was not agreed to."""

    personal = fields.Boolean(load_default=False, allow_none=True)
    mail = fields.Boolean(load_default=False, allow_none=True)
    at = Moment(load_default=None)


class ErasureQuery(Schema):
    """Whether to wait for the next training."""

    retrain = fields.String(
        load_default=None,
        validate=validate.OneOf(["now"]),
        metadata={"description": "now: ask for a training without them at once."},
    )


class Customer(Row):
    """A customer; it replaces the one with its id, unless its consent is older."""

    customer_id = identifier(required=True)
    consent = fields.Nested(Consent, load_default=dict, allow_none=True)
    email = text(MAX_EMAIL, description="Kept encrypted, only with consent to mail.")
    language = text(35)
    country = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Regexp(r"^[A-Za-z]{2}\Z", error="Must be two letters, such as ES."),
    )
    birth_month_day = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Regexp(r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z", error="Must be MM-DD."),
    )


def _rows(description: str) -> fields.Field[Any]:
    return fields.List(fields.Dict(keys=fields.String()), metadata={"description": description})


class CustomerKept(Schema):
    """Everything that is kept of one person."""

    customer = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        metadata={"description": "null: they ordered, and nothing was sent of them."},
    )
    orders = _rows("Theirs, and those placed as a guest with the same address.")
    slates = _rows("What the browsers they ordered with were shown.")
    events = _rows("What was seen, clicked and bought there.")
    promises = _rows("Offers they accepted, with their terms.")
    dismissals = _rows("Offers they did not want to see.")

    @post_dump
    def as_texts(self, told: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Moments as ISO 8601."""
        return dict(_plain(told))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
