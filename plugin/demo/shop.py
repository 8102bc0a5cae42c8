"""The demo shop: a Flask application with a catalogue, a cart and a checkout, that shows Encore's widgets."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, render_template, request, session
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from plugin.demo import offers, pages, promise
from plugin.demo.cart import SHIPPING_MINOR, Cart
from plugin.demo.catalogue import Catalogue
from plugin.demo.data import DemoFiles
from plugin.demo.departments import BY_SLUG
from plugin.demo.encore import ShopKeys

LANGUAGES = {"en": "English", "es": "Español", "it": "Italiano", "zh": "中文"}
_CONTENT_SECURITY_POLICY = (
    "default-src 'self'",
    "script-src 'nonce-{nonce}' 'strict-dynamic'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)


@dataclass(frozen=True)
class Shop:
    """What the pages are made from; `households` are the customers, those to choose from first."""

    keys: ShopKeys
    catalogue: Catalogue
    households: dict[str, dict[str, Any]]


HERE = Path(__file__).parent


def open_shop(folder: Path) -> Shop:
    """The shop whose files `encore demo` has left in `folder`."""
    files = DemoFiles(folder)
    rows = json.loads(files.households.read_text())
    return Shop(
        ShopKeys.read(folder / "keys.json"),
        Catalogue.read(files.catalogue),
        {row["customer_id"]: row for row in rows},
    )


def create_shop(shop: Shop) -> Flask:
    """The shop's application."""
    app = Flask(__name__, static_url_path="/static")
    app.config.update(
        SECRET_KEY=shop.keys.session_key,
        SESSION_COOKIE_NAME="demo_shop",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=64 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["shop"] = shop
    CSRFProtect(app)
    app.register_blueprint(pages.pages)
    app.before_request(_start)
    app.after_request(_protect)
    app.context_processor(lambda: _for_every_page(shop))
    app.add_template_filter(price)
    app.register_error_handler(HTTPException, _error_page)
    return app


def price(minor: int) -> str:
    """An amount as the shop shows it: $1,234.50."""
    return f"${minor // 100:,}.{minor % 100:02}"


def _start() -> AnyResponse | None:
    """Give the page its nonce; the shop has one address, for Encore answers no other host's pages."""
    g.nonce = secrets.token_urlsafe(16)
    own: Shop = current_app.extensions["shop"]
    if request.host == urlsplit(own.keys.address).netloc:
        return None
    return redirect(own.keys.address + request.full_path.rstrip("?"))


def _protect(response: Response) -> Response:
    policy = "; ".join(_CONTENT_SECURITY_POLICY).format(nonce=g.get("nonce", ""))
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response


def _for_every_page(shop: Shop) -> dict[str, Any]:
    cart = Cart(session, shop.catalogue)
    applied = pages.promise_for(cart)
    return {
        "shop": shop,
        "cart": cart,
        "promise": promise.kept(session),
        "applied": applied,
        "total_minor": pages.total_minor(cart, applied),
        "customer": pages.customer(shop),
        "consent": pages.has_consent(),
        "proof": pages.proof(shop),
        "language": session.get("language", "en"),
        "languages": LANGUAGES,
        "departments": BY_SLUG,
        "margin_shares": list(offers.MARGIN_SHARES.values()),
        "shipping_cost_minor": offers.SHIPPING_COST_MINOR,
        "shipping_minor": SHIPPING_MINOR,
        "bestsellers": shop.catalogue.bestsellers(6),
    }


def _error_page(error: HTTPException) -> tuple[str, int] | Response:
    code = error.code or 500
    if code < 400:
        return error.get_response()  # type: ignore[return-value]
    return render_template("error.html", error=error), code
