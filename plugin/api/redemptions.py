"""The shop's server makes offers, hears what became of them, and redeems what a shopper accepted."""

import json
from datetime import UTC, datetime

from flask import Blueprint, Response

from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.api.server import REMOVING, keep, keeping, remove
from plugin.runtime import Runtime
from plugin.schemas.offer import Offer, OfferFiguresOut, OffersKeptOut
from plugin.store import offers
from plugin.store.offers import StoredOffer

_FIGURES = OfferFiguresOut()


def blueprint(runtime: Runtime) -> Blueprint:
    """PUT, GET and DELETE of offers."""
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

    @routes.delete("/v1/offers/<path:offer_id>")
    @described(REMOVING)
    def delete_offer(offer_id: str) -> Response:
        """Offer it to nobody any more; what was accepted before is still kept."""
        return remove(offer_id, lambda opened, shop_id, id_: offers.remove(opened, shop_id, id_, _now()))

    return routes


def _told(offer: StoredOffer) -> dict[str, object]:
    return {"offer": offer.definition, "version": offer.version, "figures": _FIGURES.dump(offer)}


def _now() -> datetime:
    return datetime.now(UTC)
