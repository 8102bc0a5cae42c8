"""The question why a page shows what it shows, and its answer for the merchant, as they go over the wire."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from plugin.offers.people import Person
from plugin.offers.quoting import Question
from plugin.schemas.offer_request import BUNDLE, OfferExplainedOut, PromiseOut
from plugin.schemas.parts import MAX_ID
from plugin.schemas.recommendation import ItemOut, WantedQuery
from plugin.schemas.settings import PLACEMENTS
from plugin.serving.request import Asker, SlateRequest

_ID = validate.Length(1, MAX_ID)


class Asked(NamedTuple):
    """What is to be explained: a slate, every offer for the same cart, and the promise of a code."""

    slate: SlateRequest
    offers: Question
    code: str | None


class ExplainQuery(WantedQuery):
    """The parameters of `GET /v1/explain`, those of the slate's and of the offer's own; loads to `Asked`."""

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
    country = fields.String(load_default=None, validate=validate.Length(max=10))
    bundle = BUNDLE
    code = fields.String(
        load_default=None,
        validate=validate.Length(1, 50),
        metadata={"description": "Of an accepted offer: `promise` tells what was promised, and its sum."},
    )

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> Asked:
        """The checked parameters as serving and offers take them."""
        person = Person(data["customer_id"] if data["consent"] == "personal" else None)
        where = (data["lang"], data["country"], None)
        offers = Question(data["placement"], tuple(data["cart"]), person, *where, bundle=data["bundle"])
        return Asked(_slate(data), offers, data["code"])


def _slate(data: Mapping[str, Any]) -> SlateRequest:
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
        refused=frozenset(data["refused"]),
    ).with_cart(data["cart"])


class ContributionOut(Schema):
    """What one source, or the learned ranker, adds to a suggestion's score or takes from it."""

    source = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "The source in the asked language."})
    share = fields.Float(required=True, metadata={"description": "Of all: 1 is all; below 0 it takes."})


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


class PricedOut(Schema):
    """The cart as it is priced; `trouble`: a word for why no price offer can be made on it."""

    total_minor = fields.Integer(required=True)
    trouble = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Dict(), required=True)


class ExplanationOut(Schema):
    """A slate with its reasons for the merchant, what was left out, and every offer's answer to the cart."""

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
    cart = fields.Nested(
        PricedOut, required=True, allow_none=True, metadata={"description": "Null: the shop has no offers."}
    )
    offers = fields.List(fields.Nested(OfferExplainedOut), required=True)
    promise = fields.Nested(
        PromiseOut,
        required=True,
        allow_none=True,
        metadata={"description": "That of `code`, if there is one."},
    )
