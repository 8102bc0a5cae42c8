"""What a platform's API told of, page by page in one order, whatever the database takes for an order."""

from plugin.store import platform_products, products, shops
from plugin.store.database import Database
from tests.conftest import NOW
from tests.plugin.store.test_shops import NEW, VAULT

IDS = ["10", "9", "B-1", "a 2", "a-1", "b_3", "É", "gone"]


def test_every_product_of_the_platform_is_found_once_and_no_other(database: Database) -> None:
    with database.write() as opened:
        shop_id, other_id = (shops.add(opened, VAULT, NEW, NOW)[0] for _ in range(2))
        for each in (shop_id, other_id):
            every = [{"product_id": id_, "title": "Tea"} for id_ in [*IDS, "by hand"]]
            products.put_many(opened, each, every, NOW)
        products.remove(opened, shop_id, "gone")
        platform_products.mark(opened, shop_id, "saleor", IDS[:5])
        platform_products.mark(opened, shop_id, "saleor", {*IDS, "never kept"})
        platform_products.mark(opened, shop_id, "shopify", ["by hand"])
        platform_products.mark(opened, other_id, "saleor", ["by hand"])
    found: list[str] = []
    with database.read() as opened:
        while some := platform_products.after(opened, shop_id, "saleor", found[-1] if found else "", 2):
            found += some
        assert platform_products.count(opened, shop_id, "saleor") == len(found)
    assert sorted(found) == sorted(set(IDS) - {"gone"})
