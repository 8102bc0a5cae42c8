"""What is shown together: the merchant's bundles, those never to be shown, and those that the orders show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from plugin.admin.here import forget_shop, here, this_shop
from plugin.errors import Refusal
from plugin.offers.bundles import quote_of
from plugin.offers.people import Person
from plugin.offers.quoting import Question, Quote
from plugin.schemas.bundle_settings import FEWEST, MOST
from plugin.schemas.parts import MAX_ID
from plugin.store import shops
from plugin.store.product_search import search, titles
from recommender import Bundle

PAGE = 20
FOUND_AT_MOST = 10
_LOOKED_AT = 1_000

Products = tuple[str, ...]
Stored = Mapping[str, Any]
"""The settings of bundles as they are kept."""

routes = Blueprint("bundles", __name__)


@dataclass(frozen=True)
class Row:
    """One bundle. `found`: what the orders show of it; None: the merchant put it together. `title`: its name,
    by language. `total_minor` None: not all of it can be bought now at one price. `quote`: the offer that
    lowers its price, for it alone.
    """

    products: Products
    found: Bundle | None
    title: Mapping[str, str]
    is_pinned: bool
    is_forbidden: bool
    total_minor: int | None
    quote: Quote | None


@routes.get("/offers/bundles")
def show() -> str:
    """The merchant's own, those forbidden, and those found: all of them, or those with one product."""
    product_id, text = request.args.get("product", "")[:MAX_ID], request.args.get("search", "").strip()[:200]
    page = max(1, request.args.get("page", 1, type=int))
    shop_id = this_shop().shop_id
    with here().runtime.database.read() as connection:
        stored = stored_of(connection)
        found_products = search(connection, shop_id, text, FOUND_AT_MOST) if text else {}
    model = here().serving(shop_id)[0].model
    learnt = model.bundles(product_id or None, page * PAGE + 1) if model is not None else []
    listed = [each.product_ids for each in islice(learnt, (page - 1) * PAGE, page * PAGE)]
    own = _holding(product_id, [tuple(each["products"]) for each in stored["made"]])
    forbidden = _holding(product_id, map(tuple, stored["forbidden"]))
    pinned = set(map(frozenset, own))
    rest = [each for each in listed if frozenset(each) not in pinned]
    return render_template(
        "bundles.html",
        own=[row_of(each, stored) for each in own],
        forbidden=[row_of(each, stored) for each in forbidden],
        found=[row_of(each, stored) for each in rest],
        names=names_of({product_id, *(each for ids in (*own, *forbidden, *rest) for each in ids)}),
        has_model=model is not None,
        product_id=product_id,
        search=text,
        found_products=found_products,
        page=page,
        has_more=len(learnt) > page * PAGE,
        currency=this_shop().currency,
    )


@routes.post("/offers/bundles")
def change() -> Any:
    """Pin a bundle, put it first, let it go, forbid or allow it."""
    products, what = products_in(request.form.getlist("of")), request.form.get("do", "")
    if what in _CHANGES and (FEWEST <= len(products) <= MOST or what == "allow"):
        if keep(lambda stored: _CHANGES[what](stored, products)):
            flash(gettext("There are as many as there can be: let another one go first."))
        else:
            flash(gettext("Saved."))
    if request.form.get("from") == "list":
        return redirect(url_for("bundles.show", product=request.form.get("product") or None))
    return redirect(url_for("bundle.show", of=products))


# -- what is kept -----------------------------------------------------------------------------------------


def products_in(ids: Iterable[str]) -> Products:
    """Each product of `ids` once, in their order; at most as many as a bundle has."""
    return tuple(dict.fromkeys(each[:MAX_ID] for each in ids if each))[:MOST]


def stored_of(connection: Any) -> Stored:
    """The shop's settings of bundles, in the merchant's order."""
    settings: Stored = shops.stored_settings(connection, this_shop().shop_id)["bundles"]
    return settings


