"""Where a request of the merchant's pages stands: the runtime, the time, and the shop that is signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g
from flask_login import current_user

from plugin.offers.shelf import Shelf, Shelves
from plugin.runtime import Runtime
from plugin.serving.live import Live, LiveShop
from plugin.store import shops
from plugin.store.shops import Shop


@dataclass(frozen=True)
class Here:
    """What the application was made with."""

    runtime: Runtime
    live: Live
    shelves: Shelves
    clock: Callable[[], datetime]

    def serving(self, shop_id: str) -> tuple[LiveShop, Shelf]:
        """The shop as this process serves it, with its shelf of offers; the same all through a request."""
        if "serving" not in g:
            live = self.live.by_id(shop_id)
            g.serving = live, self.shelves.whole(live)
        found: tuple[LiveShop, Shelf] = g.serving
        return found


def here() -> Here:
    """The runtime and clock of this application."""
    found: Here = current_app.extensions["encore"]
    return found


def this_shop() -> Shop:
    """The shop that is signed in, read once a request."""
    if "shop" not in g:
        runtime = here().runtime
        with runtime.database.read() as connection:
            g.shop = shops.load(connection, runtime.vault, current_user.shop_id)
    shop: Shop = g.shop
    return shop


def forget_shop() -> None:
    """Read the shop again when it is next asked for: it was changed."""
    g.pop("shop", None)
