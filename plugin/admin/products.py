"""Excluded products: never suggested, whatever the model says; found by title or id."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin.here import forget_shop, here, this_shop
from plugin.store import shops
from plugin.store.product_search import search, titles

PAGE = 50
FOUND_AT_MOST = 20

routes = Blueprint("products", __name__)


@routes.get("/products")
def show() -> str:
    """What is excluded, and what a search found that could be."""
    shop, text = this_shop(), request.args.get("search", "").strip()[:200]
    excluded = sorted(shop.settings.excluded_product_ids)
    page = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-len(excluded) // PAGE)))
    listed = excluded[(page - 1) * PAGE : page * PAGE]
    with here().runtime.database.read() as connection:
        known = titles(connection, shop.shop_id, listed)
        found = search(connection, shop.shop_id, text, FOUND_AT_MOST) if text else {}
    return render_template(
        "products.html",
        excluded={product_id: known.get(product_id) for product_id in listed},
        total=len(excluded),
        page=page,
        pages=-(-len(excluded) // PAGE),
        search=text,
        found=found,
        found_at_most=FOUND_AT_MOST,
    )


@routes.post("/products/exclude")
def exclude() -> Any:
    """Suggest a product no more; an id that no product has (yet) is taken too."""
    product_id = request.form.get("product_id", "").strip()
    if 0 < len(product_id) <= 200:
        _change(adding={product_id}, removing=set())
        flash(gettext("%(product_id)s is no longer suggested.", product_id=product_id))
    return redirect(url_for("products.show"))


@routes.post("/products/allow")
def allow() -> Any:
    """Let a product be suggested again."""
    product_id = request.form.get("product_id", "")
    _change(adding=set(), removing={product_id})
    flash(gettext("%(product_id)s may be suggested again.", product_id=product_id))
    return redirect(url_for("products.show"))


def _change(adding: set[str], removing: set[str]) -> None:
    """Read and write in one transaction: of two changes at once neither is lost."""
    runtime, shop_id = here().runtime, this_shop().shop_id
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        excluded = shops.load(connection, runtime.vault, shop_id).settings.excluded_product_ids
        changed = sorted((excluded | adding) - removing)
        shops.change_settings(connection, shop_id, {"excluded_product_ids": changed})
    forget_shop()
