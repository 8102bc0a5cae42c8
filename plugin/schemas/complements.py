"""What a merchant says goes with a product, as it is sent and told."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from plugin.schemas.parts import MAX_ID, Row, identifier, storable

MOST_COMPLEMENTS = 50


class Complements(Row):
    """The products chosen to go with one, best first; an empty list takes the choice back."""

    product_id = identifier(required=True)
    complements = fields.List(
        fields.String(validate=[validate.Length(1, MAX_ID), storable]),
        required=True,
        validate=validate.Length(max=MOST_COMPLEMENTS),
    )

    @validates_schema
    def others(self, data: dict[str, Any], **_options: Any) -> None:
        """A product is no complement of itself."""
        if data["product_id"] in data["complements"]:
            raise ValidationError({"complements": ["A product cannot be its own complement."]})


class ComplementsOut(Schema):
    """Every choice of the shop."""

    complements = fields.List(fields.Nested(Complements), required=True)
