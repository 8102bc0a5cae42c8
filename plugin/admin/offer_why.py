"""Why an offer is shown or not: a cart put together here, and every offer's answer to it."""

from collections import Counter
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import get_locale

from plugin.admin import offer_words
from plugin.admin.here import here, this_shop
from plugin.offers import explaining
from plugin.offers.cart import Prices
from plugin.offers.people import Person
from plugin.offers.quoting import Question
from plugin.schemas.offer import PLACEMENTS
from plugin.schemas.parts import MAX_ID
from plugin.serving.request import CartLine
from plugin.store.product_search import search, titles

_FOUND_AT_MOST = 10
_MOST_IN_CART = 50
_MOST_VARIANTS = 20

routes = Blueprint("offer_why", __name__)


@routes.get("/offers/why")
def show() -> str:
    """The question and its answers; all that was chosen stands in the address."""
    cart = [each[: 2 * MAX_ID + 1] for each in request.args.getlist("cart") if each][:_MOST_IN_CART]
    placement = request.args.get("placement", "checkout")
    placement = placement if placement in PLACEMENTS else "checkout"
    customer_id = request.args.get("customer", "").strip()[:MAX_ID]
    country = request.args.get("country", "").strip().upper()[:2]
    text = request.args.get("search", "").strip()[:200]
    shop_id = this_shop().shop_id
    live, shelf = here().serving(shop_id)
    lines = {each: _line(each, quantity, shelf.prices) for each, quantity in Counter(cart).items()}
    person = Person(customer_id or None)
    asked = Question(placement, tuple(lines.values()), person, _lang(), country or None)
    with here().runtime.database.read() as connection:
        known = titles(connection, shop_id, [line.product_id for line in lines.values()])
        found = search(connection, shop_id, text, _FOUND_AT_MOST) if text else {}
    told = explaining.explain(live, shelf, asked, here().clock())
    return render_template(
        "offer_why.html",
        cart=cart,
        counts=Counter(cart),
        names={each: known[line.product_id] for each, line in lines.items() if line.product_id in known},
        variants={each: _variants(line, shelf.prices) for each, line in lines.items()},
        placement=placement,
        placements=PLACEMENTS,
        customer_id=customer_id,
        country=country,
        search=text,
        found=found,
        told=told,
        offers=_first(told["offers"]),
        kinds={held.offer.offer_id: offer_words.kind(held.offer.kind.name).name for held in shelf.offers},
        sum_lines=offer_words.sum_lines,
        currency=this_shop().currency,
    )


def _line(named: str, quantity: int, prices: Prices) -> CartLine:
    """What the address names: a product's id, or one with a variant's behind a stroke."""
    product_id, _, variant_id = named.rpartition("/")
    product = prices.get(product_id) if named not in prices else None
    if product and any(each.variant_id == variant_id for each in product.variants):
        return CartLine(product_id, variant_id, quantity)
    return CartLine(named, None, quantity)


def _variants(line: CartLine, prices: Prices) -> list[str]:
    """The variants that may be named for a line that names none."""
    product = prices.get(line.product_id)
    if product is None or line.variant_id is not None or len(product.variants) == 1:
        return []
    return [each.variant_id for each in product.variants[:_MOST_VARIANTS]]


def _first(offers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The offer that the address names first, then the one that is shown."""
    wanted = request.args.get("offer", "")
    return sorted(offers, key=lambda each: (each["offer_id"] != wanted, not each["shown"]))


def _lang() -> str:
    return str(get_locale() or "en")
