"""Where widgets show: each placement on or off, its heading, and how many products at the most."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin.here import this_shop
from plugin.admin.saving import in_words, save
from plugin.schemas.settings import PLACEMENTS

routes = Blueprint("placements", __name__)


@routes.app_context_processor
def _names() -> dict[str, Any]:
    """What placements are called."""
    return {
        "placement_names": {
            "product": gettext("Product page"),
            "cart": gettext("Cart"),
            "checkout": gettext("Checkout"),
            "thank_you": gettext("Thank-you page"),
            "home": gettext("Home page"),
            "email": gettext("E-mail"),
        }
    }


@routes.get("/placements")
def show() -> str:
    """The form."""
    settings = this_shop().settings
    return _form({name: vars(each) for name, each in settings.placements.items()}, {})


@routes.post("/placements")
def change() -> Any:
    """Keep all of them, or none."""
    given = {
        name: {
            "on": f"{name}.on" in request.form,
            "title": request.form.get(f"{name}.title", "").strip(),
            "limit": request.form.get(f"{name}.limit", "").strip(),
        }
        for name in PLACEMENTS
    }
    errors = save({"placements": given})
    if errors:
        return _form(given, errors), 422
    flash(gettext("Saved. Pages show it within two seconds."))
    return redirect(url_for("placements.show"))


def _form(placements: dict[str, Any], errors: dict[str, list[str]]) -> str:
    return render_template(
        "placements.html", placements=placements, errors=errors, limit_hint=in_words("limit")
    )
