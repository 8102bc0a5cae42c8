"""Why suggestions are as they are: a cart put together here, its slate, and what is behind it."""

from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import get_locale, gettext

from plugin.admin.here import here, this_shop
from plugin.admin.suggestions import waiting
from plugin.schemas.parts import MAX_ID
from plugin.schemas.settings import PLACEMENTS
from plugin.serving import explaining
from plugin.serving.request import Asker, SlateRequest
from plugin.store.product_search import search, titles

FOUND_AT_MOST = 10
MOST_IN_CART = 20

routes = Blueprint("explain", __name__)


@routes.get("/explain")
def show() -> str:
    """The question and its answer; all that was chosen stands in the address."""
    cart = list(dict.fromkeys(each[:MAX_ID] for each in request.args.getlist("cart") if each))[:MOST_IN_CART]
    placement = request.args.get("placement", "cart")
    customer_id = request.args.get("customer", "").strip()[:MAX_ID]
    text = request.args.get("search", "").strip()[:200]
    asked = _asked(cart, placement if placement in PLACEMENTS else "cart", customer_id or None)
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        names = titles(connection, shop_id, cart)
        found = search(connection, shop_id, text, FOUND_AT_MOST) if text else {}
        told = explaining.explain(here().live.by_id(shop_id), connection, asked)
    return render_template(
        "explain.html",
        cart={product_id: names.get(product_id) for product_id in cart},
        placement=asked.placement,
        customer_id=customer_id,
        search=text,
        found={each: title for each, title in found.items() if each not in cart},
        told=told,
        grades=_grades(),
        **waiting(),
    )


def _asked(cart: list[str], placement: str, customer_id: str | None) -> SlateRequest:
    return SlateRequest(
        key="",
        placement=placement,
        product_ids=tuple(sorted(cart)),
        left_out=frozenset(cart),
        limit=None,
        lang=str(get_locale() or "en"),
        preview=None,
        asker=Asker(consent="personal", customer_id=customer_id),
    )


def _grades() -> dict[str, Any]:
    """What each grade says."""
    return {
        "A": gettext("very sure"),
        "B": gettext("sure"),
        "C": gettext("fairly sure"),
        "D": gettext("little is known"),
    }
