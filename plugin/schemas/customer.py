"""A customer as the shop sends it: no name and no postal address, ever."""

from marshmallow import Schema, fields, validate

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
