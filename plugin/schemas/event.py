"""What happened to a slate, as a shop's page sends it."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from plugin.schemas.parts import Moment, identifier

MOST_EVENTS = 100
TYPES = ("impression", "click", "add_to_cart", "accept", "dismiss", "purchase", "product_view", "would_show")

_NEEDS = {
    "impression": ("slate_id",),
    "would_show": ("slate_id",),
    "click": ("slate_id",),
    "add_to_cart": ("slate_id",),
    "purchase": ("order_id",),
    "product_view": ("product_id",),
}


class EventIn(Schema):
    """One event. `event_id` makes a repeat harmless."""

    class Meta:
        """Newer widgets may say more."""

        unknown = EXCLUDE

    event_id = identifier(required=True)
    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    at = Moment(required=True, allow_none=False)
    slate_id = identifier()
    product_id = identifier()
    bundle_id = identifier()
    offer_id = identifier()
    order_id = identifier()
    visitor_id = identifier()

    @validates_schema
    def has_what_its_type_needs(self, data: dict[str, Any], **kwargs: Any) -> None:
        """An impression of no slate, or a purchase of no order, says nothing."""
        missing = {name: ["Needed."] for name in _NEEDS.get(data["type"], ()) if not data.get(name)}
        if missing:
            raise ValidationError(missing)


class EventsIn(Schema):
    """The body of `POST /v1/events`, as JSON or as text/plain (`sendBeacon` without a preflight)."""

    class Meta:
        """As for events."""

        unknown = EXCLUDE

    key = fields.String(required=True, validate=validate.Length(1, 200))
    events = fields.List(fields.Nested(EventIn), required=True, validate=validate.Length(1, MOST_EVENTS))


class AcceptedOut(Schema):
    """How many events were new and are counted."""

    accepted = fields.Integer(required=True)
