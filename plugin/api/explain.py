"""Why a slate is as it is, for the shop's own programs."""

from typing import Any

from flask import Blueprint, request

from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.runtime import Runtime
from plugin.schemas.explanation import ExplainQuery, ExplanationOut
from plugin.serving import explaining
from plugin.serving.live import Live


def blueprint(runtime: Runtime, live: Live) -> Blueprint:
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
        candidates were dropped, and why. Nothing is counted, no arm is drawn. Texts in `lang`.
        """
        shop_id = shop_of_request(runtime)
        asked = ExplainQuery().load(request.args.to_dict())
        with runtime.database.read() as connection:
            told = explaining.explain(live.by_id(shop_id), connection, asked)
        return ExplanationOut().dump(told), 200, {"Cache-Control": "no-store"}

    return routes
