"""Make or change an offer: its kind first, then all it needs; a preview, and the last weeks tried on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from babel import Locale
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from plugin.admin import offer_faults, offer_fields, offer_words, offers
from plugin.admin.here import here, this_shop
from plugin.admin.offer_fields import Entry, Given, Written
from plugin.intake import rows
from plugin.intake.rows import Verdict
from plugin.offers import replay, trying
from plugin.offers.conditions import CONDITIONS
from plugin.offers.explaining import WHY
from plugin.offers.kinds import KINDS
from plugin.offers.quoting import as_json
from plugin.offers.replay import Wanted
from plugin.offers.shelf import Shelf
from plugin.offers.trying import Tried
from plugin.schemas.offer import PLACEMENTS
from plugin.store import acceptances, past_orders
from plugin.store import offers as stored_offers
from plugin.store.acceptances import Acceptance
from plugin.store.database import Connection
from plugin.store.product_search import search

_LISTED = 300
"""So many products a field offers by itself; others are found by the search beside it."""
_FOUND_AT_MOST = 10
_LOST_AT_MOST = 10

routes = Blueprint("offer_form", __name__)


@dataclass
class Page:
    """What the form's page shows beside the fields themselves."""

    errors: Mapping[str, list[str]]
    tried: Tried | None = None
    replayed: Mapping[str, Any] | None = None
    search: str = ""
    lost: Sequence[Acceptance] = ()


@routes.get("/offers/new")
def kinds() -> str:
    """Which kind it shall be; those that this shop cannot make say why."""
    _, shelf = here().serving(this_shop().shop_id)
    without = trying.lacking(shelf)
    why = {
        name: WHY[word][_lang()]
        for name, each in KINDS.items()
        if (word := trying.kind_trouble(each.redeemed_by, shelf, without)) is not None
    }
    return render_template("offer_kinds.html", groups=offer_words.kinds(), why=why, without_cost=without)


@routes.get("/offers/edit")
def show() -> Any:
    """The form of an offer that there is, or of a new one of a kind, with the address's parameters."""
    kind, offer_id = request.args.get("kind", ""), request.args.get("offer", "")
    stored = offers.find(offer_id) if offer_id else None
    if stored is not None:
        given = offer_fields.form_of(stored.definition, _written())
        given["known"] = "yes"
        return _form(given, Page({}, _tried(stored.definition), lost=_lost(offer_id)))
    if kind not in KINDS:
        return redirect(url_for("offer_form.kinds"))
    given = offer_fields.new_form(kind, _free_id(kind))
    for name in [each for each in request.args if each.startswith("parameters.")]:
        given[name] = request.args[name]
    return _form(given, Page({}))


@routes.post("/offers/edit")
def change() -> Any:
    """Keep it, or show what it would be: a preview, the last weeks, one more condition or one less."""
    given, do = offer_fields.arranged(request.form), request.form.get("do", "preview")
    if given.get("kind") not in KINDS:
        return redirect(url_for("offer_form.kinds"))
    if do == "find":
        return _form(given, Page({}, search=given.get("search", "").strip()[:200]))
    if do == "with":
        return _form(offer_fields.arranged(given, plus=given.get("plus")), Page({}))
    if do.startswith("without:"):
        number = do.removeprefix("without:")[:2]
        fewer = offer_fields.arranged(given, without=int(number) if number.isdecimal() else None)
        return _form(fewer, Page({}))
    return _save(given) if do == "save" else _try(given, whole=do == "try")


def _save(given: Given) -> Any:
    value = offer_fields.definition_of(given, _written())
    if _is_taken(str(value["offer_id"]), is_known="known" in given):
        return _form(given, Page({"offer_id": [gettext("There is an offer with this id already.")]})), 422
    runtime, shop_id = here().runtime, this_shop().shop_id
    (verdict,) = rows.keep(runtime, shop_id, "offers", [value], datetime.now(UTC))
    if verdict.verdict == "rejected":
        return _form(given, Page(offer_faults.in_words(verdict.errors, value))), 422
    flash(
        gettext("Saved. It is paused: resume it when it shall be shown.")
        if value["paused"]
        else gettext("Saved.")
    )
    return redirect(url_for("offers.show"))


def _is_taken(offer_id: str, *, is_known: bool) -> bool:
    """Whether another offer has the id, or one that was deleted had it."""
    with here().runtime.database.read() as connection:
        found = stored_offers.find(connection, this_shop().shop_id, offer_id)
    return found is not None and (found.deleted or not is_known)


