"""An order as the shop sends it, with its lines."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate

from plugin.schemas.parts import (
    MAX_MINOR,
    MAX_QUANTITY,
    Moment,
    Row,
    currency,
    identifier,
    minor,
    text,
    texts,
)

STATUSES = ("placed", "paid", "fulfilled", "cancelled", "refunded")
MAX_LINES = 1_000
MAX_EMAIL = 320


class OrderLine(Row):
    """One product of an order. A missing `line_id` is its ordinal among equal products of the order."""

    line_id = identifier()
    product_id = identifier(required=True)
    variant_id = identifier()
    quantity = fields.Float(
        required=True,
        validate=validate.Range(-MAX_QUANTITY, MAX_QUANTITY),
        metadata={"description": "Negative: a return."},
    )
    unit_price_minor = minor()
    discount_minor = minor(-MAX_MINOR)
    tax_minor = minor(-MAX_MINOR)


def distinct_line_ids(lines: Sequence[dict[str, Any]]) -> None:
    """Refuse lines of one order that share a `line_id`."""
    given = [line["line_id"] for line in lines if line["line_id"] is not None]
    if len(set(given)) < len(given):
        raise ValidationError("Two lines have the same line_id.")


class Order(Row):
    """An order; it replaces the one with its id, lines and all, unless its `updated_at` is older."""

    order_id = identifier(required=True)
    ordered_at = Moment(required=True, allow_none=False)
    updated_at = Moment(load_default=None)
    status = fields.String(load_default="paid", allow_none=True, validate=validate.OneOf(STATUSES))
    currency = currency()
    prices_include_tax = fields.Boolean(allow_none=True, load_default=None)
    customer_id = identifier()
    email = text(MAX_EMAIL, description="Hashed on arrival.")
    visitor_id = identifier()
    slate_ids = texts(50, 500)
    coupon_codes = texts(50)
    shipping_minor = minor()
    lines = fields.List(
        fields.Nested(OrderLine),
        required=True,
        validate=[validate.Length(max=MAX_LINES), distinct_line_ids],
    )
