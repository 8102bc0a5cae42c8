"""The question why a slate is as it is, and its answer for the merchant, as they go over the wire."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from plugin.schemas.parts import MAX_ID
from plugin.schemas.recommendation import ItemOut, WantedQuery
from plugin.schemas.settings import PLACEMENTS
from plugin.serving.request import Asker, SlateRequest

_ID = validate.Length(1, MAX_ID)


class ExplainQuery(WantedQuery):
    """The parameters of `GET /v1/explain`, those of the slate's own; loads to a `SlateRequest`."""

    class Meta:
        """The address of a slate may be sent as it is."""

        unknown = EXCLUDE

    placement = fields.String(load_default="cart", validate=validate.OneOf(PLACEMENTS))
    lang = fields.String(load_default=None, validate=validate.Length(max=35))
    consent = fields.String(load_default="personal", validate=validate.OneOf(("none", "personal")))
    customer_id = fields.String(
        load_default=None,
        validate=_ID,
        metadata={"description": "Without a proof: the secret key is one."},
    )

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> SlateRequest:
        """The checked parameters as serving takes them."""
        shown = () if data["product"] is None else (data["product"],)
        return SlateRequest(
            key="",
            placement=data["placement"],
            product_ids=shown,
            left_out=frozenset(shown),
            limit=data["limit"],
            lang=data["lang"],
            preview=None,
            asker=Asker(consent=data["consent"], customer_id=data["customer_id"]),
            kind=data["kind"],
        ).with_cart(data["cart"])


class ContributionOut(Schema):
    """What one source adds to a suggestion's score."""

    source = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "The source in the asked language."})
    share = fields.Float(required=True, metadata={"description": "Of the whole, 0 to 1."})


class PairOut(Schema):
    """The orders that hold a cart product and the suggested one; never of fewer than 3 customers."""

    product_id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    orders_with_both = fields.Integer(required=True)
    orders_with_cart_product = fields.Integer(required=True)
    orders_with_suggested = fields.Integer(required=True, allow_none=True)
    n_orders = fields.Integer(required=True, allow_none=True)
    customers = fields.Integer(required=True)
    lift = fields.Float(required=True, allow_none=True)
    lift_interval = fields.List(fields.Float(), required=True, allow_none=True)
    last_together_at = fields.String(required=True, allow_none=True)


class RuleOut(Schema):
    """A rule that moved a suggestion: a word, and a sentence in the asked language."""

    rule = fields.String(required=True)
    text = fields.String(required=True)


class ExplainedOut(ItemOut):
    """One product of the slate as the shopper sees it, and what stands behind it."""

    score = fields.Float(required=True)
    grade = fields.String(required=True, allow_none=True, metadata={"description": "A (sure) to D."})
    contributions = fields.List(fields.Nested(ContributionOut), required=True)
    pair = fields.Nested(PairOut, required=True, allow_none=True)
    rules = fields.List(fields.Nested(RuleOut), required=True)
    merchant = fields.List(
        fields.String(), required=True, metadata={"description": "The reason in the merchant's voice."}
    )


class DroppedOut(RuleOut):
    """A candidate that is not in the slate, and the rule that kept it out."""

    product_id = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)


class ExplanationOut(Schema):
    """A slate with its reasons for the merchant, and what was left out of it."""

    placement = fields.String(required=True)
    model_version = fields.Integer(required=True)
    silent = fields.Nested(
        RuleOut,
        required=True,
        allow_none=True,
        metadata={"description": "Why shoppers see nothing of it now; null: they do see it."},
    )
    customer = fields.Nested(
        RuleOut, required=True, allow_none=True, metadata={"description": "Whether their history is used."}
    )
    items = fields.List(fields.Nested(ExplainedOut), required=True)
    dropped = fields.List(fields.Nested(DroppedOut), required=True)
