"""The switches on every page: stop silences every widget, only me shows them before others see them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext
from flask_login import current_user

from plugin.admin.here import here, this_shop
from plugin.admin.saving import save
from plugin.serving import preview

PREVIEW_LIFE = timedelta(hours=12)

routes = Blueprint("switches", __name__)


@routes.app_context_processor
def _switches() -> dict[str, Any]:
    """What the frame of every page shows: the shop, and where its widgets can be looked at alone."""
    if not current_user.is_authenticated:
        return {"shop": None}
    shop = this_shop()
    return {"shop": shop, "preview_links": _preview_links() if shop.settings.only_me else []}


@routes.post("/stop")
def stop() -> Any:
    """Silence every widget of the shop, or let them speak again."""
    stopped = request.form.get("stopped") == "yes"
    done = (
        gettext("Stopped: within two seconds no page shows a widget.")
        if stopped
        else gettext("Resumed: the widgets show again.")
    )
    return _switched({"stopped": stopped}, done)


@routes.post("/only-me")
def only_me() -> Any:
    """Show the widgets to holders of a preview link alone, or to everybody again."""
    alone = request.form.get("only_me") == "yes"
    done = (
        gettext("The widgets show only where a preview link was opened, and nothing is counted.")
        if alone
        else gettext("Everybody sees the widgets again.")
    )
    return _switched({"only_me": alone}, done)


def _switched(change: dict[str, bool], done: str) -> Any:
    """Keep a switch and say so, or say what is amiss: a *Stop* that failed must not look done."""
    wrong = save(change)
    for text in [f"{name}: {' '.join(texts)}" for name, texts in wrong.items()] or [done]:
        flash(text)
    return _back()


def _back() -> Any:
    """To the page that the switch was on, if it is one of ours."""
    pages = {
        url_for(f"{name}.show")
        for name in (
            *("overview", "suggestions", "categories", "complements", "explain", "placements"),
            *("offers", "offer_why", "offer_money", "products", "schedule", "models", "keys", "password"),
        )
    }
    page = request.form.get("page", "")
    return redirect(page if page in pages else url_for("overview.show"))


def _preview_links() -> list[str]:
    shop = this_shop()
    expires_unix = int((here().clock() + PREVIEW_LIFE).timestamp())
    token = preview.make(here().runtime.vault, shop.shop_id, expires_unix)
    return [f"{origin}/?{urlencode({'encore_preview': token})}" for origin in sorted(shop.origins)]
