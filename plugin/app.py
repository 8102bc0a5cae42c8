"""The service as one WSGI application: slates first, the lean API, and the merchant's pages beside it."""

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from plugin.admin import create_admin
from plugin.api import (
    body,
    bundles,
    errors,
    events,
    explain,
    figures,
    manifest,
    offers,
    openapi,
    operations,
    platforms,
    redemptions,
    server,
    settings,
    storefront,
    webhooks,
    widgets,
)
from plugin.api.access import Access
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def create_app(
    runtime: Runtime, live: Live | None = None, shelves: Shelves | None = None
) -> "WSGIApplication":
    """The whole service on `runtime`.

    `live` is what this process knows of its shops; without one it is made, and started by the first question.
    The merchant's pages are an application of their own below /admin: sessions, forms and limits cost on
    every request of the application that carries them (decision 0050).
    """
    live = live or Live(runtime)
    shelves = shelves or Shelves(runtime, live)
    others = DispatcherMiddleware(
        create_api(runtime, live, shelves), {"/admin": create_admin(runtime, live, shelves)}
    )
    access = Access(live, runtime.config.public_url)
    asked = offers.first(access, shelves, bundles.first(access, shelves, others))
    whole = storefront.first(access, asked)
    proxies = runtime.config.trusted_proxies
    # X-Forwarded-Host is not believed: the host says who is of the same origin, and proxies may pass it on.
    return ProxyFix(whole, x_for=proxies, x_proto=proxies, x_host=0) if proxies else whole


def create_api(runtime: Runtime, live: Live, shelves: Shelves | None = None) -> Flask:
    """The storefront's and the shop server's API, without the merchant's pages."""
    app = Flask("plugin", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = body.LARGEST_BYTES
    app.extensions["encore"] = runtime
    access = Access(live, runtime.config.public_url, accepts_per_minute=runtime.config.accepts_per_minute)
    app.register_blueprint(storefront.blueprint(access))
    app.register_blueprint(events.blueprint(runtime, access))
    app.register_blueprint(figures.blueprint(runtime))
    app.register_blueprint(settings.blueprint(runtime))
    app.register_blueprint(operations.blueprint(runtime, live))
    app.register_blueprint(openapi.blueprint())
    app.register_blueprint(server.blueprint)
    shelves = shelves or Shelves(runtime, live)
    app.register_blueprint(explain.blueprint(runtime, live, shelves))
    app.register_blueprint(offers.blueprint(runtime, access, shelves))
    app.register_blueprint(bundles.blueprint(access, shelves))
    app.register_blueprint(redemptions.blueprint(runtime, live, shelves))
    app.register_blueprint(manifest.blueprint(runtime))
    app.register_blueprint(platforms.blueprint(runtime))
    app.register_blueprint(webhooks.blueprint(runtime))
    app.register_blueprint(widgets.blueprint)
    errors.register(app)
    return app
