"""The question for an offer, accepting and dismissing, and their answers, as they go over the wire."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from plugin.offers.bundles import LONGEST_ID, products_of
from plugin.offers.serving import OfferRequest
from plugin.schemas.bundle_settings import FEWEST, MOST
from plugin.schemas.offer import PLACEMENTS
from plugin.schemas.parts import MAX_ID
from plugin.schemas.recommendation import CART, MOST_CART_LINES, StorefrontQuery, asker
from plugin.serving.request import CartLine

_ID = validate.Length(1, MAX_ID)
_MOST_QUANTITY = 999_999


class BundleField(fields.Field[tuple[str, ...]]):
    """A bundle_id, as the products that it names."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> tuple[str, ...]:
        products = products_of(str(value)[: LONGEST_ID + 1])
        whole = isinstance(value, str) and len(value) <= LONGEST_ID and all(products)
        if not (whole and FEWEST <= len(set(products)) == len(products) <= MOST):
            raise ValidationError("Not a bundle_id that was served.")
        return products


BUNDLE = BundleField(
    data_key="bundle_id",
    load_default=(),
    metadata={"type": "string", "description": "The bundle that the offer was shown for, if it was one."},
)


class OfferQuery(StorefrontQuery):
    """The parameters of `GET /v1/offers`; loads to an `OfferRequest`."""

    placement = fields.String(required=True, validate=validate.OneOf(PLACEMENTS))
    cart = CART
    total_minor = fields.Integer(
        load_default=None,
        metadata={"description": "What the page believes; nothing is worked out with it."},
    )

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> OfferRequest:
        """The checked parameters as serving takes them."""
        return offer_request(data, data["placement"], data["cart"])


def offer_request(
    data: Mapping[str, Any], placement: str, cart: Iterable[CartLine], bundle: tuple[str, ...] = ()
) -> OfferRequest:
    """The question that the fields of a `StorefrontQuery` ask at `placement` with `cart`."""
    return OfferRequest(
        key=data["key"],
        placement=placement,
        cart=tuple(cart),
        lang=data["lang"],
        country=data["country"],
        currency=data["currency"],
        preview=data["preview"],
        asker=asker(data),
        bundle=bundle,
    )


class CartLineIn(Schema):
    """One line of the cart."""

    class Meta:
        """A page may say more."""

        unknown = EXCLUDE

    product_id = fields.String(required=True, validate=_ID)
    variant_id = fields.String(load_default=None, allow_none=True, validate=_ID)
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, _MOST_QUANTITY))


class WishIn(StorefrontQuery):
    """The body of accept and dismiss: the slate that showed the offer, the cart, and who asks."""

    slate_id = fields.String(required=True, validate=_ID)
    bundle = BUNDLE
    cart = fields.List(
        fields.Nested(CartLineIn), load_default=list, validate=validate.Length(max=MOST_CART_LINES)
    )

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> tuple[str, OfferRequest]:
        """The slate, and the question as it would be asked again; the slate says where it was shown."""
        lines = (CartLine(**line) for line in data["cart"])
        return data["slate_id"], offer_request(data, "", lines, data["bundle"])


class LineOut(Schema):
    """A line of what is promised; amounts in minor units, `discount_minor` for the whole line."""

    product_id = fields.String(required=True)
    variant_id = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    price_minor = fields.Integer(required=True)
    discount_minor = fields.Integer(required=True)
    added = fields.Boolean(
        required=True, metadata={"description": "The offer puts it into the cart, or needs it there."}
    )


class OfferOut(Schema):
    """The offer as a page shows it. Only `reference_minor` may be crossed out."""

    offer_id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    conditions = fields.List(fields.String(), required=True)
    currency = fields.String(required=True)
    total_minor = fields.Integer(required=True)
    price_minor = fields.Integer(required=True)
    saving_minor = fields.Integer(required=True)
    reference_minor = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The cart at the lowest prices of the last 30 days, where they are known."},
    )
    missing_minor = fields.Integer(
        required=True,
        metadata={"description": "What the cart lacks before this can be accepted; 0: nothing."},
    )
    lines = fields.List(fields.Nested(LineOut), required=True, metadata={"description": "What it adds."})
    ends_at = fields.DateTime(required=True, allow_none=True)
    silence_days = fields.Integer(
        required=True, metadata={"description": "How long it is not shown again to who dismisses it."}
    )


class OfferAnswerOut(Schema):
    """At most one offer; none is a good answer, and `strategy` says so."""

    slate_id = fields.String(required=True)
    placement = fields.String(required=True)
    strategy = fields.String(required=True, validate=validate.OneOf(("offer", "empty", "stopped")))
    arm = fields.String(required=True, allow_none=True, validate=validate.OneOf(("encore", "holdout")))
    offer = fields.Nested(OfferOut, required=True, allow_none=True)


class TermsOut(Schema):
    """What is promised; the shop's server takes the same off the order."""

    offer_id = fields.String(required=True)
    kind = fields.String(required=True)
    redeemed_by = fields.String(required=True)
    parameters = fields.Dict(
        required=True, metadata={"description": "Those of a kind that the shop keeps itself, such as `days`."}
    )
    currency = fields.String(required=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    discount_minor = fields.Integer(required=True)
    shipping_discount_minor = fields.Integer(required=True)
    later_minor = fields.Integer(required=True)
    later_days = fields.Integer(required=True)
    total_minor = fields.Integer(required=True)
    price_minor = fields.Integer(required=True)
    saving_minor = fields.Integer(required=True)


class AcceptedOfferOut(Schema):
    """A promise: the code, the token that binds it to these terms, and until when it is kept."""

    code = fields.String(required=True)
    token = fields.String(required=True)
    expires_at = fields.DateTime(required=True)
    terms = fields.Nested(TermsOut, required=True)


PROOF = fields.Dict(
    required=True,
    allow_none=True,
    keys=fields.String(),
    values=fields.Integer(),
    metadata={
        "description": "The sum, in minor units and net of tax: revenue - discount - cost - shipping_cost - "
        "fees - later = margin; the offer holds where that is no less than floor. Null: a cost is not known."
    },
)


class OfferExplainedOut(Schema):
    """One offer: shown, or the reason why not; what it would mean, and the sum of the margin floor."""

    offer_id = fields.String(required=True)
    shown = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)
    terms = fields.Nested(TermsOut, required=True, allow_none=True)
    proof = PROOF


class PromiseOut(Schema):
    """What was promised when an offer was accepted, with the sum of the margin floor as it stood then."""

    code = fields.String(required=True)
    offer_id = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("accepted", "redeemed", "expired")))
    accepted_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    order_id = fields.String(required=True, allow_none=True)
    loss_minor = fields.Integer(required=True)
    terms = fields.Nested(TermsOut, required=True)
    proof = PROOF