def keep(change: Callable[[Stored], dict[str, Any]]) -> Mapping[str, Sequence[str]]:
    """Read and write in one transaction: of two changes at once neither is lost. Gives what is wrong with the
    change, and then nothing was kept.
    """
    shop_id = this_shop().shop_id
    try:
        with here().runtime.database.write() as connection:
            shops.lock(connection, shop_id)
            shops.change_settings(connection, shop_id, {"bundles": change(stored_of(connection))})
    except Refusal as refusal:
        return refusal.errors
    forget_shop()
    return {}


def named(stored: Stored, products: Products, title: Mapping[str, str]) -> dict[str, Any]:
    """The settings with this name for the bundle, which is so pinned."""
    made = [dict(each) for each in stored["made"]]
    if not any(_is(each["products"], products) for each in made):
        made.append({"products": list(products)})
    for each in made:
        if _is(each["products"], products):
            each["title"] = dict(title)
    return {"made": made, "forbidden": _without(stored["forbidden"], products)}


def _pinned(stored: Stored, products: Products) -> dict[str, Any]:
    return named(stored, products, _title(stored, products))


def _put_first(stored: Stored, products: Products) -> dict[str, Any]:
    made = _pinned(stored, products)["made"]
    return {"made": sorted(made, key=lambda each: not _is(each["products"], products))}


def _let_go(stored: Stored, products: Products) -> dict[str, Any]:
    return {"made": [each for each in stored["made"] if not _is(each["products"], products)]}


def _forbidden(stored: Stored, products: Products) -> dict[str, Any]:
    forbidden = [*_without(stored["forbidden"], products), list(products)]
    return {**_let_go(stored, products), "forbidden": forbidden}


def _allowed(stored: Stored, products: Products) -> dict[str, Any]:
    return {"forbidden": _without(stored["forbidden"], products)}


_CHANGES: dict[str, Callable[[Stored, Products], dict[str, Any]]] = {
    "pin": _pinned,
    "first": _put_first,
    "let_go": _let_go,
    "forbid": _forbidden,
    "allow": _allowed,
}


def _is(products: Iterable[str], others: Iterable[str]) -> bool:
    return set(products) == set(others)


def _without(sets: Iterable[Sequence[str]], products: Products) -> list[Sequence[str]]:
    return [each for each in sets if not _is(each, products)]


def _title(stored: Stored, products: Products) -> Mapping[str, str]:
    return next((each["title"] for each in stored["made"] if _is(each["products"], products)), {})


# -- as it is shown ---------------------------------------------------------------------------------------


def row_of(products: Products, stored: Stored) -> Row:
    """The bundle of `products` with all that is known of it."""
    live, shelf = here().serving(this_shop().shop_id)
    learnt = live.model.bundles(products[0], _LOOKED_AT) if live.model is not None and products else []
    prices = [each.price_minor if (each := live.catalogue.get(id_)) else None for id_ in products]
    known = [price for price in prices if price is not None]
    return Row(
        products=products,
        found=next((each for each in learnt if _is(each.product_ids, products)), None),
        title=_title(stored, products),
        is_pinned=any(_is(each["products"], products) for each in stored["made"]),
        is_forbidden=any(_is(each, products) for each in stored["forbidden"]),
        total_minor=sum(known) if known and len(known) == len(prices) else None,
        quote=quote_of(live, shelf, question(products), here().clock()),
    )


def question(products: Products) -> Question:
    """The bundle by itself, asked for by nobody who is known."""
    return Question("product", (), Person(), str(get_locale() or "en"), bundle=tuple(sorted(products)))


def names_of(product_ids: Iterable[str]) -> dict[str, str]:
    """The titles of those that the shop has."""
    with here().runtime.database.read() as connection:
        return titles(connection, this_shop().shop_id, sorted(product_ids))


def _holding(product_id: str, sets: Iterable[Products]) -> list[Products]:
    return [each for each in sets if not product_id or product_id in each]
