"""A small shop with its model, as its server, its shoppers and its merchant meet it over HTTP."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import make_server
from werkzeug.test import Client

from plugin.app import create_app
from plugin.runtime import Runtime
from plugin.serving import proof
from plugin.serving.live import Live
from plugin.store.shops import ShopKeys
from tests.plugin.storefront import ask, keep_orders, publish, put_catalogue


class Coffee:
    """The service for one shop; `told` is what the shop's server hears, `shown` what a page does."""

    def __init__(self, runtime: Runtime, shop: tuple[str, ShopKeys]) -> None:
        self.runtime, (self.shop_id, self.keys) = runtime, shop
        self.live = Live(runtime, poll_seconds=0.05)
        self.app = create_app(runtime, self.live)
        self.client = Client(self.app)

    def server(self, method: str, path: str, **options: Any) -> Any:
        """What the shop's server asks, and is answered."""
        headers = {"Authorization": f"Bearer {self.keys.secret}"}
        answer = self.client.open(path, method=method, headers=headers, **options)
        assert answer.status_code < 300, answer.text
        self.live.refresh()
        self.live.refresh_people()
        return answer.json

    def slate(self, **query: Any) -> Any:
        """What a page of the shop is answered; `customer_id` comes with its proof."""
        if "customer_id" in query:
            query = {"consent": "personal", "customer_proof": self.proof(query["customer_id"])} | query
        return ask(self.client, self.keys.public, **query).json

    def proof(self, customer_id: str) -> str:
        statement = proof.customer_statement(self.shop_id, customer_id)
        return proof.signed(self.keys.signing.encode(), statement, int(time.time()) + 3600)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The service on a port of this machine, for a browser."""
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def opened(runtime: Runtime, shop: tuple[str, ShopKeys]) -> Iterator[Coffee]:
    """The shop with its catalogue and a model in use."""
    put_catalogue(runtime, shop[0])
    keep_orders(runtime, shop[0])
    publish(runtime, shop[0])
    coffee = Coffee(runtime, shop)
    yield coffee
    coffee.live.close()


def ids(answer: Any) -> list[str]:
    """The product ids of an answer's items."""
    return [each["product_id"] for each in answer["items"]]
