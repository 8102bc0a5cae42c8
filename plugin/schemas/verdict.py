"""What became of rows that were sent."""

from marshmallow import Schema, fields


class VerdictOut(Schema):
    """What became of one row."""

    row = fields.Integer(required=True, metadata={"description": "Its place in what was sent, from 1."})
    id = fields.String(required=True, allow_none=True)
    verdict = fields.String(
        required=True,
        metadata={
            "description": "created, replaced, unchanged, older, rejected or, for a customer, erased before."
        },
    )
    message = fields.String(metadata={"description": "Why it was rejected."})
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class VerdictsOut(Schema):
    """One verdict a row, in their order, and how many there are of each."""

    verdicts = fields.List(fields.Nested(VerdictOut), required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
