"""The page Platforms says of webhooks what was found, and what to do, in the merchant's language."""

from html import unescape

from plugin.platforms.ecwid import _UNTOLD
from plugin.runtime import Runtime
from plugin.store import readings
from plugin.store.readings import Reading
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import Visitor

ECWID = {"secret": "a client secret of an app", "account_id": "1003", "token": "secret_1"}


def test_what_became_of_webhooks_is_said_in_the_merchants_language(
    runtime: Runtime, shop: tuple[str, ShopKeys], merchant: Visitor
) -> None:
    merchant.post("/platforms/ecwid/connect", ECWID, page="/platforms")
    refused = "Shopify's API answers: It contains protected customer data."
    for message, words, in_italian in (
        (None, "Webhooks: no order went untold, looked last on Mar 2, 2026", "nessun ordine è rimasto senza"),
        (_UNTOLD, "for hours Ecwid told of none of them", "per ore Ecwid non ha avvisato di nessuno"),
        (
            f"orders/create, orders/paid cannot be subscribed to: {refused}",
            f"orders/create, orders/paid cannot be subscribed to: {refused}",
            "iscriversi a orders/create, orders/paid: L'API di Shopify risponde",
        ),
        (
            "Saleor does not know the app's token, or the app is switched off: switch it on in Saleor's"
            " dashboard under Extensions, or install it again.",
            "switch it on in Saleor's dashboard under Extensions",
            "attivala nella dashboard di Saleor",
        ),
    ):
        with runtime.database.write() as opened:
            found = Reading(shop[0], "ecwid", "webhooks", NOW, {}, message=message, caught_up_at=NOW)
            readings.keep(opened, found)
        assert words in unescape(merchant.get("/platforms?language=en").text)
        page = unescape(merchant.get("/platforms?language=it").text)
        assert in_italian in page
        assert words not in page
