"""All that the merchant's pages set and ask for, for the shop's own programs."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint

from plugin.api import body, models
from plugin.api.bearer import shop_of_request
from plugin.api.openapi import Description, described
from plugin.runtime import Runtime
from plugin.schemas.keys import KeysOut
from plugin.schemas.shop import ShopSettingsAndOrigins
from plugin.store import shops

_SETTINGS = ShopSettingsAndOrigins()


def blueprint(runtime: Runtime) -> Blueprint:
    """GET and PATCH /v1/settings, POST /v1/keys, and everything of trainings and models."""
    routes = Blueprint("settings", __name__, url_prefix="/v1")

    @routes.get("/settings")
    @described(Description(answers={200: ShopSettingsAndOrigins}, with_secret_key=True, refusals=(401,)))
    def get_settings() -> Any:
        """Every setting of the shop, and its origins."""
        return _stored(runtime, shop_of_request(runtime))

    @routes.patch("/settings")
    @described(
        Description(
            answers={200: ShopSettingsAndOrigins},
            body=ShopSettingsAndOrigins,
            with_secret_key=True,
            refusals=(400, 401, 413, 422),
        )
    )
    def change_settings() -> Any:
        """Change the settings that are sent, placements each by itself, and leave the others.

        Storefronts follow within two seconds.
        """
        shop_id = shop_of_request(runtime)
        changes = _SETTINGS.load(body.as_json(body.read()), partial=True)
        origins = changes.pop("origins", None)
        with runtime.database.write() as connection:
            shops.change_settings(connection, shop_id, changes)
            if origins is not None:
                shops.change_origins(connection, shop_id, origins)
        return _stored(runtime, shop_id)

    @routes.post("/keys")
    @described(Description(answers={201: KeysOut}, with_secret_key=True, refusals=(400, 401, 413)))
    def rotate_keys() -> Any:
        """Make three new keys; those before them stay valid until the next rotation."""
        shop_id = shop_of_request(runtime)
        body.read_needless()
        with runtime.database.write() as connection:
            keys = shops.rotate_keys(connection, runtime.vault, shop_id, datetime.now(UTC))
        return KeysOut().dump(keys), 201, {"Cache-Control": "no-store"}

    routes.register_blueprint(models.blueprint(runtime))
    return routes


def _stored(runtime: Runtime, shop_id: str) -> Any:
    with runtime.database.read() as connection:
        value = shops.stored_settings(connection, shop_id)
        origins = shops.require(connection, shop_id).origins
    return _SETTINGS.dump(value | {"origins": origins})
