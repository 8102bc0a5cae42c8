"""The shop's keys and origins, and what it puts on its pages."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin.here import forget_shop, here, this_shop
from plugin.errors import Refusal
from plugin.schemas.shop import checked
from plugin.store import shops

routes = Blueprint("keys", __name__)


@routes.get("/keys")
def show() -> str:
    """The public keys, the origins, the snippet."""
    return _page(None, {})


@routes.post("/keys/origins")
def change_origins() -> Any:
    """Replace the origins whose pages may ask."""
    typed = request.form.get("origins", "")
    try:
        origins = checked("origins", typed.split())
    except Refusal:
        return _page(
            typed, {"origins": [gettext("Give one origin a line, such as https://shop.example.")]}
        ), 422
    with here().runtime.database.write() as connection:
        shops.change_origins(connection, this_shop().shop_id, origins)
    flash(gettext("Saved. Pages of these origins may ask within two seconds."))
    return redirect(url_for("keys.show"))


@routes.post("/keys/rotate")
def rotate() -> Any:
    """Make new keys and show them, this once; a form sent twice does not rotate twice."""
    runtime, shop_id = here().runtime, this_shop().shop_id
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        newest = shops.public_keys(connection, shop_id)[0]
        if request.form.get("sure") != newest:
            new = None
        else:
            new = shops.rotate_keys(connection, runtime.vault, shop_id, here().clock())
    forget_shop()
    if new is None:
        flash(gettext("Nothing was changed: confirm first. A form that was sent before counts no more."))
        return redirect(url_for("keys.show"))
    return _page(None, {}, new)


def _page(typed: str | None, errors: dict[str, list[str]], new: shops.ShopKeys | None = None) -> str:
    shop, runtime = this_shop(), here().runtime
    with runtime.database.read() as connection:
        public_keys = shops.public_keys(connection, shop.shop_id)
    return render_template(
        "keys.html",
        public_keys=public_keys,
        origins="\n".join(sorted(shop.origins)) if typed is None else typed,
        errors=errors,
        new=new,
        script=f"{runtime.config.public_url}/widgets/v1/encore.js",
    )
