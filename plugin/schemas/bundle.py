"""The question for bundles and its answer, as they go over the wire."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from plugin.offers.bundles import BundleRequest
from plugin.schemas.offer_request import offer_request
from plugin.schemas.parts import MAX_ID
from plugin.schemas.recommendation import CART, StorefrontQuery

MOST_BUNDLES = 6


class BundleQuery(StorefrontQuery):
    """The parameters of `GET /v1/bundles`; loads to a `BundleRequest`."""

    product = fields.String(
        load_default=None,
        validate=validate.Length(1, MAX_ID),
        metadata={"description": "The product in view; without one, bundles of what is in the cart."},
    )
    cart = CART
    limit = fields.Integer(load_default=3, validate=validate.Range(1, MOST_BUNDLES))

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> BundleRequest:
        """The checked parameters as serving takes them."""
        placement = "cart" if data["product"] is None else "product"
        return BundleRequest(offer_request(data, placement, data["cart"]), data["product"], data["limit"])


class BundleItemOut(Schema):
    """One product of a bundle, with its live price."""

    product_id = fields.String(required=True)
    variant_id = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    image_url = fields.String(required=True, allow_none=True)
    price_minor = fields.Integer(required=True)
    currency = fields.String(required=True)
    in_cart = fields.Boolean(required=True, metadata={"description": "It need not be added."})


class BundleOut(Schema):
    """Two to four products together, the one in view first. Only `reference_minor` may be crossed out."""

    bundle_id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True, metadata={"description": "The merchant's name."})
    support = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many customers bought it; null: the merchant put it together."},
    )
    currency = fields.String(required=True)
    total_minor = fields.Integer(required=True, metadata={"description": "One of each, one by one."})
    price_minor = fields.Integer(required=True)
    saving_minor = fields.Integer(required=True)
    reference_minor = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "At the lowest prices of the last 30 days, where that is above the price."},
    )
    offer_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The offer to accept for the saving; null: there is none."},
    )
    offer_slate_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What to accept it with, beside the `bundle_id`, as `slate_id`."},
    )
    conditions = fields.List(fields.String(), required=True)
    items = fields.List(fields.Nested(BundleItemOut), required=True)


class BundlesOut(Schema):
    """Bundles, the merchant's own first; none is a good answer, and `strategy` says so."""

    slate_id = fields.String(required=True)
    placement = fields.String(required=True)
    strategy = fields.String(required=True, validate=validate.OneOf(("bundle", "empty", "stopped")))
    arm = fields.String(required=True, allow_none=True, validate=validate.OneOf(("encore", "holdout")))
    bundles = fields.List(fields.Nested(BundleOut), required=True)
