"""Redeeming an accepted offer, as the shop's server sends it and is answered."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from plugin.offers.claims import Claim
from plugin.schemas.parts import MAX_MINOR, MAX_QUANTITY, Row, identifier, storable

CURRENCY = validate.Regexp(r"^[A-Z]{3}\Z", error="Must be a currency such as EUR.")
_MINOR = validate.Range(0, MAX_MINOR)


class RedemptionLine(Row):
    """A line of the order, at the price before any discount."""

    product_id = identifier(required=True)
    variant_id = identifier()
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, int(MAX_QUANTITY)))
    unit_price_minor = fields.Integer(required=True, strict=True, validate=_MINOR)


class RedemptionIn(Row):
    """The body of `POST /v1/redemptions`; loads to a `Claim`. All sums are the shop's own."""

    code = fields.String(required=True, validate=[validate.Length(1, 50), storable])
    token = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 2_000))
    order_id = identifier(required=True)
    currency = fields.String(required=True, validate=CURRENCY)
    total_minor = fields.Integer(
        required=True,
        strict=True,
        validate=_MINOR,
        metadata={"description": "What the shopper pays; without tax where the catalogue's prices are."},
    )
    discount_minor = fields.Integer(
        required=True, strict=True, validate=_MINOR, metadata={"description": "What this code takes off."}
    )
    other_discounts_minor = fields.Integer(strict=True, load_default=0, allow_none=True, validate=_MINOR)
    shipping_minor = fields.Integer(strict=True, load_default=0, allow_none=True, validate=_MINOR)
    free_shipping = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Whether shipping costs nothing because of this code; refused if it was not "
            "promised. Say it where the terms have come by way of a browser."
        },
    )
    lines = fields.List(fields.Nested(RedemptionLine), required=True, validate=validate.Length(1, 1_000))

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> Claim:
        """As offers take it."""
        return Claim(**data)


class VoucherOut(Schema):
    """A code for another order: to be told to the shopper."""

    code = fields.String(required=True)
    value_minor = fields.Integer(required=True)
    currency = fields.String(required=True)
    expires_at = fields.DateTime(required=True)


class RedemptionOut(Schema):
    """A promise kept; the same again gives the same."""

    redemption_id = fields.String(required=True)
    order_id = fields.String(required=True)
    discount_minor = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    voucher = fields.Nested(
        VoucherOut,
        required=True,
        allow_none=True,
        metadata={
            "description": "What was promised for another order, or stands in for a gift out of stock."
        },
    )
