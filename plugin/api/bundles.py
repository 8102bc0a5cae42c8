"""`GET /v1/bundles`: what a page asks of bundles. It stands before Flask, as slates and offers do."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from plugin.api import before_flask, metrics
from plugin.api.access import Access
from plugin.api.before_flask import Questions, served
from plugin.api.openapi import Description, described
from plugin.offers import bundles
from plugin.offers.bundles import BundleRequest
from plugin.offers.shelf import Shelves
from plugin.schemas.bundle import BundleQuery, BundlesOut
from plugin.serving.request import CartLine

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

PATH = "/v1/bundles"
_KEPT_QUESTIONS = 4096
_BUNDLES = Description(query=BundleQuery, answers={200: BundlesOut}, refusals=(401, 403, 422, 429))


def first(access: Access, shelves: Shelves, others: "WSGIApplication") -> "WSGIApplication":
    """The question for bundles at once, everything else by `others`."""
    return before_flask.first(PATH, _asked(access, shelves), others)


def blueprint(access: Access, shelves: Shelves) -> Blueprint:
    """The route as Flask knows it."""
    routes = Blueprint("bundles", __name__)
    asked = _asked(access, shelves)

    @routes.get(PATH, provide_automatic_options=False)
    @described(_BUNDLES)
    def bundled() -> "WSGIApplication":
        """What is bought together with the product in view, or with the cart, and for how much.

        All of it can be bought now. Where an offer lowers the price it is accepted as any other, with the
        `bundle_id` beside the same cart.
        """
        return asked

    @routes.route(PATH, methods=["OPTIONS"])
    def preflight() -> Response:
        return Response(status=204, headers=access.preflight(request.environ))

    return routes


def _asked(access: Access, shelves: Shelves) -> "WSGIApplication":
    return before_flask.answering(access, lambda environ: _answer(access, shelves, environ))


def _answer(access: Access, shelves: Shelves, environ: "WSGIEnvironment") -> str:
    now = time.time()
    asked = _QUESTIONS.read(environ.get("QUERY_STRING", ""))
    live = access.admit(asked.offer.key, environ, now)
    answer = served(
        lambda: bundles.serve(live, shelves.of(live), asked, now),
        lambda: bundles.empty(live, asked, now),
        f"Bundles of shop {live.shop.shop_id} failed; none is shown",
    )
    metrics.slate(answer.strategy, time.time() - now)
    return answer.text


def _with_cart(asked: BundleRequest, cart: Sequence[CartLine]) -> BundleRequest:
    return replace(asked, offer=replace(asked.offer, cart=tuple(cart)))


_QUESTIONS = Questions(BundleQuery(), _with_cart, _KEPT_QUESTIONS)
