"""Platforms and their deliveries as they go over the wire."""

from marshmallow import EXCLUDE, INCLUDE, Schema, fields, validate

from plugin.schemas.parts import storable


class DeliveryIn(Schema):
    """Whatever the platform sends, in its own form and signed as it signs."""

    class Meta:
        """A platform may add what it likes."""

        unknown = INCLUDE


class DeliveredOut(Schema):
    """What was done with a delivery: kept, seen before, or no more than a ping."""

    verdict = fields.String(required=True, validate=validate.OneOf(["kept", "seen_before", "ping"]))


class PlatformIn(Schema):
    """What a platform needs to be told to be connected; what is not sent stays as it was."""

    address = fields.String(
        validate=[
            validate.URL(schemes={"http", "https"}, require_tld=False),
            validate.Length(max=500),
            storable,
        ],
        allow_none=True,
        metadata={"description": "Where its API is asked (Saleor: …/graphql/)."},
    )
    account_id = fields.String(
        validate=[validate.Length(1, 200), storable],
        allow_none=True,
        metadata={
            "description": "What it calls the shop: Shopify's domain, Ecwid's store, Saleor's channel."
        },
    )
    secret = fields.String(
        validate=[validate.Length(1, 500), storable],
        load_only=True,
        metadata={"description": "It signs with this. The one before stays valid beside it."},
    )
    token = fields.String(
        validate=[validate.Length(1, 1_000), storable],
        allow_none=True,
        load_only=True,
        metadata={"description": "Opens its API."},
    )
    coupons = fields.Boolean(
        load_only=True,
        metadata={"description": "Whether offers' codes are made as coupons there; needs a token that may."},
    )
    new_secret = fields.Boolean(
        load_only=True, metadata={"description": "Have a secret made here, to be copied there."}
    )
    remove_gone = fields.Boolean(
        load_only=True,
        metadata={
            "description": "Products that are not there any more were really deleted, however many:"
            " remove them at once."
        },
    )


class ReadingOut(Schema):
    """How far the platform's API has been read: its history first, then every hour what changed."""

    noun = fields.String(
        metadata={
            "description": "products, orders; webhooks: whether they are sent; gone: which products are there"
            " no more, of which rows_done were removed at the last look."
        }
    )
    rows_done = fields.Integer(metadata={"description": "Since it last began."})
    rows_left = fields.Integer(allow_none=True, metadata={"description": "As the platform last told."})
    message = fields.String(allow_none=True, metadata={"description": "Why it could not go on."})
    due_at = fields.AwareDateTime()
    caught_up_at = fields.AwareDateTime(allow_none=True)
    rejected = fields.String(
        allow_none=True, metadata={"description": "Which one could not be used last, and why."}
    )


class PlatformOut(Schema):
    """A platform and how the shop is connected to it; secrets are shown only when they are made."""

    platform = fields.String(required=True)
    connected_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "null: it is not connected."}
    )
    webhook_address = fields.String(required=True, metadata={"description": "Where it delivers to."})
    address = fields.String(allow_none=True)
    account_id = fields.String(allow_none=True)
    secrets = fields.Integer(metadata={"description": "How many are valid, two at the most."})
    has_token = fields.Boolean()
    refused_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When a delivery was refused last, to the minute."}
    )
    refused_reason = fields.String(allow_none=True)
    coupons = fields.Boolean(metadata={"description": "Whether offers' codes are made as coupons there."})
    coupons_message = fields.String(
        allow_none=True, metadata={"description": "Why none could be made the last time."}
    )
    readings = fields.List(fields.Nested(ReadingOut))
    secret = fields.String(metadata={"description": "The one just made, shown this once."})


class PlatformsOut(Schema):
    """Every platform that there is."""

    platforms = fields.List(fields.Nested(PlatformOut), required=True)


class ShownOut(Schema):
    """Whether a placement can be shown on a platform's pages, and how."""

    placement = fields.String(required=True)
    answer = fields.String(required=True, validate=validate.OneOf(["yes", "instead", "no"]))
    how = fields.String(
        required=True,
        metadata={
            "description": "by_itself: what is installed puts it there; block: in the theme's editor; "
            "by_hand: in the shop's own template; in_cart: there instead; by_order: the order tells it; no."
        },
    )


class PiecesOut(Schema):
    """What goes onto the shop's pages on a platform."""

    platform = fields.String(required=True)
    script = fields.String(
        required=True, metadata={"description": "Joins the platform's cart to the elements."}
    )
    archive = fields.String(
        required=True, allow_none=True, metadata={"description": "The zip file to install there."}
    )
    snippet = fields.String(
        required=True, allow_none=True, metadata={"description": "What to paste, with the shop's own key."}
    )
    shows = fields.List(fields.Nested(ShownOut), required=True)


class DeliveriesQuery(Schema):
    """Which deliveries are told, and how many."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))
    skip = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "So many newer ones are left out."},
    )
    topic = fields.String(load_default="", validate=[validate.Length(max=200), storable])
    verdict = fields.String(
        load_default="",
        validate=[validate.Length(max=200), storable],
        metadata={"description": "`waits`: those that have none yet."},
    )


class DeliveryOut(Schema):
    """A delivery and what became of it. `verdict` null: it waits."""

    platform = fields.String()
    delivery_id = fields.String()
    topic = fields.String()
    received_at = fields.AwareDateTime()
    verdict = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    attempts = fields.Integer()
    due_at = fields.AwareDateTime(allow_none=True)
    worked_at = fields.AwareDateTime(allow_none=True)
    can_work_again = fields.Boolean()


class DeliveriesOut(Schema):
    """The newest deliveries."""

    deliveries = fields.List(fields.Nested(DeliveryOut), required=True)


class WorkAgainIn(Schema):
    """Which delivery is to be worked again."""

    platform = fields.String(required=True, validate=[validate.Length(1, 50), storable])
    delivery_id = fields.String(required=True, validate=[validate.Length(1, 200), storable])


def _told(longest: int) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(1, longest), storable])


class RegisterIn(Schema):
    """What Saleor brings when the app is installed."""

    auth_token = _told(1_000)

    class Meta:
        """Saleor may add what it likes."""

        unknown = EXCLUDE


class WcAuthIn(Schema):
    """What WooCommerce brings when the merchant has said yes: `user_id` is what it was asked with."""

    user_id = _told(300)
    consumer_key = _told(200)
    consumer_secret = _told(200)

    class Meta:
        """WooCommerce sends the key's number and rights too."""

        unknown = EXCLUDE


class RegisteredOut(Schema):
    """The shop is connected."""

    success = fields.Boolean(required=True)
