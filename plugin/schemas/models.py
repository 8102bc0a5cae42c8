"""Trainings and models as they go over the wire."""

from marshmallow import Schema, fields, validate

from plugin.schemas.keys import TrainingOut


class TrainingsQuery(Schema):
    """How many."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class TrainingsOut(Schema):
    """The newest trainings, newest first."""

    trainings = fields.List(fields.Nested(TrainingOut))


class ModelOut(Schema):
    """A published model: what it learnt from and when, and why the gate let it through."""

    model_version = fields.Integer()
    in_use = fields.Boolean()
    trained_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime()
    as_of = fields.String(allow_none=True)
    n_orders = fields.Integer(allow_none=True)
    n_products = fields.Integer(allow_none=True)
    n_customers = fields.Integer(allow_none=True)
    reason = fields.String(
        allow_none=True, metadata={"description": "better, unproven or too_few_carts; null: not known."}
    )


class ModelsOut(Schema):
    """The models that can be used, newest first."""

    models = fields.List(fields.Nested(ModelOut))
    held = fields.Boolean(
        metadata={"description": "An older model was put in use by hand: the schedule trains no other."}
    )


class CardOut(ModelOut):
    """A model with its card."""

    card = fields.Dict(
        metadata={
            "description": "Counts, settings, weights; `evaluation`; the gate's `verdict` with its figures;"
            " `changes` of the lists beside the 100 most sold products against the model before."
        }
    )


class RollBack(Schema):
    """Which model is to be put in use; none: the one before the present one."""

    model_version = fields.Integer(strict=True, allow_none=True, load_default=None)
