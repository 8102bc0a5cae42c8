"""The questions of every page, answered by plain WSGI functions that stand before Flask (decision 0052)."""

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote_plus

from flask import Response
from marshmallow import Schema, ValidationError

from plugin.api import errors, metrics
from plugin.api.access import Access, headers_for
from plugin.errors import Refusal
from plugin.schemas.recommendation import cart_lines
from plugin.serving.request import CartLine
from plugin.serving.slate import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
LONGEST_KEPT = 1024
"""In letters: what whoever asks, with a key or without, can have kept of one question."""
_MOST_PARAMETERS = 60
_JSON = ("Content-Type", "application/json")

Asked = TypeVar("Asked")


class Questions(Generic[Asked]):
    """Reads raw query strings with `schema`. A page asks again and again with nothing but its cart changed:
    all but the cart is kept by itself, `kept` times, and `with_cart` puts the two together.
    """

    def __init__(
        self, schema: Schema, with_cart: Callable[[Asked, Sequence[CartLine]], Asked], kept: int
    ) -> None:
        self._schema, self._with_cart = schema, with_cart
        self._kept_rest = lru_cache(maxsize=kept)(self._whole)

    def read(self, query_string: str) -> Asked:
        """The question; `Refusal("invalid_request")` says what is wrong with it."""
        parameters = query_string.split("&")
        rest = "&".join(each for each in parameters if not each.startswith("cart="))
        if len(rest) > LONGEST_KEPT:
            return self._whole(query_string)
        carts = [each for each in parameters if each.startswith("cart=")]
        try:
            asked = self._kept_rest(rest)
            lines = cart_lines(_unquoted(carts[-1][5:])) if carts else []
        except (Refusal, ValidationError):
            return self._whole(query_string)  # which tells all that is wrong
        return self._with_cart(asked, lines)

    def _whole(self, query_string: str) -> Asked:
        try:
            given = parse_qsl(query_string, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
            asked: Asked = self._schema.load(dict(given))
        except ValidationError as error:
            raise errors.invalid(error) from None
        except ValueError:
            raise Refusal("invalid_request", f"More than {_MOST_PARAMETERS} parameters.") from None
        return asked


def _unquoted(cart: str) -> str:
    """`unquote_plus`, which would turn by itself, one by one, what every cart is full of."""
    return unquote_plus(cart.replace("%2C", ",").replace("%3A", ":"))


def answering(access: Access, answer: "Callable[[WSGIEnvironment], str]") -> "WSGIApplication":
    """An application that answers with the JSON text that `answer` gives, or with its refusal."""

    def answered(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        try:
            text = answer(environ)
        except Refusal as refusal:
            return list(refused(access, environ, refusal)(environ, start_response))
        # Half a character, should one ever come so far, is shown as a question mark.
        told = text.encode(errors="replace")
        headers = headers_for(environ.get("HTTP_ORIGIN", ""))
        start_response("200 OK", [*headers, _JSON, ("Content-Length", str(len(told)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [told]

    return answered


def served(serve: Callable[[], Answer], empty: Callable[[], Answer], what: str) -> Answer:
    """What `serve` answers; where it fails, and does not refuse, `empty`, and `what` is logged."""
    try:
        return serve()
    except Refusal:
        raise
    except Exception:
        _LOG.exception(what)
        return empty()


def first(path: str, asked: "WSGIApplication", others: "WSGIApplication") -> "WSGIApplication":
    """A GET of `path` by `asked` at once, everything else by `others`."""

    def either(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        is_asked = environ["PATH_INFO"] == path and environ["REQUEST_METHOD"] == "GET"
        return (asked if is_asked else others)(environ, start_response)

    return either


def refused(access: Access, environ: "WSGIEnvironment", refusal: Refusal) -> Response:
    """The refusal as an answer that the page which asked may read."""
    metrics.refused(refusal.reason)
    answer = errors.response(refusal)
    answer.headers.update(access.headers(environ))
    return answer
