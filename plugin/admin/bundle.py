"""One bundle: its products, what the orders say of it, its name, and what may be taken off."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import bundles, offer_fields, offer_words
from plugin.admin.bundles import Products
from plugin.admin.here import here, this_shop
from plugin.intake import rows
from plugin.intake.rows import Verdict
from plugin.offers import explaining, promises, replay
from plugin.offers.bundles import offers_of
from plugin.offers.parameters import Form
from plugin.offers.quoting import Below, Known, Quote, Quoting
from plugin.schemas.bundle_settings import FEWEST, MOST
from plugin.schemas.shop import LANGUAGES
from plugin.store.product_search import search

routes = Blueprint("bundle", __name__)
_SHARE = Form("share")


@routes.get("/offers/bundles/one")
def show() -> str:
    """The bundle that the address names (`of`), with a search for more; `off`: a percentage tried on it."""
    products = bundles.products_in(request.args.getlist("of"))
    return _page(products, request.args.get("off", "").strip()[:20], {}, {})


@routes.post("/offers/bundles/one")
def name() -> Any:
    """Keep its name in each language; so it is pinned."""
    products = bundles.products_in(request.form.getlist("of"))
    title = {lang: request.form.get(f"title.{lang}", "").strip() for lang in LANGUAGES}
    given = {lang: text for lang, text in title.items() if text}
    if len(products) >= FEWEST:
        if bundles.keep(lambda stored: bundles.named(stored, products, given)):
            errors = {f"title.{lang}": _faults(text) for lang, text in given.items()}
            wrong = {name: texts for name, texts in errors.items() if texts}
            return _page(
                products, "", title, wrong or {"title": [gettext("This cannot be kept as it is.")]}
            ), 422
        flash(gettext("Saved."))
    return redirect(url_for("bundle.show", of=products))


def _faults(text: str) -> list[str]:
    """What a name must not have: words that press, for a bundle has no end; too many characters."""
    pressing = [offer_words.pressing(sort, found) for sort, found in promises.pressing(text).items()]
    return pressing or ([offer_words.characters(120)] if len(text) > 120 else [])


def _page(products: Products, off: str, title: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    text = request.args.get("search", "").strip()[:200]
    with here().runtime.database.read() as connection:
        stored = bundles.stored_of(connection)
        found = search(connection, this_shop().shop_id, text, bundles.FOUND_AT_MOST) if text else {}
    row = bundles.row_of(products, stored) if len(products) >= FEWEST else None
    live, _ = here().serving(this_shop().shop_id)
    return render_template(
        "bundle.html",
        products=products,
        names=bundles.names_of(products),
        prices={each: item.price_minor for each in products if (item := live.catalogue.get(each))},
        row=row,
        title=title or (row.title if row else {}),
        errors=errors,
        search=text,
        found={each: name for each, name in found.items() if each not in products},
        most=MOST,
        off=off,
        discount=_discount(products, off) if row is not None else None,
        against=_against(products) if row is not None else {},
        sum_lines=offer_words.sum_lines,
        currency=this_shop().currency,
    )


def _against(products: Products) -> dict[str, str]:
    """The offers of this bundle that do not hold for it by itself, and why."""
    live, shelf = here().serving(this_shop().shop_id)
    quoting = Quoting(live, shelf, bundles.question(products), here().clock())
    answers = [(held.offer, quoting.quote(held, Known())) for held in offers_of(shelf, products)]
    return {
        offer.offer_id: explaining.message(answer, offer, quoting.voice, quoting)
        for offer, answer in answers
        if isinstance(answer, str)
    }


def _discount(products: Products, off: str) -> dict[str, Any]:
    """How many whole percent the margin floor allows of the bundle by itself (`allowed`), and what `off`,
    else those, would mean: `quote` with its sum, `message` why it cannot be.
    """
    live, shelf = here().serving(this_shop().shop_id)
    quoting = Quoting(live, shelf, bundles.question(products), here().clock())
    allowed = bisect_left(range(1, 101), True, key=lambda each: not isinstance(_tried(quoting, each), Quote))
    share = offer_fields.share(off) if off else max(allowed, 1) / 100
    if not (isinstance(share, float) and 0 < share <= 1):
        return {"allowed": allowed, "quote": None, "message": offer_words.takes(_SHARE)}
    tried = _tried(quoting, share * 100)
    if isinstance(tried, Quote):
        return {"allowed": allowed, "quote": tried, "message": None}
    quote = tried.quote if isinstance(tried, Below) else None
    return {"allowed": allowed, "quote": quote, "message": quoting.voice.say(explaining.WHY[str(tried)])}


def _tried(quoting: Quoting, percent: float) -> Quote | str:
    """An offer of so much off these products together, for who is shown them as a bundle."""
    parameters = {"off_share": round(percent / 100, 6), "products": list(quoting.situation.bundle)}
    value = {"offer_id": "draft", "kind": "bundle", "parameters": parameters, "placements": ["product"]}
    definition = rows.checked(rows.NOUNS["offers"], value)
    if isinstance(definition, Verdict):
        return "nothing_off"
    held = replay.as_if_live(this_shop().shop_id, definition, here().clock())
    return quoting.quote(held, Known())
