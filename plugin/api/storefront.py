"""The storefront's questions. The hottest path of Encore: no framework on the way, nothing parsed twice."""

import time
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from plugin.api import before_flask, metrics
from plugin.api.access import Access
from plugin.api.before_flask import LONGEST_KEPT, Questions, refused, served
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.schemas.recommendation import RecommendationQuery, RecommendationsOut
from plugin.serving import slate
from plugin.serving.request import SlateRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

PATH = "/v1/recommendations"
_KEPT_QUESTIONS = 8192
_QUESTIONS = Questions(RecommendationQuery(), SlateRequest.with_cart, _KEPT_QUESTIONS)
_RECOMMENDATIONS = Description(
    query=RecommendationQuery, answers={200: RecommendationsOut}, refusals=(401, 403, 422, 429)
)


def recommendations(access: Access) -> "WSGIApplication":
    """`GET /v1/recommendations` by itself, so that it can stand before Flask, whose way through contexts,
    routing and headers costs more than a slate from the cache (decision 0052).
    """
    return before_flask.answering(access, lambda environ: _slate(access, environ))


def first(access: Access, others: "WSGIApplication") -> "WSGIApplication":
    """The question for a slate at once, everything else by `others`."""
    return before_flask.first(PATH, recommendations(access), others)


def blueprint(access: Access) -> Blueprint:
    """The routes under /v1 that a browser GETs."""
    routes = Blueprint("storefront", __name__)
    slates = recommendations(access)

    @routes.get(PATH, provide_automatic_options=False)
    @described(_RECOMMENDATIONS)
    def recommended() -> "WSGIApplication":
        """What goes with this cart, product or customer, best first.

        An empty list is a good answer; `strategy` says why. Price, stock and visibility are of now.
        """
        return slates

    @routes.route(PATH, methods=["OPTIONS"])
    @routes.route("/v1/events", methods=["OPTIONS"])
    def preflight() -> Response:
        return Response(status=204, headers=access.preflight(request.environ))

    return routes


def _slate(access: Access, environ: "WSGIEnvironment") -> str:
    now = time.time()
    asked = _parsed(environ.get("QUERY_STRING", ""))
    live = access.admit(asked.key, environ, now)
    answer = served(
        lambda: slate.serve(live, asked, now),
        lambda: slate.empty(live, asked, now),
        f"A slate of shop {live.shop.shop_id} failed; an empty one is served",
    )
    metrics.slate(answer.strategy, time.time() - now)
    return answer.text


def _parsed(query_string: str) -> SlateRequest:
    """The question that a raw query string asks; `Refusal("invalid_request")` says what is wrong with it."""
    return kept_question(query_string) if len(query_string) <= LONGEST_KEPT else _QUESTIONS.read(query_string)


kept_question = lru_cache(maxsize=_KEPT_QUESTIONS)(_QUESTIONS.read)


def guarded(access: Access) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """Answer a view's refusals in the one shape, readable by the page that asked."""

    def decorate(view: Callable[[], Response]) -> Callable[[], Response]:
        @wraps(view)
        def guarded_view() -> Response:
            try:
                return view()
            except Refusal as refusal:
                return refused(access, request.environ, refusal)

        return guarded_view

    return decorate
