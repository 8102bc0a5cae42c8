"""The time machine over HTTP: an offer to try on past orders, and what it would have done."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, pre_load, validate

from plugin.offers.replay import MOST_WEEKS, WEEKS, Wanted
from plugin.schemas.offer import Offer
from plugin.schemas.offer_request import OfferOut
from plugin.schemas.parts import Row
from plugin.schemas.shop import LANGUAGES


class ReplayIn(Row):
    """An offer as `PUT /v1/offers` takes it, and how many weeks back from the latest order to go."""

    offer = fields.Nested(Offer, required=True)
    weeks = fields.Integer(
        strict=True, load_default=WEEKS, allow_none=True, validate=validate.Range(1, MOST_WEEKS)
    )

    lang = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "Of the messages; the shop's where not given."},
    )

    @post_load
    def typed(self, data: Mapping[str, Any], **_options: Any) -> Wanted:
        """As the time machine takes it."""
        return Wanted(data["offer"], data["weeks"], data["lang"])

    @pre_load
    def as_a_trial(self, data: Any, **_options: Any) -> Any:
        """Nobody sees it, so what the shop must do itself need not be set up yet."""
        if isinstance(data, dict) and isinstance(data.get("offer"), dict):
            return {**data, "offer": {**data["offer"], "paused": True}}
        return data


class ReplayReasonOut(Schema):
    """Why the offer is not shown, and for how many of the replayed carts."""

    reason = fields.String(required=True)
    message = fields.String(required=True)
    carts = fields.Integer(required=True)


class ReplayRivalOut(Schema):
    """A live offer that holds for the same carts: how many; shown instead of this one, or behind it."""

    offer_id = fields.String(required=True)
    carts = fields.Integer(required=True)
    instead = fields.Integer(required=True)
    behind = fields.Integer(required=True)


def _count(description: str) -> fields.Integer:
    return fields.Integer(required=True, metadata={"description": description})


def _share(description: str) -> fields.Float:
    text = f"{description} Null: not enough to tell."
    return fields.Float(required=True, allow_none=True, metadata={"description": text})


class ReplayOut(Schema):
    """What the offer would have done, had everybody accepted it; today's prices, costs and stock."""

    from_at = fields.String(required=True)
    to_at = fields.String(required=True)
    placement = fields.String(required=True, metadata={"description": "Where the carts asked."})
    currency = fields.String(required=True)
    orders = _count("How many were bought in that time.")
    sampled = _count("How many of them were replayed: all, or those of some customers.")
    shown = _count("Replayed carts that would have seen it.")
    shown_share = _share("The same, as a share of those replayed.")
    customers = _count("Known customers among them.")
    not_reached = _count("Of those that see it, carts which lack something for it.")
    accepted = _count("Carts that it is given to.")
    cost_minor = _count("What it would have cost, reckoned up to all orders of that time.")
    cost_per_cart_minor = fields.Integer(required=True, allow_none=True)
    margin_share_before = _share("What these carts leave without it.")
    margin_share_after = _share("What they leave with it.")
    margin_share_lowest = _share("What the poorest of them leaves with it.")
    refused_by_floor = _count("Carts that would have left less than the margin floor.")
    reasons = fields.List(fields.Nested(ReplayReasonOut), required=True)
    rivals = fields.List(fields.Nested(ReplayRivalOut), required=True)
    example = fields.Nested(
        OfferOut,
        required=True,
        allow_none=True,
        metadata={"description": "A preview: what the first of these carts is offered, without a deadline."},
    )
