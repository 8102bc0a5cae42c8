"""When the recommender retrains, how long a purchase counts as bought after, and who is held out."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin.here import this_shop
from plugin.admin.saving import in_words, save

EVERY_HOURS = (24, 12, 8, 6, 4, 3, 2, 1)
_NUMBERS = ("retrain_hour", "retrain_every_hours", "retrain_after_orders", "attribution_window_days")

routes = Blueprint("schedule", __name__)


@routes.get("/schedule")
def show() -> str:
    """The form."""
    settings = this_shop().settings
    form = {name: getattr(settings, name) for name in _NUMBERS}
    percent = f"{Decimal(str(settings.holdout_share)) * 100:f}"
    return _form(
        form | {"holdout_percent": percent.rstrip("0").rstrip(".") if "." in percent else percent}, {}
    )


@routes.post("/schedule")
def change() -> Any:
    """Keep all of it, or nothing."""
    form = {name: request.form.get(name, "").strip() for name in (*_NUMBERS, "holdout_percent")}
    given: dict[str, Any] = {name: form[name] for name in _NUMBERS}
    errors = save(given | {"holdout_share": _share(form["holdout_percent"])})
    if errors:
        return _form(form, errors), 422
    flash(gettext("Saved."))
    return redirect(url_for("schedule.show"))


def _share(percent: str) -> float | str:
    """`percent`, with a point or a comma, as a share; what is no number stays as it is, to be refused."""
    try:
        return float(Decimal(percent.rstrip("% ").replace(",", ".")) / 100)
    except InvalidOperation:
        return percent


def _form(form: dict[str, Any], errors: dict[str, list[str]]) -> str:
    hints = {name: in_words(name) for name in (*_NUMBERS, "holdout_share")}
    chosen = form["retrain_every_hours"]
    every = EVERY_HOURS if str(chosen) in map(str, EVERY_HOURS) else (chosen, *EVERY_HOURS)
    return render_template("schedule.html", form=form, errors=errors, hints=hints, every_hours=every)
