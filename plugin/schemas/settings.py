"""What a merchant can set, as stored and as sent: every field with its default and its bounds."""

from typing import cast

from marshmallow import Schema, fields, validate

from plugin.schemas.parts import identifier, storable

PLACEMENTS = ("product", "cart", "checkout", "thank_you", "home", "email")


class PlacementSettings(Schema):
    """One placement's widget: shown or not, its heading (empty: the language's own), how many at the most."""

    on = fields.Boolean(load_default=True)
    title = fields.String(load_default="", validate=[validate.Length(max=120), storable])
    limit = fields.Integer(load_default=6, validate=validate.Range(1, 24))


class ShopSettings(Schema):
    """Everything of one shop that its merchant can set."""

    stopped = fields.Boolean(load_default=False, metadata={"description": "Every widget is silent."})
    only_me = fields.Boolean(
        load_default=False, metadata={"description": "Widgets show to holders of a preview link alone."}
    )
    placements = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PLACEMENTS)),
        values=fields.Nested(PlacementSettings),
        load_default=dict,
    )
    excluded_product_ids = fields.List(
        identifier(required=True),
        load_default=list,
        validate=validate.Length(max=10_000),
    )
    retrain_hour = fields.Integer(
        load_default=4,
        validate=validate.Range(0, 23),
        metadata={"description": "Hour of the day, in the shop's time zone."},
    )
    retrain_after_orders = fields.Integer(load_default=500, validate=validate.Range(1, 1_000_000))
    attribution_window_days = fields.Integer(load_default=7, validate=validate.Range(1, 90))
    holdout_share = fields.Float(load_default=0.1, validate=validate.Range(0.0, 0.5))


def bounds(name: str) -> tuple[float, float | None]:
    """Least and greatest value (of a text: length) of a setting or a placement's; None: no greatest."""
    field = {**PlacementSettings().fields, **ShopSettings().fields}[name]
    validator = cast(validate.Range | validate.Length, field.validators[0])
    return validator.min or 0, validator.max
