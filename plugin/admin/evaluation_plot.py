"""The plot on a model's card: how often it and others find the missing product, in the page's own words."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from flask_babel import gettext
from markupsafe import Markup

from plugin.admin.languages import share
from recommender.evaluation.plots import GREY, PALE, SOFT, STRONG, Bar, Group, bars
from recommender.evaluation.report import CART, CUSTOMER, Figure


def plot(rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Hit rates with their intervals as SVG; `rows`: those over all carts, of `Evaluation.to_dict`."""
    names = {
        "Encore": gettext("This model"),
        "in_use": gettext("The one then in use"),
        "bestsellers": gettext("Best sellers"),
    }
    told = dict.fromkeys(str(row["recommender"]) for row in rows)
    groups = [Group(names.get(name, name), tuple(_bars(rows, name))) for name in told]
    legend = ((gettext("cart alone"), PALE), (gettext("cart and customer"), GREY))
    title = gettext("How often it finds the missing product of a cart")
    return Markup(bars(title, legend, groups, share))  # noqa: S704 - every word in it is escaped


def _bars(rows: Sequence[Mapping[str, Any]], name: str) -> list[Bar]:
    """One for each setting; one only where the customer changes nothing."""
    colours = {CART: SOFT, CUSTOMER: STRONG} if name == "Encore" else {CART: PALE, CUSTOMER: GREY}
    its = [row for row in rows if row["recommender"] == name]
    figures = {row["setting"]: Figure(*map(_number, row["hit_rate"])) for row in its}
    drawn = [Bar(figure, colours[setting]) for setting, figure in figures.items() if not isnan(figure.value)]
    return drawn[:1] if len({bar.figure for bar in drawn}) == 1 else drawn


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
