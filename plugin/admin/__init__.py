"""The merchant's pages: an application mounted at /admin that shows the figures and sets the shop."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask_wtf import CSRFProtect

from plugin.admin import (
    answers,
    bundle,
    bundles,
    categories,
    complements,
    data,
    deliveries,
    explain,
    keys,
    languages,
    models,
    offer_form,
    offer_money,
    offer_why,
    offers,
    overview,
    password,
    placements,
    platforms,
    products,
    schedule,
    sign_in,
    suggestions,
    switches,
)
from plugin.admin.here import Here
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live

_SESSION = timedelta(hours=12)


def _now() -> datetime:
    return datetime.now(UTC)


def create_admin(
    runtime: Runtime, live: Live, shelves: Shelves, clock: Callable[[], datetime] = _now
) -> Flask:
    """The merchant's pages on `runtime`; their routes are relative to /admin, where they are mounted.

    `live` and `shelves` are what this process knows of its shops and their offers: the explanations are made
    with them.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=runtime.vault.key("admin-session", ""),
        SESSION_COOKIE_NAME="encore_admin",
        SESSION_COOKIE_PATH="/admin",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=runtime.config.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=_SESSION,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        MAX_CONTENT_LENGTH=1_000_000,
    )
    app.extensions["encore"] = Here(runtime, live, shelves, clock)
    CSRFProtect(app)
    languages.install(app)
    answers.install(app)
    sign_in.install(app, runtime.config.redis_url)
    for module in (
        overview,
        suggestions,
        categories,
        complements,
        explain,
        placements,
        offers,
        offer_form,
        offer_money,
        offer_why,
        bundles,
        bundle,
        products,
        schedule,
        platforms,
        deliveries,
        data,
        models,
        keys,
        password,
        switches,
    ):
        app.register_blueprint(module.routes)
    return app
