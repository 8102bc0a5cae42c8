"""Why a page shows what it shows, suggestions and offers, for the shop's own programs."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.offers import explaining as offers_explaining
from plugin.offers.shelf import Shelves
from plugin.runtime import Runtime
from plugin.schemas.explanation import Asked, ExplainQuery, ExplanationOut
from plugin.serving import explaining
from plugin.serving.live import Live
from plugin.store import acceptances


def blueprint(runtime: Runtime, live: Live, shelves: Shelves) -> Blueprint:
    """GET /v1/explain."""
    routes = Blueprint("explain", __name__)

    @routes.get("/v1/explain")
    @described(
        Description(
            query=ExplainQuery, answers={200: ExplanationOut}, with_secret_key=True, refusals=(401, 422)
        )
    )
    def explain() -> Any:
        """The slate that this question has now, with the reason of each product in the merchant's voice.

        With what each source added, the orders behind a pair, its lift, the rules that moved it; and which
        candidates were dropped, and why. Beside it every offer for the same cart: shown, or why not, with the
        sum of the margin floor; and of an accepted offer's `code` the sum that was kept with the promise.
        Nothing is counted, no arm is drawn. Texts in `lang`.
        """
        shop_id = shop_of_request(runtime)
        asked: Asked = ExplainQuery().load(request.args.to_dict())
        shop = live.by_id(shop_id)
        with runtime.database.read() as connection:
            told = explaining.explain(shop, connection, asked.slate)
            promise = acceptances.find(connection, shop_id, asked.code) if asked.code else None
        told |= offers_explaining.explain(shop, shelves.of(shop), asked.offers, datetime.now(UTC))
        return ExplanationOut().dump(told | {"promise": promise}), 200, {"Cache-Control": "no-store"}

    return routes
