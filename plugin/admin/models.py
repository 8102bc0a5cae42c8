"""The models: what the last trainings came to, each model's card, and the way back to an older one."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import training_words
from plugin.admin.evaluation_plot import plot
from plugin.admin.here import forget_shop, here, this_shop
from plugin.store import models, trainings
from plugin.store.models import Artefact
from plugin.store.product_search import titles

_TRAININGS = 10

routes = Blueprint("models", __name__)


@routes.get("/models")
def show() -> str:
    """What can be used, and how the last trainings ended."""
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        found = models.all_of(connection, shop_id)
        recent = trainings.recent(connection, shop_id, _TRAININGS)
        held = models.is_held(connection, shop_id)
    return render_template(
        "models.html",
        models=found,
        trainings=recent,
        held=held,
        verdicts={each.model_version: _verdict(each) for each in found},
        words=training_words,
    )


@routes.get("/models/<int:model_version>")
def card(model_version: int) -> str:
    """All that is known of one model."""
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        model = models.find(connection, shop_id, model_version)
        if model is None:
            abort(404)
        changes = model.figures.get("changes") or {}
        named = [*changes.get("coming", ()), *changes.get("gone", ())]
        known = titles(connection, shop_id, named)
    rows = (model.figures.get("evaluation") or {}).get("rows") or []
    return render_template(
        "model.html",
        model=model,
        verdict=_verdict(model),
        figures=model.figures,
        changes=changes,
        titles=known,
        beside=_rows(rows, group="all"),
        plot=plot(_rows(rows, group="all")),
        variants=_variants(rows),
    )


@routes.post("/models/use")
def use() -> Any:
    """Put a model in use: an older one, or the newest again."""
    wanted = request.form.get("model_version", type=int)
    with here().runtime.database.write() as connection:
        model = models.roll_back(connection, this_shop().shop_id, wanted)
        held = models.is_held(connection, this_shop().shop_id)
    forget_shop()
    text = gettext("Number %(number)s is in use within two seconds.", number=model.model_version)
    flash(text)
    if held:
        flash(gettext("It stays until you press “Train now” or use the newest one again."))
    return redirect(url_for("models.show"))


def _verdict(model: Artefact) -> str | None:
    """Why the gate let it through, in words; None of a model from before it said so."""
    verdict: Mapping[str, Any] = model.figures.get("verdict") or {}
    return training_words.reason(verdict["reason"], verdict["figures"]) if verdict else None


def _rows(rows: Sequence[Mapping[str, Any]], group: str) -> list[Mapping[str, Any]]:
    return [each for each in rows if each["group"] == group]


def _variants(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """By kind of cart: its name, and the rows of it."""
    names = {
        "sales": gettext("How often the missing product is sold"),
        "repurchase": gettext("Whether the customer had bought it before"),
        "cart_size": gettext("Products in the cart"),
        "month": gettext("Month"),
    }
    kinds = {each["group"]: None for each in rows if each["group"] != "all"}
    return [(names.get(group, group), _rows(rows, group)) for group in kinds]
