"""The shop's server makes offers, hears what became of them, and redeems what a shopper accepted."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response

from plugin.api import body, metrics
from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.api.server import REMOVING, keep, keeping, remove
from plugin.errors import Refusal
from plugin.offers import redeeming, replay
from plugin.offers.claims import Claim
from plugin.offers.replay import Wanted
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.schemas.offer import Offer, OfferFiguresOut, OffersKeptOut
from plugin.schemas.offer_replay import ReplayIn, ReplayOut
from plugin.schemas.redemption import RedemptionIn, RedemptionOut
from plugin.serving.live import Live
from plugin.store import offers
from plugin.store.offers import StoredOffer

_LOG = logging.getLogger(__name__)
_FIGURES, _CLAIM, _REDEMPTION = OfferFiguresOut(), RedemptionIn(), RedemptionOut()
_TRIAL = ReplayIn()
_REPLAY = Description(
    body=ReplayIn, answers={200: ReplayOut}, with_secret_key=True, refusals=(400, 401, 413, 422)
)
_REDEEM = Description(
    body=RedemptionIn,
    answers={200: RedemptionOut},
    with_secret_key=True,
    refusals=(400, 401, 404, 409, 413, 422),
)


def blueprint(runtime: Runtime, live: Live, shelves: Shelves) -> Blueprint:
    """PUT, GET and DELETE of offers, trying one on past orders, and `POST /v1/redemptions`."""
    routes = Blueprint("redemptions", __name__)

    @routes.put("/v1/offers")
    @described(keeping(Offer))
    def put_offers() -> Response:
        """Keep offers: an array of them, one alone, or NDJSON; at most 10,000 rows and 16 MB.

        An offer replaces the one with its id; what was accepted before stays as it was promised. One whose
        words press for time, with no true deadline or stock behind them, is rejected; the others are kept.
        """
        return keep("offers")

    @routes.get("/v1/offers/all")
    @described(Description(answers={200: OffersKeptOut}, with_secret_key=True, refusals=(401,)))
    def get_offers() -> Response:
        """Every offer of the shop, and what became of it so far."""
        shop_id = shop_of_request(runtime)
        with runtime.database.read() as connection:
            kept = offers.all_of(connection, shop_id)
        text = json.dumps({"offers": [_told(each) for each in kept]})
        return Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})

    @routes.post("/v1/offers/replay")
    @described(_REPLAY)
    def replayed() -> Any:
        """Try an offer on the orders of the last weeks: who would have seen it, and what it would have cost.

        At most 2,000 orders are replayed, those of some customers, and the cost is reckoned up to all.
        Everybody is taken to accept. Nothing is kept, and nobody sees anything.
        """
        shop = live.by_id(shop_of_request(runtime))
        wanted: Wanted = _TRIAL.load(body.as_json(body.read()))
        with runtime.database.read() as connection:
            told = replay.replay(connection, (shop, shelves.whole(shop)), wanted, _now())
        return ReplayOut().dump(told), 200, {"Cache-Control": "no-store"}

    @routes.delete("/v1/offers/<path:offer_id>")
    @described(REMOVING)
    def delete_offer(offer_id: str) -> Response:
        """Offer it to nobody any more; what was accepted before is still kept."""
        return remove(offer_id, lambda opened, shop_id, id_: offers.remove(opened, shop_id, id_, _now()))

    @routes.post("/v1/redemptions")
    @described(_REDEEM)
    def redeem() -> Response:
        """Redeem an accepted offer with an order, exactly once; the same again gives the same answer.

        The order's lines must hold what was accepted (more may be ordered, without a discount), and its sums
        must be those that were promised.
        """
        shop_id = shop_of_request(runtime)
        claim: Claim = _CLAIM.load(body.as_json(body.read()))
        try:
            with runtime.database.write() as connection:
                done = redeeming.redeem(connection, runtime.vault, shop_id, claim, _now())
        except Refusal as refusal:
            _LOG.warning("A redemption of shop %s is refused: %s.", shop_id, refusal.reason)
            metrics.redemption(refusal.reason)
            raise
        metrics.redemption("redeemed")
        text = json.dumps(_REDEMPTION.dump(done))
        return Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})

    return routes


def _told(offer: StoredOffer) -> dict[str, object]:
    return {"offer": offer.definition, "version": offer.version, "figures": _FIGURES.dump(offer)}


def _now() -> datetime:
    return datetime.now(UTC)
