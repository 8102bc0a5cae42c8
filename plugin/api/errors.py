"""Errors as they go over the wire: one shape, and one table of which reason has which HTTP status."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from plugin.errors import Refusal
from plugin.schemas.faults import flat

_LOG = logging.getLogger(__name__)

OFFER_REASONS = (
    *("not_offered", "offer_changed", "offer_ended", "offer_paused", "budget_spent", "no_codes"),
    *("cap_reached", "pause", "not_with_others", "threshold_not_reached"),
)
"""Why an offer cannot be accepted now, though nothing is wrong with the question."""
STATUS_OF = {
    "malformed_json": 400,
    "unknown_key": 401,
    "signature_missing": 401,
    "signature_invalid": 401,
    "signature_expired": 401,
    "wrong_shop": 401,
    "wrong_origin": 403,
    "proof_invalid": 403,
    "proof_expired": 403,
    "not_found": 404,
    "unknown_model": 404,
    "unknown_platform": 404,
    "unknown_shop": 404,
    "method_not_allowed": 405,
    **dict.fromkeys(OFFER_REASONS, 409),
    "unknown_code": 404,
    "redeemed_by_other_order": 409,
    "order_cancelled": 409,
    "terms_differ": 422,
    "totals_differ": 422,
    "too_large": 413,
    "invalid_request": 422,
    "unknown_slate": 422,
    "too_many_requests": 429,
    "busy": 429,
}
"""A reason that is not named here is a bad request (400)."""

_MESSAGES = {
    404: ("not_found", "There is nothing at this address. /docs lists what there is."),
    405: ("method_not_allowed", "This address does not take that method. /docs lists what it takes."),
    413: ("too_large", "The body is larger than this address takes. Send it in smaller parts."),
}


def payload(status: int, reason: str, message: str, errors: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The one shape of an error."""
    phrase = HTTPStatus(status).phrase
    return {"code": status, "status": phrase, "reason": reason, "message": message, "errors": dict(errors)}


def response(refusal: Refusal) -> Response:
    """`refusal` as an answer."""
    status = STATUS_OF.get(refusal.reason, 400)
    body = payload(status, refusal.reason, refusal.message, refusal.errors)
    answer = Response(json.dumps(body), status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = "1"
    return answer


def invalid(error: ValidationError) -> Refusal:
    """What marshmallow found, with the path of each field at fault (`events.0.slate_id`)."""
    return Refusal("invalid_request", "Some fields are not right: see errors.", flat(error.messages_dict))


def register(app: Flask) -> None:
    """Have every error of `app` answered in the one shape."""
    app.register_error_handler(Refusal, response)
    app.register_error_handler(ValidationError, lambda error: response(invalid(error)))
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _unexpected)


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    reason, message = _MESSAGES.get(status, ("bad_request", error.description or "The request is not right."))
    answer = response(Refusal(reason, message))
    answer.status_code = status
    answer.set_data(json.dumps(payload(status, reason, message, {})))
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    _LOG.exception("%s %s failed", request.method, request.path, exc_info=error)
    body = payload(500, "internal_error", "Something went wrong here; the operator's log says what.", {})
    return Response(json.dumps(body), 500, mimetype="application/json")
