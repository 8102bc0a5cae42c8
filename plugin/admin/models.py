"""The models: what the last trainings came to, each model's card, and the way back to an older one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import training_words
from plugin.admin.evaluation_plot import plot
from plugin.admin.here import forget_shop, here, this_shop
from plugin.store import models, trainings
from plugin.store.models import Artefact
from plugin.store.product_search import titles

_TRAININGS = 10

Row = Mapping[str, Any]

routes = Blueprint("models", __name__)


@routes.get("/models")
def show() -> str:
    """What can be used, and how the last trainings ended."""
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        found = models.all_of(connection, shop_id)
        recent = trainings.recent(connection, shop_id, _TRAININGS)
        held = models.is_held(connection, shop_id)
        must_forget = models.must_forget(connection, shop_id)
    ended = next((each for each in recent if each.finished_at), None)
    return render_template(
        "models.html",
        models=found,
        trainings=recent,
        held=held,
        must_forget=must_forget,
        kept_back=ended is not None and ended.status == "rejected",
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
        beside=_lines(rows, group="all"),
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


def _rows(rows: Sequence[Row], group: str) -> list[Row]:
    return [each for each in rows if each["group"] == group]


class Line(NamedTuple):
    """What one recommender found of the carts of one variant, told the cart alone and the customer too."""

    recommender: str
    variant: str
    n_carts: int
    cart: Row
    customer: Row


def _lines(rows: Sequence[Row], group: str) -> list[Line]:
    """The rows of a group, both settings side by side; variants without a cart are left out."""
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in _rows(rows, group):
        found.setdefault((row["variant"], row["recommender"]), {})[row["setting"]] = row
    return [
        Line(who, variant, both["cart"]["n_carts"], both["cart"], both["customer"])
        for (variant, who), both in found.items()
        if both["cart"]["n_carts"]
    ]


def _variants(rows: Sequence[Row]) -> list[tuple[str, list[Line]]]:
    """By kind of cart: its name, and the lines of it."""
    names = {
        "sales": gettext("How often the missing product is sold"),
        "repurchase": gettext("Whether the customer had bought it before"),
        "cart_size": gettext("Products in the cart"),
        "month": gettext("Month"),
    }
    kinds = {each["group"]: None for each in rows if each["group"] != "all"}
    by_kind = ((group, sorted(_lines(rows, group), key=lambda line: line.variant)) for group in kinds)
    return [(names.get(group, group), lines) for group, lines in by_kind]
