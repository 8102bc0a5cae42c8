"""What a merchant sets for all offers: how prices are meant, the margin floor, shipping, fees, and quiet."""

from marshmallow import Schema, fields, validate

from plugin.schemas.parts import MAX_ID, MAX_MINOR, storable

MOST_ASSUMED = 1_000


def _share(description: str, greatest: float = 1.0) -> fields.Float:
    bounds = validate.Range(0.0, greatest)
    return fields.Float(load_default=0.0, validate=bounds, metadata={"description": description})


def _minor(description: str, *, default: int | None = 0) -> fields.Integer:
    return fields.Integer(
        strict=True,
        load_default=default,
        allow_none=default is None,
        validate=validate.Range(0, MAX_MINOR),
        metadata={"description": description},
    )


class OfferSettings(Schema):
    """Amounts in minor units of the shop's currency, shares from 0 to 1."""

    prices_include_tax = fields.Boolean(
        load_default=True, metadata={"description": "The catalogue's prices include tax."}
    )
    tax_share = _share("The tax of products that name none.", 10.0)
    floor_minor = _minor("What every cart with an offer must leave at the least, net of tax.")
    floor_share = _share("The same as a share of what is earned net of tax; the greater one counts.")
    shipping_cost_minor = _minor(
        "What sending an order costs, net of tax, to the dearest place that the shop sends to."
    )
    shipping_price_minor = _minor(
        "What shoppers pay for shipping. Without it there is no free shipping to offer.", default=None
    )
    free_shipping_from_minor = _minor("From this cart on shipping is free anyway.", default=None)
    fee_share = _share("What the payment takes of all that is paid.")
    fee_minor = _minor("What it takes besides of each order.")
    assumed_margin_shares = fields.Dict(
        keys=fields.String(validate=[validate.Length(1, MAX_ID), storable]),
        values=fields.Float(validate=validate.Range(0.0, 1.0)),
        load_default=dict,
        validate=validate.Length(max=MOST_ASSUMED),
        metadata={
            "description": "Category -> the share of the net price taken for margin where a cost is unknown."
        },
    )
    webhook_url = fields.String(
        load_default=None,
        allow_none=True,
        validate=[
            validate.URL(schemes={"http", "https"}, require_tld=False),
            validate.Length(max=500),
            storable,
        ],
        metadata={"description": "Where the shop's server hears what it must do for a redeemed promise."},
    )
    pause_hours = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 24 * 365),
        metadata={"description": "How long nobody is offered anything after accepting or dismissing."},
    )
    silence_days = fields.Integer(
        load_default=7,
        validate=validate.Range(1, 365),
        metadata={"description": "How long an offer is not shown again to who dismissed it."},
    )
