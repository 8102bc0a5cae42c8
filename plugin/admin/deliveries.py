"""What the shop's platforms delivered, newest first, what became of it, and working it again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import platform_words
from plugin.admin.here import here, this_shop
from plugin.store import deliveries

_NEWEST = 200

routes = Blueprint("deliveries", __name__)


@routes.get("/deliveries")
def show() -> str:
    """The newest deliveries of all platforms."""
    with here().runtime.database.read() as connection:
        rows = deliveries.latest(connection, this_shop().shop_id, _NEWEST)
    return render_template("deliveries.html", deliveries=rows, words=platform_words)


@routes.post("/deliveries/work-again")
def work_again() -> Any:
    """Have a delivery worked again that could not be used."""
    asked = (request.form.get("platform", ""), request.form.get("delivery_id", ""))
    with here().runtime.database.write() as connection:
        found = deliveries.work_again(connection, this_shop().shop_id, *asked, now=here().clock())
    flash(gettext("It is worked again.") if found else gettext("Its content is no longer kept."))
    return redirect(url_for("deliveries.show"))
