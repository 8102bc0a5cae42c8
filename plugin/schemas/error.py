"""The one shape of every error."""

from marshmallow import Schema, fields


class ErrorOut(Schema):
    """What went wrong: `reason` is a stable word for programs, `message` says to a person what to do."""

    code = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    status = fields.String(required=True, metadata={"description": "The HTTP status in words."})
    reason = fields.String(required=True)
    message = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata={"description": "What is wrong with each field at fault, by its path."},
    )
