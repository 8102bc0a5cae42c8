"""What a page asks of offers: which one holds, accept it, rather not. The GET stands before Flask."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from plugin.api import before_flask, body, errors, metrics
from plugin.api.access import Access, headers_for
from plugin.api.before_flask import Questions, served
from plugin.api.openapi import Description, described
from plugin.api.storefront import guarded
from plugin.errors import Refusal
from plugin.offers import accepting, serving
from plugin.offers.accepting import Shop, Wish
from plugin.offers.people import proved
from plugin.offers.serving import OfferRequest
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.schemas.offer_request import AcceptedOfferOut, OfferAnswerOut, OfferQuery, WishIn
from plugin.serving.live import LiveShop
from plugin.serving.request import CartLine

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

PATH = "/v1/offers"
LARGEST_BODY_BYTES = 64 * 1024
_KEPT_QUESTIONS = 4096
Admit = Callable[[str, Mapping[str, Any], float], LiveShop]
_BODY, _ACCEPTED = WishIn(), AcceptedOfferOut()
_REFUSALS = (400, 401, 403, 404, 409, 413, 422, 429)
_OFFERS = Description(query=OfferQuery, answers={200: OfferAnswerOut}, refusals=(401, 403, 422, 429))
_ACCEPT = Description(body=WishIn, answers={200: AcceptedOfferOut}, refusals=_REFUSALS)
_DISMISS = Description(body=WishIn, answers={204: None}, refusals=_REFUSALS)


def offers(access: Access, shelves: Shelves) -> "WSGIApplication":
    """`GET /v1/offers` by itself (decision 0052: Flask costs more than the answer)."""
    return before_flask.answering(access, lambda environ: _answer(access, shelves, environ))


def first(access: Access, shelves: Shelves, others: "WSGIApplication") -> "WSGIApplication":
    """The question for an offer at once, everything else by `others`."""
    return before_flask.first(PATH, offers(access, shelves), others)


def blueprint(runtime: Runtime, access: Access, shelves: Shelves) -> Blueprint:
    """The routes under /v1/offers that a page uses."""
    routes = Blueprint("offers", __name__)
    asked = offers(access, shelves)

    @routes.get(PATH, provide_automatic_options=False)
    @described(_OFFERS)
    def offered() -> "WSGIApplication":
        """The one offer that holds for this cart now, or none.

        Every condition stands with it in words. Prices, costs and stock are the catalogue's; a cart that
        cannot be priced without doubt gets no offer.
        """
        return asked

    def wished(offer_id: str, admit: Admit) -> tuple[LiveShop, OfferRequest, Wish, float]:
        now = time.time()
        slate_id, asked = _loaded(body.as_json(body.read(LARGEST_BODY_BYTES)))
        live = admit(asked.key, request.environ, now)
        return live, asked, Wish(offer_id, slate_id), now

    @routes.post("/v1/offers/<path:offer_id>/accept", provide_automatic_options=False)
    @described(_ACCEPT)
    def accept(offer_id: str) -> Response:
        """Have the shown offer promised: a code, and the token that the shop's server redeems it with.

        A slate is accepted once; the same again gives the same code. What changed meanwhile is refused with
        its reason, and the page asks again.
        """
        return guarded(access)(lambda: _accepted(runtime, shelves, *wished(offer_id, access.admit_accept)))()

    @routes.post("/v1/offers/<path:offer_id>/dismiss", provide_automatic_options=False)
    @described(_DISMISS)
    def dismiss(offer_id: str) -> Response:
        """Rather not: the offer keeps quiet for this person, as far as they are known."""
        return guarded(access)(lambda: _dismissed(runtime, shelves, *wished(offer_id, access.admit_events)))()

    @routes.route(PATH, methods=["OPTIONS"])
    @routes.route("/v1/offers/<path:offer_id>/accept", methods=["OPTIONS"])
    @routes.route("/v1/offers/<path:offer_id>/dismiss", methods=["OPTIONS"])
    def preflight(**_ids: str) -> Response:
        return Response(status=204, headers=access.preflight(request.environ))

    return routes


def _answer(access: Access, shelves: Shelves, environ: "WSGIEnvironment") -> str:
    now = time.time()
    asked = _QUESTIONS.read(environ.get("QUERY_STRING", ""))
    live = access.admit(asked.key, environ, now)
    answer = served(
        lambda: serving.serve(live, shelves.of(live), asked, now),
        lambda: serving.empty(live, asked, now),
        f"An offer of shop {live.shop.shop_id} failed; none is made",
    )
    metrics.offer(answer.strategy, time.time() - now)
    return answer.text


def _with_cart(asked: OfferRequest, cart: Sequence[CartLine]) -> OfferRequest:
    return replace(asked, cart=tuple(cart))


_QUESTIONS = Questions(OfferQuery(), _with_cart, _KEPT_QUESTIONS)


def _loaded(given: Any) -> tuple[str, OfferRequest]:
    try:
        found: tuple[str, OfferRequest] = _BODY.load(given)
    except ValidationError as error:
        raise errors.invalid(error) from None
    return found


def _accepted(
    runtime: Runtime, shelves: Shelves, live: LiveShop, asked: OfferRequest, wish: Wish, now: float
) -> Response:
    question, shop = asked.question(live, now), _shop(shelves, live)
    accepted = accepting.accept(runtime, shop, question, wish, datetime.fromtimestamp(now, UTC))
    text = json.dumps(_ACCEPTED.dump(accepted), ensure_ascii=False)
    return _told(Response(text, mimetype="application/json"))


def _dismissed(
    runtime: Runtime, shelves: Shelves, live: LiveShop, asked: OfferRequest, wish: Wish, now: float
) -> Response:
    person, shop = proved(live, asked.asker, now), _shop(shelves, live)
    accepting.dismiss(runtime, shop, person, wish, datetime.fromtimestamp(now, UTC))
    return _told(Response(status=204))


def _shop(shelves: Shelves, live: LiveShop) -> Shop:
    shelf = shelves.of(live)
    if shelf is None:
        raise Refusal("offer_ended", "This shop has no offers.")
    return Shop(live, shelf)


def _told(answer: Response) -> Response:
    answer.headers.extend(headers_for(request.environ.get("HTTP_ORIGIN", "")))
    return answer
