"""What the demo shop offers, and the margins it assumes for it: the till's data knows no costs."""

from typing import Any

from plugin.demo.cart import SHIPPING_MINOR
from plugin.demo.departments import BY_SLUG

_USUAL_MARGIN_SHARE = 0.3
_MARGIN_SHARES = {
    "produce": 0.35,
    "bakery": 0.4,
    "deli": 0.4,
    "flowers": 0.45,
    "beauty": 0.4,
    "coffee-and-tea": 0.35,
    "meat": 0.25,
    "dairy": 0.25,
    "beer-and-wine": 0.25,
}
SHIPPING_COST_MINOR = 100

MARGIN_SHARES = {each.name: _MARGIN_SHARES.get(slug, _USUAL_MARGIN_SHARE) for slug, each in BY_SLUG.items()}
"""Department -> the share of its prices that is assumed to be margin."""

SETTINGS: dict[str, Any] = {
    "assumed_margin_shares": MARGIN_SHARES,
    "shipping_cost_minor": SHIPPING_COST_MINOR,
    "shipping_price_minor": SHIPPING_MINOR,
}
"""As `PATCH /v1/settings` takes them under `offers`."""

_FOR_TRYING = {"caps": {"per_person": 5, "period_days": 7}}

OFFERS: list[dict[str, Any]] = [
    {
        "offer_id": "free-shipping-30",
        "kind": "spend_more",
        "parameters": {"from_minor": 3000},
        "placements": ["cart"],
        **_FOR_TRYING,
    },
    {
        "offer_id": "free-shipping",
        "kind": "free_shipping",
        "parameters": {},
        "placements": ["checkout"],
        "conditions": [{"kind": "cart_total", "to_minor": 999}],
        **_FOR_TRYING,
    },
    {
        "offer_id": "last-minute",
        "kind": "percent_off",
        "parameters": {"off_share": 0.1},
        "placements": ["checkout"],
        "conditions": [{"kind": "cart_total", "from_minor": 1000}],
        "budget": {"total_minor": 50_000},
        **_FOR_TRYING,
    },
    {
        "offer_id": "together",
        "kind": "bundle",
        "parameters": {"off_share": 0.05},
        "placements": ["product"],
        **_FOR_TRYING,
    },
]
"""As `PUT /v1/offers` takes them: in the cart free shipping from a threshold on, one last-minute offer in the
checkout (of a small cart, which a tenth would hardly change, free shipping), and a twentieth off what is
bought together.
"""
