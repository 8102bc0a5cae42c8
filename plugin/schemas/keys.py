"""Keys and trainings as they go over the wire."""

from marshmallow import Schema, fields


class KeysOut(Schema):
    """New keys in clear, shown this once; of each kind the newest two are valid."""

    public = fields.String()
    secret = fields.String()
    signing = fields.String()


class TrainingOut(Schema):
    """A training and how far it has come."""

    training_id = fields.Integer()
    cause = fields.String()
    status = fields.String()
    requested_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    message = fields.String(allow_none=True)
    model_version = fields.Integer(allow_none=True)
    reason = fields.String(
        allow_none=True, metadata={"description": "How it ended, in a word that stays the same."}
    )
    details = fields.Dict(allow_none=True, metadata={"description": "The figures behind the reason."})
