"""What the merchant says goes with a product: found by title or id, kept best first."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin.here import here, this_shop
from plugin.admin.suggestions import waiting
from plugin.schemas.complements import MOST_COMPLEMENTS
from plugin.schemas.parts import MAX_ID
from plugin.store import complements, shops
from plugin.store.product_search import search, titles

PAGE = 50
FOUND_AT_MOST = 10

routes = Blueprint("complements", __name__)


@routes.get("/suggestions/complements")
def show() -> str:
    """Every choice there is, or (`product`) that of one product; and what a search found."""
    product_id, text = request.args.get("product", "")[:MAX_ID], request.args.get("search", "").strip()[:200]
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        chosen = complements.of(connection, shop_id, [product_id]).get(product_id, [])
        found = search(connection, shop_id, text, FOUND_AT_MOST) if text else {}
        listed = [] if product_id else list(complements.all_of(connection, shop_id).items())
        page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-len(listed) // PAGE)))
        part = dict(listed[(page - 1) * PAGE : page * PAGE])
        named = {product_id, *chosen, *part, *(each for ids in part.values() for each in ids)}
        names = titles(connection, shop_id, sorted(named))
    return render_template(
        "complements.html",
        product_id=product_id,
        chosen=chosen,
        most=MOST_COMPLEMENTS,
        search=text,
        found={each: title for each, title in found.items() if each != product_id},
        found_at_most=FOUND_AT_MOST,
        listed=part,
        total=len(listed),
        page=page,
        pages=-(-len(listed) // PAGE),
        names=names,
        **waiting(),
    )


@routes.post("/suggestions/complements")
def change() -> Any:
    """Add a complement at the end, put one first, or take one away."""
    product_id, other = request.form.get("product", ""), request.form.get("complement", "")
    if 0 < len(product_id) <= MAX_ID and 0 < len(other) <= MAX_ID and product_id != other:
        _keep(product_id, other, request.form.get("do", ""))
    return redirect(
        url_for("complements.show", product=product_id, search=request.form.get("search") or None)
    )


def _keep(product_id: str, other: str, what: str) -> None:
    """Read and write in one transaction: of two changes at once neither is lost."""
    runtime, shop_id = here().runtime, this_shop().shop_id
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        kept = complements.of(connection, shop_id, [product_id]).get(product_id, [])
        rest = [each for each in kept if each != other]
        changed = {"add": [*rest, other], "first": [other, *rest], "remove": rest}.get(what, kept)
        if len(changed) > MOST_COMPLEMENTS:
            flash(gettext("A product takes at most %(most)s complements.", most=MOST_COMPLEMENTS))
            return
        row = {"product_id": product_id, "complements": changed}
        complements.put_many(connection, shop_id, [row], here().clock())
    flash(gettext("Saved. It takes effect with the next training."))
