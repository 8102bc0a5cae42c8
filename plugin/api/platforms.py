"""The platforms that a shop is connected to, and what they delivered, for the shop's own programs."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from plugin.api import body
from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.errors import Refusal
from plugin.jobs.queue import wake
from plugin.platforms import PLATFORMS
from plugin.platforms.connecting import connect, webhook_address
from plugin.platforms.pieces import pieces
from plugin.runtime import Runtime
from plugin.schemas.platform import (
    DeliveriesOut,
    DeliveriesQuery,
    DeliveryOut,
    PiecesOut,
    PlatformIn,
    PlatformOut,
    PlatformsOut,
    WorkAgainIn,
)
from plugin.store import connected_platforms, deliveries, readings, shops
from plugin.store.deliveries import Kind

_NO_STORE = {"Cache-Control": "no-store"}
_PUT = Description(
    body=PlatformIn,
    answers={200: PlatformOut},
    with_secret_key=True,
    refusals=(400, 401, 404, 413, 422),
)
_AGAIN = Description(
    body=WorkAgainIn, answers={202: None}, with_secret_key=True, refusals=(400, 401, 404, 413, 422)
)


def blueprint(runtime: Runtime) -> Blueprint:
    """/v1/platforms and /v1/deliveries."""
    routes = Blueprint("platforms", __name__, url_prefix="/v1")

    @routes.get("/platforms")
    @described(Description(answers={200: PlatformsOut}, with_secret_key=True, refusals=(401,)))
    def get_platforms() -> Any:
        """Every platform, and how the shop is connected to it."""
        return {"platforms": _told(runtime, shop_of_request(runtime))}, 200, _NO_STORE

    @routes.put("/platforms/<platform>")
    @described(_PUT)
    def put_platform(platform: str) -> Any:
        """Connect the shop to a platform, or change what is told of it.

        A new secret is valid beside the one before it; the third ends the first. Where the platform takes
        Encore's secret, one is made with the first connection, and with `new_secret`.
        """
        shop_id = shop_of_request(runtime)
        told = PlatformIn().load(body.as_json(body.read()))
        made = connect(runtime, shop_id, platform, told, datetime.now(UTC))
        wake(runtime, shop_id)
        one = next(each for each in _told(runtime, shop_id) if each["platform"] == platform)
        return {**one, **({"secret": made} if made else {})}, 200, _NO_STORE

    @routes.delete("/platforms/<platform>")
    @described(Description(answers={204: None}, with_secret_key=True, refusals=(401, 404)))
    def delete_platform(platform: str) -> Response:
        """Forget the platform with its secrets; what it delivered stays."""
        shop_id = shop_of_request(runtime)
        with runtime.database.write() as connection:
            if platform not in PLATFORMS or not connected_platforms.disconnect(connection, shop_id, platform):
                raise Refusal("not_found", "The shop is not connected to this platform.")
        wake(runtime, shop_id)
        return Response(status=204, headers=_NO_STORE)

    @routes.get("/platforms/<platform>/pieces")
    @described(Description(answers={200: PiecesOut}, with_secret_key=True, refusals=(401, 404)))
    def get_pieces(platform: str) -> Any:
        """What goes onto the shop's pages on that platform, and where it then shows."""
        shop_id = shop_of_request(runtime)
        if platform not in PLATFORMS:
            raise Refusal("not_found", f"There is no platform {platform}. Known: {', '.join(PLATFORMS)}.")
        with runtime.database.read() as connection:
            key = shops.public_keys(connection, shop_id)[0]
            known = connected_platforms.find(connection, runtime.vault, shop_id, platform)
        found = pieces(platform, runtime.config.public_url, key, known.address if known else None)
        return PiecesOut().dump(found), 200, _NO_STORE

    @routes.get("/deliveries")
    @described(
        Description(
            answers={200: DeliveriesOut}, query=DeliveriesQuery, with_secret_key=True, refusals=(401, 422)
        )
    )
    def get_deliveries() -> Any:
        """The newest deliveries, or those of a topic or a verdict, and what became of each; a row is kept for
        30 days."""
        shop_id = shop_of_request(runtime)
        asked = DeliveriesQuery().load(request.args.to_dict())
        of = Kind(asked["topic"], asked["verdict"])
        with runtime.database.read() as connection:
            found = deliveries.latest(connection, shop_id, asked["limit"], of, asked["skip"])
        told = [{**DeliveryOut().dump(row), "can_work_again": has_body} for row, has_body in found]
        return {"deliveries": told}, 200, _NO_STORE

    @routes.post("/deliveries/work_again")
    @described(_AGAIN)
    def work_again() -> Response:
        """Have a delivery worked again that could not be used; its body is kept for seven days."""
        shop_id = shop_of_request(runtime)
        asked = WorkAgainIn().load(body.as_json(body.read()))
        with runtime.database.write() as connection:
            if not deliveries.work_again(connection, shop_id, **asked, now=datetime.now(UTC)):
                raise Refusal("not_found", "There is no such delivery, or its body is no longer kept.")
        return Response(status=202, headers=_NO_STORE)

    return routes


def _told(runtime: Runtime, shop_id: str) -> list[dict[str, Any]]:
    with runtime.database.read() as connection:
        found = connected_platforms.all_of(connection, runtime.vault, shop_id)
        known = {each.platform: each for each in found}
        read = readings.of(connection, shop_id)
    told = []
    for name in PLATFORMS:
        one: dict[str, Any] = {"platform": name, "connected_at": None}
        one |= {"webhook_address": webhook_address(runtime.config.public_url, name, shop_id)}
        if name in known:
            facts = {"secrets": len(known[name].secrets), "has_token": known[name].token is not None}
            one |= {**vars(known[name]), **facts}
            one["readings"] = [each for of, each in read.items() if of[0] == name]
        told.append(PlatformOut().dump(one))
    return told
