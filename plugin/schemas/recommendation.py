"""The question for a slate and its answer, as they go over the wire."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from plugin.schemas.settings import PLACEMENTS
from plugin.serving.request import COMPLEMENT, KINDS, OF_A_PRODUCT, Asker, CartLine, SlateRequest
from plugin.serving.slate_token import STRATEGIES

MOST_CART_LINES = 200
MOST_ITEMS = 24
MOST_REFUSED = 20
_ID = validate.Length(1, 200)
_PROOF = validate.Length(max=200)


class Cart(fields.Field[list[CartLine]]):
    """`product_id[/variant_id]:quantity`, comma separated, each id percent-encoded by itself."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[CartLine]:
        return cart_lines(str(value))


def cart_lines(value: str) -> list[CartLine]:
    """The lines of a cart as `Cart` takes it; ValidationError says what is wrong with it."""
    elements = value.split(",") if value else []
    if len(elements) > MOST_CART_LINES:
        raise ValidationError(f"At most {MOST_CART_LINES} items, not {len(elements)}.")
    return [_cart_line(element) for element in elements]


@lru_cache(16_384)  # carts name the same products again and again
def _cart_line(element: str) -> CartLine:
    product, colon, quantity = element.rpartition(":")
    product_id, slash, variant_id = product.partition("/")
    if not (colon and product_id and quantity.isascii() and quantity.isdigit() and len(quantity) <= 6):
        raise ValidationError("Each item is product_id:quantity or product_id/variant_id:quantity.")
    if not int(quantity):
        raise ValidationError("Each quantity is a whole number, at least 1.")
    return CartLine(_id(product_id), _id(variant_id) if slash else None, int(quantity))


def _id(encoded: str) -> str:
    return _ID(unquote(encoded))


CART = Cart(
    load_default=list,
    metadata={"type": "string", "description": "`a:1,b/red:2`, each id percent-encoded."},
)


class ProductIds(fields.Field[list[str]]):
    """Ids, comma separated, each percent-encoded by itself."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        elements = str(value).split(",") if value else []
        if len(elements) > MOST_REFUSED:
            raise ValidationError(f"At most {MOST_REFUSED} products, not {len(elements)}.")
        return [_id(element) for element in elements]


class StorefrontQuery(Schema):
    """What every storefront GET takes."""

    class Meta:
        """A shop's page may carry parameters of its own."""

        unknown = EXCLUDE

    key = fields.String(
        required=True, validate=_ID, metadata={"description": "The shop's public key, `pk_…`."}
    )
    lang = fields.String(load_default=None, validate=validate.Length(max=35))
    country = fields.String(load_default=None, validate=validate.Length(max=10))
    currency = fields.String(load_default=None, validate=validate.Length(max=10))
    consent = fields.String(load_default="none", validate=validate.OneOf(("none", "personal")))
    visitor_id = fields.String(load_default=None, validate=_ID)
    customer_id = fields.String(load_default=None, validate=_ID)
    customer_proof = fields.String(load_default=None, validate=_PROOF)
    cart_id = fields.String(load_default=None, validate=_ID)
    cart_proof = fields.String(load_default=None, validate=_PROOF)
    preview = fields.String(load_default=None, validate=_PROOF)


class WantedQuery(Schema):
    """What is wanted, and of which product or cart."""

    cart = CART
    product = fields.String(load_default=None, validate=_ID)
    kind = fields.String(
        load_default=COMPLEMENT,
        validate=validate.OneOf(KINDS),
        metadata={
            "description": "`complement`: what goes with it. `similar`: what is bought instead of `product`. "
            "`upsell`: at most one, a better version of `product` within the shop's bounds, else an "
            "add-on. The last two are the same for everybody."
        },
    )
    limit = fields.Integer(load_default=None, validate=validate.Range(1, MOST_ITEMS))
    refused = ProductIds(
        load_default=list,
        metadata={
            "type": "string",
            "description": "`upsell`: what the shopper did not want beside this product, `a,b`, each id "
            "percent-encoded. After one a cheaper one may come, after two none.",
        },
    )

    @validates_schema
    def of_a_product(self, data: Mapping[str, Any], **_options: Any) -> None:
        """Only a product has similar or better ones."""
        if data["kind"] in OF_A_PRODUCT and data["product"] is None:
            raise ValidationError(f"{data['kind'].capitalize()} to what? Name a `product`.", "kind")


class RecommendationQuery(StorefrontQuery, WantedQuery):
    """The parameters of `GET /v1/recommendations`; loads to a `SlateRequest`."""

    placement = fields.String(required=True, validate=validate.OneOf(PLACEMENTS))

    @post_load
    def typed(self, data: Mapping[str, Any], **kwargs: Any) -> SlateRequest:
        """The checked parameters as serving takes them."""
        shown = () if data["product"] is None else (data["product"],)
        return SlateRequest(
            key=data["key"],
            placement=data["placement"],
            product_ids=shown,
            left_out=frozenset(shown),
            limit=data["limit"],
            lang=data["lang"],
            preview=data["preview"],
            asker=asker(data),
            kind=data["kind"],
            refused=frozenset(data["refused"]),
        ).with_cart(data["cart"])


def asker(data: Mapping[str, Any]) -> Asker:
    """The fields of `data` that say who asks."""
    return Asker(
        data["consent"],
        data["visitor_id"],
        data["customer_id"],
        data["customer_proof"],
        data["cart_id"],
        data["cart_proof"],
    )


class ReasonOut(Schema):
    """Why a product is suggested: a word, a sentence in the asked language, and the counts behind it."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(
            (
                "own_purchases",
                "next_basket",
                "bought_together",
                "habit",
                "complement",
                "likeness",
                "category",
                "popular",
                "moved_up",
                "chosen_over",
            )
        ),
    )
    text = fields.String(required=True)
    evidence = fields.Dict(required=True)


class ItemOut(Schema):
    """One product of a slate, with its live price."""

    product_id = fields.String(required=True)
    variant_id = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    image_url = fields.String(required=True, allow_none=True)
    price_minor = fields.Integer(required=True)
    currency = fields.String(required=True)
    more_minor = fields.Integer(
        allow_none=True,
        metadata={"description": "`upsell` only: how much dearer than the product in view; null: an add-on."},
    )
    silence_days = fields.Integer(
        metadata={"description": "`upsell` only: so long the page does not show again what was refused."}
    )
    reason = fields.Nested(ReasonOut, required=True)


class PersonalOut(Schema):
    """What stands beside a list made for a known customer, in the asked language."""

    why = fields.String(required=True, metadata={"description": "The name of the button."})
    text = fields.String(required=True, metadata={"description": "What the list rests on."})
    stop = fields.String(required=True, metadata={"description": "The button that ends it."})
    stopped = fields.String(required=True)
    close = fields.String(required=True)


class RecommendationsOut(Schema):
    """A slate. An empty one is a good answer: `strategy` then says why."""

    slate_id = fields.String(required=True)
    placement = fields.String(required=True)
    title = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The merchant's for the placement, or what `similar` and `upsell` are called."
        },
    )
    strategy = fields.String(
        required=True,
        validate=validate.OneOf(STRATEGIES),
    )
    model_version = fields.Integer(required=True)
    arm = fields.String(required=True, allow_none=True, validate=validate.OneOf(("encore", "holdout")))
    items = fields.List(fields.Nested(ItemOut), required=True)
    personal = fields.Nested(
        PersonalOut,
        required=True,
        allow_none=True,
        metadata={
            "description": "Words to show beside a list that a customer's history went into; else null."
        },
    )
