"""What suggestions are for, how mixed they are, how dear upsells; and whether a setting awaits a training."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin import settings as shop_settings
from plugin.admin import offer_fields
from plugin.admin.here import here, this_shop
from plugin.admin.saving import in_words, save
from plugin.schemas.settings import OBJECTIVES
from plugin.store import complements, models, shops, trainings

TAUGHT = (
    "objective",
    "diversity",
    "habits",
    "sensitive_categories",
    "bought_once_categories",
    "bought_again_categories",
)
"""The settings that a training takes with it."""

STEPS = {"least_share": 1, "greatest_share": 1, "add_on_share": 0}
"""The bounds of upsells, and the share of the price in view from which the page counts each."""

routes = Blueprint("suggestions", __name__)


@routes.get("/suggestions")
def show() -> str:
    """The form."""
    settings = this_shop().settings
    form = {name: getattr(settings, name) for name in ("objective", "diversity", "habits")}
    return _form(form | _steps(), {})


@routes.post("/suggestions")
def change() -> Any:
    """Keep all, or nothing."""
    given: dict[str, Any] = {name: request.form.get(name, "").strip() for name in ("objective", "diversity")}
    given["habits"] = "habits" in request.form
    steps = _steps() | {name: request.form[name].strip() for name in STEPS if name in request.form}
    errors = save(given | {"upsells": {name: _share(name, text) for name, text in steps.items()}}, _in_words)
    if errors:
        return _form(given | steps, errors), 422
    flash(gettext("Saved."))
    return redirect(url_for("suggestions.show"))


def _steps() -> dict[str, str]:
    """The bounds of upsells in percent: so much dearer a better version, at most so dear an add-on."""
    settings = this_shop().settings.upsells
    return {name: f"{100 * (getattr(settings, name) - base):.4g}" for name, base in STEPS.items()}


def _share(name: str, text: str) -> float | str:
    share = offer_fields.share(text)
    return share if isinstance(share, str) else round(share + STEPS[name], 6)


def _in_words(name: str) -> str:
    _, _, step = name.partition("upsells.")
    if not step:
        return in_words(name)
    if step == "greatest_share":
        return str(gettext("Give a percentage up to %(high)s, no less than the one before.", high=900))
    high = 100 if step == "add_on_share" else 900
    return str(gettext("Give a percentage from %(low)s to %(high)s.", low=0, high=high))


def _form(form: dict[str, Any], errors: dict[str, list[str]]) -> str:
    return render_template(
        "suggestions.html",
        form=form,
        errors=errors,
        objectives=OBJECTIVES,
        diversity_hint=in_words("diversity"),
        **waiting(),
    )


def waiting() -> dict[str, bool]:
    """For the head of these pages: `waits`, the model in use was taught otherwise than is set now;
    `training_at_work`.
    """
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        latest = trainings.latest(connection, shop_id)
        model = models.current(connection, shop_id)
        stored = shops.stored_settings(connection, shop_id)
        chosen_at = complements.changed_at(connection, shop_id)
    at_work = latest is not None and latest.status in ("requested", "running")
    if model is None:
        return {"waits": False, "training_at_work": at_work}
    taught = shop_settings.checked({}) | (model.figures.get("settings") or {})
    otherwise = any(taught[name] != stored[name] for name in TAUGHT)
    chosen_since = chosen_at is not None and chosen_at > model.trained_at
    return {"waits": otherwise or chosen_since, "training_at_work": at_work}