def _try(given: Given, *, whole: bool) -> Any:
    """The form with a preview, and with all of the last weeks if `whole`; nothing is kept."""
    value = offer_fields.definition_of(given, _written())
    definition = rows.checked(rows.NOUNS["offers"], {**value, "paused": True})
    if isinstance(definition, Verdict):
        return _form(given, Page(offer_faults.in_words(definition.errors, value))), 422
    page = Page({}, _tried(definition))
    if whole:
        shop_id, now = this_shop().shop_id, here().clock()
        with here().runtime.database.read() as connection:
            on = here().serving(shop_id)
            page.replayed = replay.replay(connection, on, Wanted(definition, lang=_lang()), now)
    return _form(given, page)


def _tried(definition: Mapping[str, Any]) -> Tried:
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        latest = past_orders.latest(connection, shop_id, offers.TRIED_ON)
    return trying.Trial(*here().serving(shop_id), latest, here().clock()).of(definition, _lang())


def _lost(offer_id: str) -> Sequence[Acceptance]:
    with here().runtime.database.read() as connection:
        return acceptances.lost_with(connection, this_shop().shop_id, offer_id, _LOST_AT_MOST)


# -- the page ---------------------------------------------------------------------------------------------


def _form(given: Given, page: Page) -> str:
    shop_id, kind = this_shop().shop_id, given["kind"]
    _, shelf = here().serving(shop_id)
    with here().runtime.database.read() as connection:
        others = [each.offer_id for each in stored_offers.all_of(connection, shop_id)]
        found = search(connection, shop_id, page.search, _FOUND_AT_MOST) if page.search else {}
        missing = _missing_conditions(shelf, connection)
    return render_template(
        "offer_form.html",
        given=given,
        page=page,
        errors=page.errors,
        kind=offer_words.kind(kind),
        duty=(KINDS[kind].duty or {}).get(_lang()),
        parameters=_entries(kind, "parameters.", given, shelf),
        conditions=[_condition(each, given, shelf) for each in offer_fields.conditions_in(given)],
        condition_words={
            name: each for name, each in offer_words.conditions().items() if name not in missing
        },
        missing_conditions=missing,
        placements=PLACEMENTS,
        stacking=offer_words.stacking(),
        others=[each for each in others if each != given.get("offer_id")],
        found=found,
        titles={key: each.title for key, each in islice(shelf.prices.items(), _LISTED)},
        title_of=lambda key: shelf.prices[key].title if key in shelf.prices else None,
        choices=_choices(),
        written=_written(),
        preview=_preview(page.tried),
        sum_lines=offer_words.sum_lines,
        amiss=offer_words.amiss(),
        weeks=replay.WEEKS,
    )


def _condition(number: int, given: Given, shelf: Shelf) -> tuple[int, str, offer_words.Words, list[Entry]]:
    kind, prefix = given[f"conditions.{number}.kind"], f"conditions.{number}."
    return number, kind, offer_words.conditions()[kind], _entries(kind, prefix, given, shelf)


def _entries(owner: str, prefix: str, given: Given, shelf: Shelf) -> list[Entry]:
    """The fields of a kind or condition; none for categories where no product carries one."""
    carried = any(product.categories for product in shelf.prices.values())
    found = offer_fields.entries(owner, prefix, given)
    return [each for each in found if carried or each.value or not each.name.endswith("categories")]


def _preview(tried: Tried | None) -> Mapping[str, Any] | None:
    """The offer as a shopper's page has it."""
    return as_json(tried.quote, here().clock()) if tried is not None and tried.quote is not None else None


def _missing_conditions(shelf: Shelf, connection: Connection) -> dict[str, str]:
    """The conditions whose data is not there yet, and what they wait for."""
    missing, shop_id = {}, this_shop().shop_id
    if not past_orders.has_known_customers(connection, shop_id):
        text = gettext("No order of a known customer has arrived yet.")
        missing = {name: text for name, each in CONDITIONS.items() if each.needs_customer}
    if not shelf.prices:
        text = gettext("The catalogue is empty.")
        missing |= {"cart_total": text, "cart_has": text, "cart_has_not": text}
    if not past_orders.has_known_countries(connection, shop_id):
        missing["country"] = gettext("No customer's country is known yet: send it with your customers.")
    return missing


def _choices() -> dict[str, dict[str, str]]:
    """What can be ticked, by the sort of a field."""
    locale = get_locale() or Locale("en")
    days = locale.days["format"]["wide"]
    names = {code: str(locale.languages.get(code, code)).capitalize() for code in ("en", "es", "it", "zh")}
    return {"weekdays": {str(each + 1): str(days[each]) for each in range(7)}, "languages": names}


def _free_id(kind: str) -> str:
    """An id for a new offer: its kind, with a number where that is taken."""
    with here().runtime.database.read() as connection:
        taken = stored_offers.ids_ever(connection, this_shop().shop_id)
    plain = kind.replace("_", "-")
    numbered = (plain if number == 1 else f"{plain}-{number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def _written() -> Written:
    return Written(this_shop().currency, this_shop().time_zone)


def _lang() -> str:
    return str(get_locale() or "en")
