"""What offers are reckoned with: prices and tax, the margin floor, shipping, fees, assumed margins, quiet."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from plugin.admin import offer_fields
from plugin.admin.here import here, this_shop
from plugin.admin.offer_fields import Written
from plugin.admin.saving import save
from plugin.offers import trying
from plugin.store.product_search import categories, counts_of

_MINOR = ("floor_minor", "shipping_cost_minor", "fee_minor")
_MINOR_OR_NONE = ("shipping_price_minor", "free_shipping_from_minor")
_SHARES = ("tax_share", "floor_share", "fee_share")
_WHOLE = ("pause_hours", "silence_days")
_LISTED = 40
"""So many categories are listed by themselves, those of most products first; others are found by a search."""

routes = Blueprint("offer_money", __name__)


@routes.get("/offers/money")
def show() -> str:
    """The form."""
    settings, written = this_shop().settings.offers, _written()
    form: dict[str, Any] = {"webhook_url": settings.webhook_url or "", "tax": settings.prices_include_tax}
    form |= {name: written.amount(getattr(settings, name)) for name in (*_MINOR, *_MINOR_OR_NONE)}
    form |= {name: _percent(getattr(settings, name)) for name in _SHARES}
    form |= {name: getattr(settings, name) for name in _WHOLE}
    assumed = {name: _percent(share) for name, share in settings.assumed_margin_shares.items()}
    return _form(form, assumed, {})


@routes.post("/offers/money")
def change() -> Any:
    """Keep all of it, or nothing; categories that are not on the page keep their margins."""
    written = _written()
    form = {
        name: request.form.get(name, "").strip() for name in (*_MINOR, *_MINOR_OR_NONE, *_SHARES, *_WHOLE)
    }
    given: dict[str, Any] = {name: written.minor(form[name] or "0") for name in _MINOR}
    given |= {name: written.minor(form[name]) if form[name] else None for name in _MINOR_OR_NONE}
    given |= {name: offer_fields.share(form[name] or "0") for name in _SHARES}
    given |= {name: form[name] for name in _WHOLE}
    url, assumed = request.form.get("webhook_url", "").strip(), _assumed()
    given |= {
        "webhook_url": url or None,
        "prices_include_tax": "tax" in request.form,
        "assumed_margin_shares": {name: offer_fields.share(text) for name, text in assumed.items() if text},
    }
    errors = save({"offers": given}, _in_words)
    if errors:
        return _form({**form, "webhook_url": url, "tax": "tax" in request.form}, assumed, errors), 422
    flash(gettext("Saved."))
    return redirect(url_for("offer_money.show"))


def _assumed() -> dict[str, str]:
    """The percentages of the page's categories, beside those that it does not show."""
    settings = this_shop().settings.offers
    kept = {name: _percent(share) for name, share in settings.assumed_margin_shares.items()}
    shown = zip(request.form.getlist("category"), request.form.getlist("margin"), strict=False)
    return kept | {name: text.strip() for name, text in shown}


def _form(form: Mapping[str, Any], assumed: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    shop_id, text = this_shop().shop_id, request.args.get("search", "").strip()[:200]
    with here().runtime.database.read() as connection:
        listed = categories(connection, shop_id, text, _LISTED)
        counts = counts_of(connection, shop_id, set(assumed)) if assumed else {}
    _, shelf = here().serving(shop_id)
    return render_template(
        "offer_money.html",
        form=form,
        errors={name.removeprefix("offers."): texts for name, texts in errors.items()},
        categories={name: listed.get(name, counts.get(name, 0)) for name in (*assumed, *listed)},
        assumed=assumed,
        search=text,
        currency=this_shop().currency,
        without_cost=trying.lacking(shelf),
        found_at_most=_LISTED,
    )


def _in_words(name: str) -> str:
    """What a field takes."""
    name = name.removeprefix("offers.")
    bounds = {"pause_hours": (0, 8760), "silence_days": (1, 365)}
    if name in bounds:
        low, high = bounds[name]
        return str(gettext("Give a whole number from %(low)s to %(high)s.", low=low, high=high))
    if name.endswith("_minor"):
        return str(gettext("Give an amount, such as %(example)s.", example=_written().amount(450)))
    if name == "webhook_url":
        return str(gettext("Give an address that begins with https://."))
    high = 1000 if name == "tax_share" else 100
    return str(gettext("Give a percentage from %(low)s to %(high)s.", low=0, high=high))


def _percent(share: float) -> str:
    return offer_fields.percent(int(Decimal(str(share)) * 1_000_000))


def _written() -> Written:
    return Written(this_shop().currency, this_shop().time_zone)
