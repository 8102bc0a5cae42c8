"""What a category is: sensitive, bought once or again, without upsells; found by a piece of its name."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin.here import forget_shop, here, this_shop
from plugin.admin.suggestions import waiting
from plugin.settings import Settings
from plugin.store import shops
from plugin.store.product_search import categories, counts_of

FOUND_AT_MOST, AT_FIRST = 20, 6
LONGEST_NAME = 200
_OTHER = {"bought_once": "bought_again", "bought_again": "bought_once"}
"""What a category cannot be at the same time."""
MARKS = ("sensitive", *_OTHER, "no_upsell")

routes = Blueprint("categories", __name__)


@routes.get("/suggestions/categories")
def show() -> str:
    """What is marked, and what a search found that could be; without one, the categories of most products."""
    shop, text = this_shop(), request.args.get("search", "").strip()[:LONGEST_NAME]
    marked, at_most = _marked(shop.settings), FOUND_AT_MOST if text else AT_FIRST
    with here().runtime.database.read() as connection:
        found = categories(connection, shop.shop_id, text, at_most)
        counts = counts_of(connection, shop.shop_id, list(marked))
    return render_template(
        "categories.html",
        search=text,
        found=found,
        found_at_most=at_most,
        marks={name: marked.get(name, set()) for name in {*found, *marked}},
        marked={name: counts.get(name, 0) for name in sorted(marked)},
        mark_names={
            "sensitive": gettext("Sensitive"),
            "bought_once": gettext("Bought once"),
            "bought_again": gettext("Bought again"),
            "no_upsell": gettext("No upsells"),
        },
        **waiting(),
    )


@routes.post("/suggestions/categories")
def mark() -> Any:
    """Put one mark on a category, or take it off."""
    name, (wanted, _, state) = request.form.get("category", ""), request.form.get("mark", "").partition(":")
    if wanted in MARKS and 0 < len(name) <= LONGEST_NAME:
        _change(name, wanted, on=state == "on")
        flash(_done(wanted))
    return redirect(url_for("categories.show", search=request.form.get("search") or None))


def _done(mark: str) -> Any:
    if mark == "sensitive":
        return gettext(
            "Saved. Personal suggestions follow within two seconds, the rest with the next training."
        )
    if mark == "no_upsell":
        return gettext("Saved.")
    return gettext("Saved. It takes effect with the next training.")


def _marked(settings: Settings) -> dict[str, set[str]]:
    """The marks of each category that has one."""
    found: dict[str, set[str]] = {}
    for mark in MARKS:
        for name in getattr(settings, f"{mark}_categories"):
            found.setdefault(name, set()).add(mark)
    return found


def _change(name: str, mark: str, *, on: bool) -> None:
    """Read and write in one transaction: of two changes at once neither is lost."""
    runtime, shop_id = here().runtime, this_shop().shop_id
    with runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        settings = shops.load(connection, runtime.vault, shop_id).settings
        changes = {mark: _with(settings, mark, name) if on else _without(settings, mark, name)}
        if on and mark in _OTHER:
            changes[_OTHER[mark]] = _without(settings, _OTHER[mark], name)
        whole = {f"{each}_categories": sorted(names) for each, names in changes.items()}
        shops.change_settings(connection, shop_id, whole)
    forget_shop()


def _with(settings: Settings, mark: str, name: str) -> set[str]:
    return {*getattr(settings, f"{mark}_categories"), name}


def _without(settings: Settings, mark: str, name: str) -> set[str]:
    return {*getattr(settings, f"{mark}_categories")} - {name}
