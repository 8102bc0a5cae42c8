"""The figures of the merchant's pages, for the shop's own programs."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, request

from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.measurement.arms import arms
from plugin.measurement.facts import Facts, gathered
from plugin.measurement.figures import days, placements
from plugin.measurement.period import last_days
from plugin.runtime import Runtime
from plugin.schemas.figures import ArmsOut, DaysOut, FiguresQuery, PlacementsOut
from plugin.store import shops

_COMMON: dict[str, Any] = {"query": FiguresQuery, "with_secret_key": True, "refusals": (401, 422)}


def blueprint(runtime: Runtime) -> Blueprint:
    """GET /v1/figures/{placements, arms, days}."""
    routes = Blueprint("figures", __name__, url_prefix="/v1/figures")

    @routes.get("/placements")
    @described(Description(answers={200: PlacementsOut}, **_COMMON))
    def by_placement() -> Any:
        """Shown, clicked, added and bought after, by placement and all together."""
        return PlacementsOut().dump({"placements": placements(_asked(runtime))})

    @routes.get("/days")
    @described(Description(answers={200: DaysOut}, **_COMMON))
    def by_day() -> Any:
        """Shown and clicked, by day."""
        return DaysOut().dump({"days": days(_asked(runtime))})

    @routes.get("/arms")
    @described(Description(answers={200: ArmsOut}, **_COMMON))
    def by_arm() -> Any:
        """With and without Encore, and the difference with its interval, or why there is none yet."""
        facts = _asked(runtime)
        return ArmsOut().dump({"currency": facts.shop.currency, **vars(arms(facts))})

    return routes


def _asked(runtime: Runtime) -> Facts:
    shop_id = shop_of_request(runtime)
    asked = FiguresQuery().load(request.args.to_dict())
    with runtime.database.read() as connection:
        shop = shops.load(connection, runtime.vault, shop_id)
    return gathered(runtime.database, shop, last_days(asked["days"], datetime.now(UTC), shop.time_zone))
