"""What is not in the shop any more, on the page: how many went, and what only the merchant can know."""

from dataclasses import replace

from plugin.jobs.gone import _doubt
from plugin.runtime import Runtime
from plugin.store import readings
from plugin.store.readings import Reading
from plugin.store.shops import ShopKeys
from tests.conftest import NOW
from tests.plugin.admin.conftest import Visitor

TYPED = {"address": "https://shop.example", "token": "ck_1:cs_1"}


def test_who_is_asked_whether_products_were_deleted_says_so_once(
    runtime: Runtime, shop: tuple[str, ShopKeys], merchant: Visitor
) -> None:
    merchant.post("/platforms/woocommerce/connect", TYPED, page="/platforms")
    place = {"is_doubtful": True}
    gone = Reading(shop[0], "woocommerce", "gone", NOW, {}, rows_done=3, rows_left=0, caught_up_at=NOW)
    for reading, words, is_asked in [
        (replace(gone, caught_up_at=None), "Deleted products: they are looked for", False),
        (gone, "Deleted products: looked for last on Mar 2, 2026", False),
        (replace(gone, message=_doubt(60), place=place), "If they were really deleted, say so below.", True),
    ]:
        with runtime.database.write() as opened:
            readings.keep(opened, reading)
        page = merchant.get("/platforms").text
        assert words in page
        assert ('name="remove_gone"' in page) == is_asked
    assert "Sono stati eliminati in WooCommerce" in merchant.get("/platforms?language=it").text
    assert "Más de una quinta parte de los 60 productos" in merchant.get("/platforms?language=es").text
    merchant.get("/platforms?language=en")
    merchant.post("/platforms/woocommerce/connect", {**TYPED, "remove_gone": "yes"}, page="/platforms")
    with runtime.database.read() as opened:
        assert readings.of(opened, shop[0])["woocommerce", "gone"].place == {"is_sure": True}
    assert 'name="remove_gone"' not in merchant.get("/platforms").text
