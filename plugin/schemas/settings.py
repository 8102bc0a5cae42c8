"""What a merchant can set, as stored and as sent: every field with its default and its bounds."""

from typing import Any, cast

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.schemas.bundle_settings import BundleSettings
from plugin.schemas.offer_settings import OfferSettings
from plugin.schemas.parts import MAX_ID, identifier, storable

PLACEMENTS = ("product", "cart", "checkout", "thank_you", "home", "email")
OBJECTIVES = ("hits", "revenue", "margin")
MOST_CATEGORIES = 5_000


def categories(description: str) -> fields.List[str]:
    """Names of categories, as products carry them."""
    name = fields.String(validate=[validate.Length(1, MAX_ID), storable])
    most = validate.Length(max=MOST_CATEGORIES)
    return fields.List(name, load_default=list, validate=most, metadata={"description": description})


class PlacementSettings(Schema):
    """One placement's widget: shown or not, its heading (empty: the language's own), how many at the most."""

    on = fields.Boolean(load_default=True)
    title = fields.String(load_default="", validate=[validate.Length(max=120), storable])
    limit = fields.Integer(load_default=6, validate=validate.Range(1, 24))


class UpsellSettings(Schema):
    """How much dearer a better version may be, and how dear an add-on, in shares of the price in view."""

    least_share = fields.Float(load_default=1.1, validate=validate.Range(1.0, 10.0))
    greatest_share = fields.Float(load_default=1.6, validate=validate.Range(1.0, 10.0))
    add_on_share = fields.Float(
        load_default=0.25,
        validate=validate.Range(0.0, 1.0),
        metadata={"description": "Shown where there is no better version; 0: none."},
    )

    @validates_schema
    def has_room(self, data: dict[str, Any], **_options: Any) -> None:
        """The least is not above the greatest."""
        if data.get("least_share", 1.0) > data.get("greatest_share", 10.0):
            raise ValidationError({"greatest_share": ["Not below least_share."]})


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
    objective = fields.String(
        load_default="hits",
        validate=validate.OneOf(OBJECTIVES),
        metadata={"description": "What a suggestion is to bring. Takes effect with the next training."},
    )
    diversity = fields.Float(
        load_default=0.0,
        validate=validate.Range(0.0, 1.0),
        metadata={
            "description": "How far a list is spread over categories. Takes effect with the next training."
        },
    )
    habits = fields.Boolean(
        load_default=True,
        metadata={
            "description": "What fewer than three customers bought together may bring a suggestion; it is "
            "never told as a reason. Takes effect with the next training."
        },
    )
    sensitive_categories = categories(
        "Never in a personal suggestion or reason: at once. They steer none: from the next training on."
    )
    bought_once_categories = categories("Who bought one is not offered one again. With the next training.")
    bought_again_categories = categories("Used up and bought again. With the next training.")
    no_upsell_categories = categories("Nothing of these is shown as an upsell, nor beside them: at once.")
    retrain_hour = fields.Integer(
        load_default=4,
        validate=validate.Range(0, 23),
        metadata={"description": "Hour of the day, in the shop's time zone."},
    )
    retrain_every_hours = fields.Integer(
        load_default=24,
        validate=validate.Range(1, 24),
        metadata={"description": "Counted from `retrain_hour` on; in between only if there are new orders."},
    )
    retrain_after_orders = fields.Integer(load_default=500, validate=validate.Range(1, 1_000_000))
    attribution_window_days = fields.Integer(load_default=7, validate=validate.Range(1, 90))
    holdout_share = fields.Float(load_default=0.1, validate=validate.Range(0.0, 0.5))
    offers = fields.Nested(OfferSettings, load_default=lambda: OfferSettings().load({}))
    bundles = fields.Nested(BundleSettings, load_default=lambda: BundleSettings().load({}))
    upsells = fields.Nested(UpsellSettings, load_default=lambda: UpsellSettings().load({}))

    @validates_schema
    def once_or_again(self, data: dict[str, Any], **_options: Any) -> None:
        """A category cannot be bought once and bought again."""
        both = {*data.get("bought_once_categories", ())} & {*data.get("bought_again_categories", ())}
        if both:
            text = f"Also under bought_again_categories: {', '.join(sorted(both))}."
            raise ValidationError({"bought_once_categories": [text]})


def bounds(name: str) -> tuple[float, float | None]:
    """Least and greatest value (of a text: length) of a setting or a placement's; None: no greatest."""
    field = {**PlacementSettings().fields, **ShopSettings().fields}[name]
    validator = cast(validate.Range | validate.Length, field.validators[0])
    return validator.min or 0, validator.max
