"""What a merchant says of bundles: how dear they may be, those of their own, and those not to show."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from plugin.offers import promises
from plugin.offers.words import LANGUAGES
from plugin.schemas.parts import identifier, storable

FEWEST, MOST = 2, 4
MOST_MADE, MOST_FORBIDDEN = 1_000, 10_000


def _products(least: int = FEWEST) -> fields.List[str]:
    return fields.List(identifier(required=True), required=True, validate=validate.Length(least, MOST))


class MadeBundle(Schema):
    """A bundle of the merchant's own, or one that was found and is to come first, perhaps by a name."""

    products = _products()
    title = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LANGUAGES)),
        values=fields.String(validate=[validate.Length(1, 120), storable]),
        load_default=dict,
        metadata={"description": "By language; where there is none, the widget's own heading."},
    )

    @validates_schema
    def is_each_once(self, data: dict[str, Any], **_options: Any) -> None:
        """Two of one thing are no bundle."""
        products = data.get("products", ())
        if len(set(products)) < len(products):
            raise ValidationError({"products": ["Each product once."]})

    @validates("title")
    def presses_for_nothing(self, title: dict[str, str], **_options: Any) -> None:
        """A bundle has no deadline, so its name has no word of one."""
        errors = {
            lang: found
            for lang, text in title.items()
            if (found := list(promises.faults(text, has_deadline=False, has_stock_bound=False)))
        }
        if errors:
            raise ValidationError(errors)


class BundleSettings(Schema):
    """How bundles are chosen."""

    reach_share = fields.Float(
        load_default=1.0,
        validate=validate.Range(0.0, 10.0),
        metadata={
            "description": "What is found to go with a product costs together at most this share of its "
            "price; one dearer bundle may stand beside."
        },
    )
    made = fields.List(
        fields.Nested(MadeBundle),
        load_default=list,
        validate=validate.Length(max=MOST_MADE),
        metadata={"description": "Shown before all that Encore finds, in this order."},
    )
    forbidden = fields.List(
        _products(1),
        load_default=list,
        validate=validate.Length(max=MOST_FORBIDDEN),
        metadata={"description": "Products that are shown together in no bundle; one alone: in none at all."},
    )
