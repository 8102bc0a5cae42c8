"""A demo shop with a handful of products, without Encore behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin.demo.catalogue import Catalogue, Product
from plugin.demo.encore import ShopKeys
from plugin.demo.shop import Shop, create_shop

ADDRESS = "http://127.0.0.1:9"  # nothing listens there


def a_product(product_id: str, **facts: Any) -> Product:
    usual: dict[str, Any] = {
        "title": f"Product {product_id}",
        "department": "dairy",
        "category": "Milk",
        "brand": None,
        "price_minor": 250,
        "sold": 10,
        "stock": None,
    }
    return Product(product_id=product_id, **usual | facts)


PRODUCTS = [
    a_product("1", title="White milk, 1 gal", sold=90),
    a_product("2", title="Eggs, large", category="Eggs", sold=70),
    a_product("3", title="Bananas", department="produce", category="Tropical fruit", price_minor=94, sold=80),
    a_product("4", title="Cottage cheese", stock=0),
    a_product("5", title='<b id="bold">Bold & "quoted"</b>', department="bakery", category="<i>"),
]


@pytest.fixture
def shop() -> Shop:
    keys = ShopKeys(ADDRESS, "shop_1", "pk_1", "sk_1", "whsec_1", "key of the tests' sessions")
    household = {"customer_id": "900", "orders": 12, "departments": ["dairy"]}
    return Shop(keys, Catalogue(PRODUCTS), {"900": household})


class Shopper:
    """A browser without JavaScript: pages by GET, forms by POST with the page's token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def page(self, path: str) -> str:
        return self.client.get(path, base_url=ADDRESS).text

    def send(self, path: str, **fields: str) -> Any:
        return self.client.post(path, base_url=ADDRESS, data=fields | {"csrf_token": self._token()})

    def tell(self, path: str, body: Any) -> Any:
        """As the shop's own script does."""
        return self.client.post(path, base_url=ADDRESS, json=body, headers={"X-CSRFToken": self._token()})

    def _token(self) -> str:
        return self.page("/cart").split('data-csrf="')[1].split('"')[0]


@pytest.fixture
def shopper(shop: Shop) -> Iterator[Shopper]:
    with create_shop(shop).test_client() as client:
        yield Shopper(client)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "demo"
