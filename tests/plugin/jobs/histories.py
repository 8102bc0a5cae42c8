"""Shops whose APIs tell their history: paging, limits and failures as each platform has them.

Written by hand after the platforms' references (read November 2026); WooCommerce's paging as measured
on 11.0.1.
"""

import base64
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.plugin.http_servers import running
from tests.plugin.jobs.history import TOKEN, Answer, Graph, History
from tests.plugin.jobs.shopify_history import ShopifyHistory
from tests.plugin.jobs.webhooks_there import SaleorWebhooks
from tests.plugin.platforms import ecwid, woocommerce
from tests.plugin.platforms.answering import PlatformServer
from tests.plugin.platforms.saleor import SaleorWords

__all__ = ["HISTORIES", "TOKEN", "History", "ShopifyHistory", "WooHistory", "telling"]


class WooHistory(History):
    platform = "woocommerce"

    def __init__(self) -> None:
        super().__init__()
        self.webhooks: list[dict[str, Any]] = []
        self.others: list[dict[str, Any]] = []
        """Webhooks of others, which stand before ours."""
        self.told: dict[int, dict[str, Any]] = {}
        self.refunds_gone: set[int] = set()
        self.of_money = 0
        """So many refunds of every order are of money alone."""

    def authorization(self) -> tuple[str, str]:
        return "Authorization", "Basic " + base64.b64encode(TOKEN.encode()).decode()

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        noun = path.removeprefix("/wp-json/wc/v3/")
        if noun.startswith("webhooks"):
            return self._webhooks(method, noun, told), {}
        if noun.endswith("/refunds"):
            (order,) = [each for each in self.orders if each.id == int(noun.split("/")[1])]
            found = [*woocommerce._refunds(order), *({"id": each} for each in range(self.of_money))]
            start = (int(told["page"]) - 1) * 100
            return None if order.id in self.refunds_gone else found[start : start + 100], {}
        if "/" in noun:
            return _variations(noun), {}
        if "include" in told:
            return self.still_there(told["include"].split(",")), {}
        later, page = self.after(noun, told["modified_after"]), int(told["page"])
        some = later[(page - 1) * 100 : page * 100]
        return [self._spell(noun, each) for each in some], {"X-WP-Total": str(len(later))}

    def _spell(self, noun: str, thing: Any) -> dict[str, Any]:
        spelled = woocommerce._order(thing) if noun == "orders" else woocommerce._product(thing)
        return {**spelled, **self.told.get(thing.id, {})}

    def _webhooks(self, method: str, path: str, told: dict[str, Any]) -> Any:
        if method == "GET":
            start = (int(told["page"]) - 1) * int(told["per_page"])
            every = [*self.others, *self.webhooks][start : start + int(told["per_page"])]
            return [{name: value for name, value in each.items() if name != "secret"} for each in every]
        if method == "POST":
            self.webhooks.append({**told, "id": len(self.webhooks) + 1, "status": "active"})
            return self.webhooks[-1]
        (one,) = [each for each in self.webhooks if str(each["id"]) == path.split("/")[1]]
        if method == "DELETE":
            assert told == {"force": "true"}  # without it WooCommerce answers 501
            self.webhooks.remove(one)
            return one
        one |= told
        return one


def _variations(path: str) -> list[dict[str, Any]]:
    parent = int(path.split("/")[1])
    one = {"id": parent * 10, "parent_id": parent, "type": "variation", "price": "7.00"}
    return [{**one, "manage_stock": True, "stock_quantity": 3, "backorders": "no"}]


class EcwidHistory(History):
    """In no order of change, as its API has it."""

    platform = "ecwid"

    def __init__(self) -> None:
        super().__init__()
        self.placed: list[datetime] = []
        """When orders were placed, for whoever asks for that."""

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        if "createdFrom" in told:
            first, last = (datetime.fromtimestamp(int(told[f"created{end}"]), UTC) for end in ("From", "To"))
            placed = [{"id": "1"} for each in self.placed if first <= each <= last]
            return {"total": len(placed), "items": placed[: int(told["limit"])]}, {}
        if "productId" in told:
            return {"items": self.still_there(told["productId"].split(","))}, {}
        noun, since = path.removeprefix("/1003/"), int(told["updatedFrom"])
        spell = ecwid._order if noun == "orders" else ecwid._product
        later = self.after(noun, datetime.fromtimestamp(since, UTC) - timedelta(microseconds=1))
        end = datetime.fromtimestamp(int(told["updatedTo"]), UTC)
        found = list(later[: bisect_right(later, end, key=lambda each: each.updated)])
        found.sort(key=lambda each: -each.id)
        start, most = int(told["offset"]), min(100, int(told["limit"]))
        items = [spell(each) for each in found[start : start + most]]
        return {"total": len(found), "count": len(items), "offset": start, "items": items}, {}


class SaleorHistory(Graph):
    platform = "saleor"

    def __init__(self) -> None:
        super().__init__()
        self.words = SaleorWords(PlatformServer())
        self.words.server.server_close()
        self.webhooks = SaleorWebhooks()

    def connection(self) -> dict[str, Any]:
        return {"address": f"{self.address}/graphql/", "token": TOKEN, "account_id": "default"}

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        if "ebhook" in told["query"]:
            return self.webhooks.answer(told), {}
        if "$ids" in told["query"]:
            found = self.still_there(told["variables"]["ids"])
            return {"data": {"products": {"edges": [{"node": each} for each in found]}}}, {}
        noun, some, more = self.part(told, told["variables"]["since"])
        spell = self.words._order if noun == "orders" else self.words._product
        edges = [{"node": spell(each)} for each in some]
        return {"data": {noun: {"edges": edges, **more}}}, {}

    def id(self, number: int) -> str:
        return self.words.id(number)


HISTORIES: dict[str, type[History]] = {
    each.platform: each for each in (WooHistory, EcwidHistory, ShopifyHistory, SaleorHistory)
}


@contextmanager
def telling(platform: str) -> Iterator[History]:
    """The platform's server, running."""
    with running(HISTORIES[platform]()) as opened:
        yield opened
