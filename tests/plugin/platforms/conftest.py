"""A shop that is connected to one platform, which delivers to it, and a worker that works what came."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from plugin.app import create_api
from plugin.jobs.deliveries import work
from plugin.runtime import Runtime
from plugin.serving.live import Live
from plugin.store import connected_platforms, customers, deliveries, orders, products
from plugin.store.deliveries import Delivery
from plugin.store.shops import ShopKeys
from tests.conftest import add_shop
from tests.plugin.platforms.answering import PlatformServer, answering
from tests.plugin.platforms.dialect import Delivered, Dialect
from tests.plugin.platforms.ecwid import EcwidWords
from tests.plugin.platforms.generic import GenericWords
from tests.plugin.platforms.saleor import SaleorWords
from tests.plugin.platforms.shopify import ShopifyWords
from tests.plugin.platforms.woocommerce import WooCommerceWithApi, WooCommerceWords

WORDS = {"generic": GenericWords, "shopify": ShopifyWords, "woocommerce": WooCommerceWords}
ASKED = {"ecwid": EcwidWords, "saleor": SaleorWords, "woocommerce with its API": WooCommerceWithApi}


@dataclass
class PlatformShop:
    """The shop, its platform's words, and the door they come in by."""

    runtime: Runtime
    shop_id: str
    keys: ShopKeys
    words: Dialect
    client: Client

    def connect(self, **changes: Any) -> None:
        told = {**self.words.connection(), "at": datetime.now(UTC), **changes}
        with self.runtime.database.write() as opened:
            connected_platforms.connect(opened, self.runtime.vault, self.shop_id, self.words.name, told)

    def post(self, sent: Delivered, shop_id: str | None = None) -> TestResponse:
        path = f"/webhooks/{self.words.name}/{shop_id or self.shop_id}{sent.path}"
        return self.client.post(path, data=sent.body, headers=sent.headers)

    def verdict(self, sent: Delivered) -> str:
        """What the door says to it."""
        answer = self.post(sent)
        told = answer.get_json()
        return str(told["verdict"] if answer.status_code == 200 else told["reason"])

    def deliver(self, sent: Delivered) -> str | None:
        """What became of it, once a worker has looked."""
        assert self.verdict(sent) == "kept"
        self.work()
        return self.rows()[0].verdict

    def work(self, **later: float) -> int:
        return work(self.runtime, self.shop_id, lambda: datetime.now(UTC) + timedelta(**later))

    def rows(self) -> list[Delivery]:
        with self.runtime.database.read() as opened:
            return [row for row, _ in deliveries.latest(opened, self.shop_id, 100)]

    def order(self, number: int) -> Any:
        with self.runtime.database.read() as opened:
            return orders.find(opened, self.shop_id, self.words.id(number))

    def product(self, number: int) -> Any:
        with self.runtime.database.read() as opened:
            return products.find_many(opened, self.shop_id, [self.words.id(number)]).get(
                self.words.id(number)
            )

    def customer(self, number: int) -> Any:
        with self.runtime.database.read() as opened:
            return customers.find(opened, self.shop_id, self.words.id(number))


@pytest.fixture(params=[*WORDS, *ASKED])
def words(request: pytest.FixtureRequest) -> Iterator[Dialect]:
    """Each platform in turn."""
    if request.param in WORDS:
        yield WORDS[request.param]()
    else:
        with answering() as server:
            yield ASKED[request.param](server)


@pytest.fixture
def connected(runtime: Runtime, words: Dialect) -> Iterator[PlatformShop]:
    shop_id, keys = add_shop(runtime)
    live = Live(runtime)
    found = PlatformShop(runtime, shop_id, keys, words, Client(create_api(runtime, live)))
    found.connect()
    yield found
    live.close()


@pytest.fixture
def door(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[Any]:
    """Connects the shop to a platform by its words."""
    live = Live(runtime)
    client = Client(create_api(runtime, live))

    def connect(words: Dialect) -> PlatformShop:
        found = PlatformShop(runtime, *shop, words, client)
        found.connect()
        return found

    yield connect
    live.close()


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with answering() as opened:
        yield opened
