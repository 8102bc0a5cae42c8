"""Why an offer is shown or not, for the merchant: every offer's word, sum and terms for one question."""

from datetime import datetime
from typing import Any

from plugin.offers.quoting import Below, Question, Quote, Quoting, terms_as_json
from plugin.offers.shelf import Shelf
from plugin.offers.situation import Situation
from plugin.serving.live import LiveShop

WHY = {
    "offer_paused": "The offer is paused.",
    "other_placement": "It is for other placements.",
    "not_now": "It has not begun, or has ended.",
    "stock_bound": "Of the product that its words speak of there are none left, or more than they say.",
    "other_not_dismissed": "It is only for who dismissed another offer.",
    "empty_cart": "The cart is empty.",
    "unknown_product": "A product of the cart is not for sale or has no price.",
    "variant_not_named": "A product of the cart has variants that differ in price, cost or tax; name one.",
    "unknown_cost": "The cost of a product is not known: give it, or set an assumed margin for its category.",
    "other_currency": "The page asks in another currency than the shop's.",
    "shipping_price_unknown": "Nobody has said what shoppers pay for shipping (`shipping_price_minor`).",
    "shipping_is_free": "Shipping is free for this cart anyway.",
    "out_of_stock": "What it adds to the cart is not in stock, or its cost is not known.",
    "not_in_cart": "The product that it is about is not in the cart.",
    "in_cart": "What it would add is in the cart already.",
    "not_cheaper": "The other product is not cheaper.",
    "nothing_off": "It would take nothing off this cart.",
    "budget_spent": "Its budget is used up.",
    "no_codes": "No code is ready; the worker makes new ones every minute.",
    "below_floor": "The cart would leave less than the margin floor: see the sum.",
    "dismissed": "This person dismissed it a short while ago.",
    "pause": "This person had an offer a short while ago.",
    "cap_reached": "This person accepted it as often as the cap says.",
    "not_with_others": "This person accepted another offer that it does not go with.",
    "not_the_best": "This person accepted a better one.",
    "not_the_first": "It holds, but another one is more important or worth more.",
}
"""In the order in which they are looked for, more or less. `condition_…` stands for a condition not met."""


def explain(live: LiveShop, shelf: Shelf | None, asked: Question, now: datetime) -> dict[str, Any]:
    """The cart as it is priced, and of every offer whether it would be shown, or why not."""
    if shelf is None:
        return {"cart": None, "offers": []}
    quoting = Quoting(live, shelf, asked, now)
    best = quoting.best()
    shown = best.held.offer.offer_id if best is not None else None
    offers = [_told(held.offer.offer_id, found, shown) for held, found in quoting.all()]
    return {"cart": _cart(quoting.situation), "offers": offers}


def _cart(situation: Situation) -> dict[str, Any]:
    cart = situation.cart
    lines = [
        {name: getattr(line, name) for name in ("product_id", "quantity", "price_minor", "cost_minor")}
        for line in cart.lines
    ]
    return {"total_minor": cart.total_minor, "trouble": cart.trouble, "lines": lines}


def _told(offer_id: str, found: Quote | str, shown: str | None) -> dict[str, Any]:
    reason = found if isinstance(found, str) else None if offer_id == shown else "not_the_first"
    quote = found.quote if isinstance(found, Below) else found if isinstance(found, Quote) else None
    return {
        "offer_id": offer_id,
        "shown": reason is None,
        "reason": None if reason is None else str(reason),
        "message": None if reason is None else WHY.get(reason, "A condition is not met."),
        "terms": terms_as_json(quote) if quote else None,
        "proof": quote.proof.as_json() if quote and quote.proof else None,
    }
