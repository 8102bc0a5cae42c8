"""The storefront's questions. The hottest path of Encore: no framework on the way, nothing parsed twice."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from plugin.api import errors, metrics
from plugin.api.access import Access, headers_for
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.schemas.recommendation import CART, RecommendationQuery, RecommendationsOut
from plugin.serving import slate
from plugin.serving.request import SlateRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
PATH = "/v1/recommendations"
_KEPT_QUESTIONS = 8192
_LONGEST_KEPT = 1024
"""In letters: whoever asks, with a key or without, can make a worker keep 16 MB of questions at the most."""
_MOST_PARAMETERS = 60
_QUERY = RecommendationQuery()
_RECOMMENDATIONS = Description(
    query=RecommendationQuery, answers={200: RecommendationsOut}, refusals=(401, 403, 422, 429)
)


def recommendations(access: Access) -> "WSGIApplication":
    """`GET /v1/recommendations` by itself, so that it can stand before Flask, whose way through contexts,
    routing and headers costs more than a slate from the cache (decision 0052).
    """

    def answered(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        try:
            text = _slate(access, environ)
        except Refusal as refusal:
            return list(_refused(access, environ, refusal)(environ, start_response))
        # Half a character, should one ever come so far, is shown as a question mark.
        body = text.encode(errors="replace")
        headers = headers_for(environ.get("HTTP_ORIGIN", ""))
        start_response("200 OK", [*headers, _JSON, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return answered


_JSON = ("Content-Type", "application/json")


def first(access: Access, others: "WSGIApplication") -> "WSGIApplication":
    """The question for a slate at once, everything else by `others`."""
    slates = recommendations(access)

    def either(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        asks_for_slate = environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "GET"
        return (slates if asks_for_slate else others)(environ, start_response)

    return either


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
    try:
        answer = slate.serve(live, asked, now)
    except Refusal:
        raise
    except Exception:
        _LOG.exception("A slate of shop %s failed; an empty one is served", live.shop.shop_id)
        answer = slate.empty(live, asked, now)
    metrics.slate(answer.strategy, time.time() - now)
    return answer.text


def _parsed(query_string: str) -> SlateRequest:
    """The question that a raw query string asks; `Refusal("invalid_request")` says what is wrong with it."""
    return kept_question(query_string) if len(query_string) <= _LONGEST_KEPT else _question(query_string)


def _question(query_string: str) -> SlateRequest:
    """A page asks again and again with nothing but its cart changed: all but the cart is kept by itself."""
    parameters = query_string.split("&")
    rest = "&".join(each for each in parameters if not each.startswith("cart="))
    if len(rest) > _LONGEST_KEPT:
        return _whole(query_string)
    carts = [each for each in parameters if each.startswith("cart=")]
    try:
        asked = kept_rest(rest)
        lines = CART.deserialize(unquote_plus(carts[-1][5:])) if carts else []
    except (Refusal, ValidationError):
        return _whole(query_string)  # which tells all that is wrong
    return asked.with_cart(lines)


def _whole(query_string: str) -> SlateRequest:
    try:
        given = parse_qsl(query_string, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        asked: SlateRequest = _QUERY.load(dict(given))
    except ValidationError as error:
        raise errors.invalid(error) from None
    except ValueError:
        raise Refusal("invalid_request", f"More than {_MOST_PARAMETERS} parameters.") from None
    return asked


kept_question = lru_cache(maxsize=_KEPT_QUESTIONS)(_question)
kept_rest = lru_cache(maxsize=_KEPT_QUESTIONS)(_whole)


def guarded(access: Access) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """Answer a view's refusals in the one shape, readable by the page that asked."""

    def decorate(view: Callable[[], Response]) -> Callable[[], Response]:
        @wraps(view)
        def guarded_view() -> Response:
            try:
                return view()
            except Refusal as refusal:
                return _refused(access, request.environ, refusal)

        return guarded_view

    return decorate


def _refused(access: Access, environ: "WSGIEnvironment", refusal: Refusal) -> Response:
    metrics.refused(refusal.reason)
    answer = errors.response(refusal)
    answer.headers.update(access.headers(environ))
    return answer
