"""Platforms and their deliveries as they go over the wire."""

from marshmallow import Schema, fields, validate


class DeliveredOut(Schema):
    """What was done with a delivery: kept, seen before, or no more than a ping."""

    verdict = fields.String(required=True, validate=validate.OneOf(["kept", "seen_before", "ping"]))
