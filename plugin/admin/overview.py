"""The first page: what was shown and what came of it, with and without Encore, and the last training."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import chart, training_words
from plugin.admin.here import here, this_shop
from plugin.jobs.queue import wake
from plugin.measurement import comparison
from plugin.measurement.arms import arms
from plugin.measurement.facts import gathered
from plugin.measurement.figures import days, placements
from plugin.measurement.period import last_days
from plugin.store import models, trainings

PERIODS_DAYS = (7, 28, 90)
_USUAL_DAYS = 28

routes = Blueprint("overview", __name__)


@routes.get("/")
def show() -> str:
    """Every figure of the last days."""
    asked = request.args.get("days", _USUAL_DAYS, type=int)
    length = asked if asked in PERIODS_DAYS else _USUAL_DAYS
    shop = this_shop()
    facts = gathered(here().runtime.database, shop, last_days(length, here().clock(), shop.time_zone))
    by_day = days(facts)
    return render_template(
        "overview.html",
        periods_days=PERIODS_DAYS,
        length=length,
        placements=placements(facts),
        arms=arms(facts),
        needed=comparison,
        by_day=by_day,
        charts={
            gettext("Shown"): chart.columns([each.shown for each in by_day]),
            gettext("Clicked"): chart.columns([each.clicked for each in by_day]),
        },
        **_training(),
    )


@routes.post("/train")
def train() -> Any:
    """Ask for a training now; one that is asked for or running already is not asked for again."""
    runtime, shop_id = here().runtime, this_shop().shop_id
    with runtime.database.write() as connection:
        trainings.request(connection, shop_id, "merchant", here().clock())
    wake(runtime, shop_id)
    flash(gettext("Training was asked for. It begins within a minute, and the page shows how it went."))
    return redirect(url_for("overview.show"))


def _training() -> dict[str, Any]:
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        latest = trainings.latest(connection, shop_id)
        model = models.current(connection, shop_id)
        held = models.is_held(connection, shop_id)
    return {
        "training": latest,
        "words": training_words,
        "model": model,
        "held": held,
        "evaluation": _evaluation(model.figures if model else {}),
    }


def _evaluation(figures: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the model's evaluation says, if it had carts to be asked with."""
    found: Mapping[str, Any] = figures.get("evaluation") or {}
    return found if found.get("hit_rate") is not None else None
