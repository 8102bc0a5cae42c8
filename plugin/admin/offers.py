"""The shop's offers: what each is, how it stands, what it has cost so far; pause, resume, delete."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from plugin.admin import offer_words
from plugin.admin.here import here, this_shop
from plugin.admin.languages import moment
from plugin.errors import Refusal
from plugin.intake import rows
from plugin.offers.kinds import KINDS
from plugin.offers.offer import typed
from plugin.offers.trying import Trial
from plugin.store import offers, past_orders, shops
from plugin.store.offers import StoredOffer

TRIED_ON = 50
"""So many of the latest orders' carts every offer is tried on."""

routes = Blueprint("offers", __name__)


@dataclass(frozen=True)
class Bar:
    """How much of a bound is used up; shares of it, at most 1 together."""

    label: str
    spent_share: float
    reserved_share: float


@dataclass(frozen=True)
class Row:
    """One offer as the page lists it; `state` is a key of `offer_words.states`, `why` a sentence or empty."""

    stored: StoredOffer
    title: str
    kind: offer_words.Words
    state: str
    why: str
    bars: tuple[Bar, ...]


@routes.get("/offers")
def show() -> str:
    """All of them."""
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        kept = offers.all_of(connection, shop_id)
        latest = past_orders.latest(connection, shop_id, TRIED_ON) if kept else []
    states = offer_words.states()
    trial = Trial(*here().serving(shop_id), latest, here().clock())
    return render_template(
        "offers.html",
        rows=sorted((_row(each, trial) for each in kept), key=lambda row: list(states).index(row.state)),
        states=states,
        currency=this_shop().currency,
    )


@routes.post("/offers/pause")
def pause() -> Any:
    """Offer it to nobody for a while, or again."""
    stored = _of_form()
    paused = request.form.get("paused") == "yes"
    definition = {**stored.definition, "paused": paused}
    runtime, shop_id = here().runtime, this_shop().shop_id
    (verdict,) = rows.keep(runtime, shop_id, "offers", [definition], datetime.now(UTC))
    if verdict.verdict == "rejected":
        flash(gettext("It cannot be resumed as it is: open it and see what is said beside the fields."))
    elif paused:
        flash(gettext("Paused: within a second nobody is offered it. What was accepted is still kept."))
    else:
        flash(gettext("Resumed."))
    return redirect(url_for("offers.show"))


@routes.post("/offers/delete")
def delete() -> Any:
    """Offer it to nobody any more."""
    stored, shop_id = _of_form(), this_shop().shop_id
    with here().runtime.database.write() as connection:
        shops.lock(connection, shop_id)
        offers.remove(connection, shop_id, stored.offer_id, datetime.now(UTC))
    flash(gettext("Deleted. What was accepted is still kept."))
    return redirect(url_for("offers.show"))


def find(offer_id: str) -> StoredOffer | None:
    """The shop's offer of this id, if there is one."""
    with here().runtime.database.read() as connection:
        found = offers.find(connection, this_shop().shop_id, offer_id)
    return None if found is None or found.deleted else found


def _of_form() -> StoredOffer:
    stored = find(request.form.get("offer_id", ""))
    if stored is None:
        raise Refusal("not_found", gettext("There is no such offer any more."))
    return stored


def _row(stored: StoredOffer, trial: Trial) -> Row:
    lang = str(get_locale() or "en")
    state, why = _state(stored, trial, lang)
    words = offer_words.kind(str(stored.definition["kind"]))
    titles = stored.definition["title"]
    title = titles.get(lang) or titles.get(this_shop().language) or words.name
    return Row(stored, title, words, state, why, tuple(_bars(stored)))


def _state(stored: StoredOffer, trial: Trial, lang: str) -> tuple[str, str]:
    """The first thing that is the matter with it; what only some carts are refused for is not told here."""
    definition, offer = stored.definition, typed(stored.definition)
    if offer.ends_at is not None and offer.ends_at <= trial.now:
        return "ended", gettext("Since %(at)s.", at=moment(offer.ends_at))
    if stored.paused:
        needs = KINDS[str(definition["kind"])].duty and not definition["confirmed"]
        return (
            ("unconfirmed", gettext("Set up what you keep yourself, and confirm."))
            if needs
            else ("paused", "")
        )
    if stored.trouble(0) == "budget_spent":
        return "spent", gettext("Nobody is offered it until the budget is greater.")
    if offer.starts_at is not None and offer.starts_at > trial.now:
        return "later", gettext("From %(at)s on.", at=moment(offer.starts_at))
    tried = trial.of(definition, lang)
    if tried.quote is None:
        return "off", gettext("None of the latest carts could have it. %(why)s", why=tried.message or "")
    return ("silent", "") if this_shop().settings.stopped else ("live", "")


def _bars(stored: StoredOffer) -> Iterator[Bar]:
    if stored.budget_minor:
        yield Bar("money", *_shares(stored.spent_minor, stored.reserved_minor, stored.budget_minor))
    if stored.budget_count:
        open_ = max(0, stored.accepted - stored.redeemed)
        yield Bar("count", *_shares(stored.redeemed, open_, stored.budget_count))


def _shares(spent: int, reserved: int, whole: int) -> tuple[float, float]:
    spent_share = min(1.0, spent / whole)
    return spent_share, min(1.0 - spent_share, reserved / whole)
