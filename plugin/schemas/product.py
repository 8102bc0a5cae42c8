"""A product as the shop sends it, with its variants."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate

from plugin.schemas.parts import Moment, Row, identifier, minor, text, texts

MAX_VARIANTS = 1_000
MAX_STOCK = 10**12


class Variant(Row):
    """What is sold of a product. `stock` null: not tracked."""

    variant_id = identifier(required=True)
    title = text()
    price_minor = minor()
    cost_minor = minor()
    tax_share = fields.Float(allow_none=True, load_default=None, validate=validate.Range(0, 10))
    stock = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(-MAX_STOCK, MAX_STOCK)
    )


def distinct_variant_ids(variants: Sequence[dict[str, Any]]) -> None:
    """Refuse variants of one product that share an id."""
    if len({variant["variant_id"] for variant in variants}) < len(variants):
        raise ValidationError("Two variants have the same variant_id.")


class Product(Row):
    """A product; it replaces the one with its id, variants and all, unless its `updated_at` is older."""

    product_id = identifier(required=True)
    title = text(required=True)
    url = text()
    image_url = text()
    categories = texts(20)
    tags = texts(100)
    visible = fields.Boolean(load_default=True, allow_none=True)
    updated_at = Moment(load_default=None)
    variants = fields.List(
        fields.Nested(Variant),
        load_default=list,
        allow_none=True,
        validate=[validate.Length(max=MAX_VARIANTS), distinct_variant_ids],
    )
