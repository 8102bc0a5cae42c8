"""The storefront's questions. The hottest path of Encore: plain views, no hooks, and nothing parsed twice."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from plugin.api import errors, metrics
from plugin.api.access import Access, headers_for
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.schemas.recommendation import RecommendationQuery, RecommendationsOut
from plugin.serving import slate
from plugin.serving.request import SlateRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_LOG = logging.getLogger(__name__)
_KEPT_QUESTIONS = 8192
_LONGEST_KEPT = 2048
"""In letters: whoever asks, with a key or without, can make a worker keep 16 MB of questions at the most."""
_MOST_PARAMETERS = 60
_QUERY = RecommendationQuery()
_RECOMMENDATIONS = Description(
    query=RecommendationQuery, answers={200: RecommendationsOut}, refusals=(401, 403, 422, 429)
)


class Slate(Response):
    """A slate on its way out. werkzeug's own way through its headers costs a third of the whole answer."""

    def __init__(self, text: str, headers: list[tuple[str, str]]) -> None:
        # Half a character, should one ever come so far, is shown as a question mark.
        self._body, self._ready = text.encode(errors="replace"), headers
        super().__init__()

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> list[bytes]:
        """Answer with the headers as they are."""
        length = ("Content-Length", str(len(self._body)))
        start_response("200 OK", [*self._ready, ("Content-Type", "application/json"), length])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self._body]


def blueprint(access: Access) -> Blueprint:
    """The routes under /v1 that a browser GETs."""
    routes = Blueprint("storefront", __name__)

    @routes.get("/v1/recommendations", provide_automatic_options=False)
    @described(_RECOMMENDATIONS)
    @guarded(access)
    def recommendations() -> Response:
        """What goes with this cart, product or customer, best first.

        An empty list is a good answer; `strategy` says why. Price, stock and visibility are of now.
        """
        environ, now = request.environ, time.time()
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
        return Slate(answer.text, headers_for(environ.get("HTTP_ORIGIN", "")))

    @routes.route("/v1/recommendations", methods=["OPTIONS"])
    @routes.route("/v1/events", methods=["OPTIONS"])
    def preflight() -> Response:
        return Response(status=204, headers=access.preflight(request.environ))

    return routes


def _parsed(query_string: str) -> SlateRequest:
    """The question that a raw query string asks; `Refusal("invalid_request")` says what is wrong with it."""
    return kept_question(query_string) if len(query_string) <= _LONGEST_KEPT else _question(query_string)


def _question(query_string: str) -> SlateRequest:
    try:
        given = parse_qsl(query_string, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        asked: SlateRequest = _QUERY.load(dict(given))
    except ValidationError as error:
        raise errors.invalid(error) from None
    except ValueError:
        raise Refusal("invalid_request", f"More than {_MOST_PARAMETERS} parameters.") from None
    return asked


kept_question = lru_cache(maxsize=_KEPT_QUESTIONS)(_question)


def guarded(access: Access) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """Answer a view's refusals in the one shape, readable by the page that asked."""

    def decorate(view: Callable[[], Response]) -> Callable[[], Response]:
        @wraps(view)
        def guarded_view() -> Response:
            try:
                return view()
            except Refusal as refusal:
                metrics.refused(refusal.reason)
                answer = errors.response(refusal)
                answer.headers.update(access.headers(request.environ))
                return answer

        return guarded_view

    return decorate
