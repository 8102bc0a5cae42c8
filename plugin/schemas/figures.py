"""Figures as they go over the wire; what each means stands in `plugin.measurement`."""

from marshmallow import Schema, fields, validate


class FiguresQuery(Schema):
    """Over which days."""

    days = fields.Integer(
        load_default=28,
        validate=validate.Range(1, 366),
        metadata={"description": "So many calendar days in the shop's time zone, today among them."},
    )


class PlacementFiguresOut(Schema):
    """One placement; `placement` null: all together."""

    placement = fields.String(allow_none=True)
    shown = fields.Integer()
    clicked = fields.Integer()
    click_share = fields.Float(allow_none=True)
    added = fields.Integer()
    bought_after = fields.Integer()


class PlacementsOut(Schema):
    """Shown, clicked and bought after by placement."""

    placements = fields.List(fields.Nested(PlacementFiguresOut))


class DayFiguresOut(Schema):
    """One calendar day of the shop."""

    day = fields.Date()
    shown = fields.Integer()
    clicked = fields.Integer()


class DaysOut(Schema):
    """Shown and clicked by day, no day left out."""

    days = fields.List(fields.Nested(DayFiguresOut))


class ArmFiguresOut(Schema):
    """One arm of the comparison; null where the arm has no visitor, or no price is known."""

    arm = fields.String()
    visitors = fields.Integer()
    shown = fields.Integer()
    clicked = fields.Integer()
    buyers = fields.Integer()
    orders = fields.Integer()
    conversion_share = fields.Float(allow_none=True)
    revenue_minor = fields.Integer(allow_none=True)
    revenue_per_visitor_minor = fields.Float(allow_none=True)


class OutsideOut(Schema):
    """What visitors outside the comparison saw."""

    shown = fields.Integer()
    clicked = fields.Integer()
    bought_after = fields.Integer()


class DifferenceOut(Schema):
    """Encore minus holdout with its 95 % interval; all null with a `reason` while too little is known."""

    value = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    reason = fields.String(allow_none=True)


class ArmsOut(Schema):
    """With and without Encore, by intention to treat."""

    currency = fields.String()
    encore = fields.Nested(ArmFiguresOut)
    holdout = fields.Nested(ArmFiguresOut)
    outside = fields.Nested(OutsideOut)
    conversion_difference = fields.Nested(DifferenceOut)
    revenue_difference_minor = fields.Nested(DifferenceOut)
