"""The storefront's questions. The hottest path of Encore: plain views, no hooks, and nothing parsed twice."""

import logging
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from plugin.api import errors
from plugin.api.access import Access
from plugin.errors import Refusal
from plugin.schemas.recommendation import RecommendationQuery
from plugin.serving import slate
from plugin.serving.request import SlateRequest

_LOG = logging.getLogger(__name__)
_KEPT_QUESTIONS = 8192
_MOST_PARAMETERS = 60
_QUERY = RecommendationQuery()


def blueprint(access: Access) -> Blueprint:
    """The routes under /v1 that a browser GETs."""
    routes = Blueprint("storefront", __name__)

    @routes.get("/v1/recommendations", provide_automatic_options=False)
    @guarded(access)
    def recommendations() -> Response:
        environ, now = request.environ, time.time()
        asked = parsed(environ.get("QUERY_STRING", ""))
        live = access.admit(asked.key, environ, now)
        try:
            body = slate.serve(live, asked, now)
        except Refusal:
            raise
        except Exception:
            _LOG.exception("A slate of shop %s failed; an empty one is served", live.shop.shop_id)
            body = slate.empty(live, asked, now)
        return Response(body, headers=access.headers(environ), content_type="application/json")

    @routes.route("/v1/<path:_>", methods=["OPTIONS"])
    def preflight(_: str) -> Response:
        return Response(status=204, headers=access.preflight(request.environ))

    return routes


@lru_cache(maxsize=_KEPT_QUESTIONS)
def parsed(query_string: str) -> SlateRequest:
    """The question that a raw query string asks; `Refusal("invalid_request")` says what is wrong with it."""
    try:
        given = parse_qsl(query_string, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        asked: SlateRequest = _QUERY.load(dict(given))
    except ValidationError as error:
        raise errors.invalid(error) from None
    except ValueError:
        raise Refusal("invalid_request", f"More than {_MOST_PARAMETERS} parameters.") from None
    return asked


def guarded(access: Access) -> Callable[[Callable[[], Response]], Callable[[], Response]]:
    """Answer a view's refusals in the one shape, readable by the page that asked."""

    def decorate(view: Callable[[], Response]) -> Callable[[], Response]:
        @wraps(view)
        def guarded_view() -> Response:
            try:
                return view()
            except Refusal as refusal:
                answer = errors.response(refusal)
                answer.headers.update(access.headers(request.environ))
                return answer

        return guarded_view

    return decorate
