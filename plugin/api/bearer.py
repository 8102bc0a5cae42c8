"""Who asks from the shop's server: the holder of its secret key."""

from flask import request

from plugin.errors import Refusal
from plugin.runtime import Runtime
from plugin.store import shops


def shop_of_request(runtime: Runtime) -> str:
    """The shop whose secret key this request bears; `Refusal("unknown_key")` if there is none."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    shop_id = None
    if scheme.lower() == "bearer":
        with runtime.database.read() as connection:
            shop_id = shops.by_secret_key(connection, key.strip())
    if shop_id is None:
        raise Refusal("unknown_key", "Send `Authorization: Bearer sk_…` with the shop's own secret key.")
    return shop_id
