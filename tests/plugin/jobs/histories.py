"""Shops whose APIs tell their history: paging, limits and failures as each platform has them.

Written by hand after the platforms' references (read November 2026); WooCommerce's paging as measured
on 11.0.1.
"""

import base64
import json
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.plugin.platforms import ecwid, shopify, woocommerce
from tests.plugin.platforms.answering import PlatformServer
from tests.plugin.platforms.dialect import SECRET, Order, Product
from tests.plugin.platforms.saleor import SaleorWords

TOKEN = "ck_1:cs_1"
Answer = tuple[Any, dict[str, str]]


class History(ThreadingHTTPServer):
    """A shop's server; `bad`: which requests fail, by their number, and how."""

    daemon_threads = True
    platform: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.orders: list[Order] = []
        self.products: list[Product] = []
        self.bad: dict[int, str] = {}
        self.asked = 0
        self._sorted: dict[str, tuple[list[Any], list[Any]]] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def connection(self) -> dict[str, Any]:
        """What the shop is connected with."""
        return {"address": self.address, "token": TOKEN, "secret": SECRET, "account_id": "1003"}

    def authorization(self) -> tuple[str, str]:
        """The header that opens the API, and what stands there."""
        return "Authorization", f"Bearer {TOKEN}"

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        """What is answered to a good request; `told`: the query, or the JSON of its body."""
        raise NotImplementedError

    def id(self, number: int) -> str:
        return str(number)

    def _in_turn(self, noun: str) -> list[Any]:
        """All by time of change, sorted once."""
        things: list[Any] = self.orders if noun == "orders" else self.products
        known = self._sorted.get(noun)
        if known is None or known[0] is not things:
            known = self._sorted[noun] = (things, sorted(things, key=lambda each: each.updated))
        return known[1]

    def after(self, noun: str, moment: str | datetime) -> Sequence[Any]:
        """What changed after `moment`, oldest change first."""
        things = self._in_turn(noun)
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment if "+" in moment or "Z" in moment else f"{moment}+00:00")
        return things[bisect_right(things, moment, key=lambda each: each.updated) :]


class WooHistory(History):
    platform = "woocommerce"

    def __init__(self) -> None:
        super().__init__()
        self.webhooks: list[dict[str, Any]] = []
        self.told: dict[int, dict[str, Any]] = {}

    def authorization(self) -> tuple[str, str]:
        return "Authorization", "Basic " + base64.b64encode(TOKEN.encode()).decode()

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        noun = path.removeprefix("/wp-json/wc/v3/")
        if noun.startswith("webhooks"):
            return self._webhooks(method, noun, told), {}
        if "/" in noun:
            return _variations(noun), {}
        later, page = self.after(noun, told["modified_after"]), int(told["page"])
        some = later[(page - 1) * 100 : page * 100]
        return [self._spell(noun, each) for each in some], {"X-WP-Total": str(len(later))}

    def _spell(self, noun: str, thing: Any) -> dict[str, Any]:
        spelled = woocommerce._order(thing) if noun == "orders" else woocommerce._product(thing)
        return {**spelled, **self.told.get(thing.id, {})}

    def _webhooks(self, method: str, path: str, told: dict[str, Any]) -> Any:
        if method == "GET":
            return self.webhooks
        if method == "POST":
            self.webhooks.append({**told, "id": len(self.webhooks) + 1, "status": "active"})
            return self.webhooks[-1]
        (one,) = [each for each in self.webhooks if str(each["id"]) == path.split("/")[1]]
        one |= told
        return one


def _variations(path: str) -> list[dict[str, Any]]:
    parent = int(path.split("/")[1])
    one = {"id": parent * 10, "parent_id": parent, "type": "variation", "price": "7.00"}
    return [{**one, "manage_stock": True, "stock_quantity": 3, "backorders": "no"}]


class EcwidHistory(History):
    """In no order of change, as its API has it."""

    platform = "ecwid"

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        noun, since = path.removeprefix("/1003/"), int(told["updatedFrom"])
        spell = ecwid._order if noun == "orders" else ecwid._product
        later = self.after(noun, datetime.fromtimestamp(since, UTC) - timedelta(microseconds=1))
        end = datetime.fromtimestamp(int(told["updatedTo"]), UTC)
        found = list(later[: bisect_right(later, end, key=lambda each: each.updated)])
        found.sort(key=lambda each: -each.id)
        start, most = int(told["offset"]), min(100, int(told["limit"]))
        items = [spell(each) for each in found[start : start + most]]
        return {"total": len(found), "count": len(items), "offset": start, "items": items}, {}


class _Graph(History):
    """Both that speak GraphQL page by a cursor, which here is a number."""

    def part(self, told: dict[str, Any], since: str) -> tuple[str, Sequence[Any], dict[str, Any]]:
        variables = told["variables"]
        noun = "orders" if " orders(" in told["query"] else "products"
        later = self.after(noun, datetime.fromisoformat(since) - timedelta(microseconds=1))
        start = int(variables["after"] or 0)
        some = later[start : start + variables["first"]]
        has_next = start + len(some) < len(later)
        info = {"hasNextPage": has_next, "endCursor": str(start + len(some)) if some else None}
        return noun, some, {"pageInfo": info, "totalCount": len(later)}


class ShopifyHistory(_Graph):
    """A bucket of 1,000 points that fills slowly: it is told, and the client waits.

    `available`: what is said to be in it; None: it is really metered, and a question that finds too little or
    costs more than 1,000 is refused. `cost_each`: of an order with its first lines; `refunds`: of which
    orders which (line, how many) were given back together.
    """

    platform = "shopify"
    available: float | None = 1000.0
    cost_each = 70

    def __init__(self) -> None:
        super().__init__()
        self.refunds: dict[int, list[list[tuple[int, int]]]] = {}
        self.refused: list[str] = []
        self.bucket, self._filled_at = 1000.0, time.monotonic()

    def connection(self) -> dict[str, Any]:
        return {**super().connection(), "account_id": "beans.myshopify.com"}

    def authorization(self) -> tuple[str, str]:
        return "X-Shopify-Access-Token", TOKEN

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        assert path == "/admin/api/2025-10/graphql.json"
        is_part = "node(id" in told["query"]
        cost = 400 if is_part else self.cost_each * told["variables"]["first"]
        refusal = self._refusal(cost)
        if refusal is not None:
            self.refused.append(refusal)
            return {"errors": [{"extensions": {"code": refusal}}], "extensions": self._told(cost)}, {}
        data = {"node": self._rest(told)} if is_part else self._page(told)
        return {"data": data, "extensions": self._told(cost)}, {}

    def _page(self, told: dict[str, Any]) -> dict[str, Any]:
        since = told["variables"]["query"].removeprefix("updated_at:>'").removesuffix("'")
        noun, some, more = self.part(told, since)
        nodes = [self._order(each) if noun == "orders" else self._product(each) for each in some]
        start = int(told["variables"]["after"] or 0) + 1
        edges = [{"cursor": str(place), "node": node} for place, node in enumerate(nodes, start)]
        return {noun: {"edges": edges, **more}}

    def _refusal(self, cost: int) -> str | None:
        """Why a question of this cost is refused; it is paid for if not. 10,000 points come in a second."""
        if self.available is not None:
            return None
        now = time.monotonic()
        self.bucket = min(1000.0, self.bucket + (now - self._filled_at) * 10_000)
        self._filled_at = now
        if cost > 1000:
            return "MAX_COST_EXCEEDED"
        if cost > self.bucket:
            return "THROTTLED"
        self.bucket -= cost
        return None

    def _told(self, cost: int) -> dict[str, Any]:
        if self.available is not None:
            return _cost(self.available)
        return _cost(self.bucket, min(cost, 1000), 10_000)

    def _order(self, order: Order) -> dict[str, Any]:
        told = shopify._order(order)
        lines = [_line(each) for each in told["line_items"]]
        refunds = [
            {"id": one["id"], "refundLineItems": _some(one["refundLineItems"], 0, 10)}
            for one in self._refunds(order)[:3]
        ]
        return {
            "id": f"gid://shopify/Order/{order.id}",
            "legacyResourceId": str(order.id),
            "processedAt": told["processed_at"],
            "updatedAt": told["updated_at"],
            "cancelledAt": told["cancelled_at"],
            "displayFinancialStatus": told["financial_status"].upper(),
            "displayFulfillmentStatus": (told["fulfillment_status"] or "unfulfilled").upper(),
            "currencyCode": order.currency,
            "taxesIncluded": True,
            "email": order.email,
            "customer": {"legacyResourceId": str(order.customer_id)} if order.customer_id else None,
            "discountCodes": [each["code"] for each in told["discount_codes"]],
            "customAttributes": [{"key": "encore_visitor", "value": "v1"}],
            "totalShippingPriceSet": _money("5.00"),
            "lineItems": _some(lines, 0, 30),
            "refunds": refunds,
        }

    def _refunds(self, order: Order) -> list[dict[str, Any]]:
        """All of an order, each with all its lines."""
        of_it = self.refunds.get(order.id, [[order.returned]] if order.returned else [])
        return [
            {
                "id": f"gid://shopify/Refund/{order.id}{number:02}",
                "refundLineItems": [
                    _refunded(order, f"{number}{place:03}", *each) for place, each in enumerate(one)
                ],
            }
            for number, one in enumerate(of_it)
        ]

    def _rest(self, told: dict[str, Any]) -> dict[str, Any]:
        kind, number = told["variables"]["id"].split("/")[-2:]
        id_ = int(number[:-2] if kind == "Refund" else number)
        (order,) = [each for each in self.orders if each.id == id_]
        refunds = self._refunds(order)
        if "after" not in told["variables"]:
            return {"refunds": [{"id": each["id"]} for each in refunds]}
        start = int(told["variables"]["after"] or 0)
        if kind == "Refund":
            return {"refundLineItems": _some(refunds[int(number[-2:])]["refundLineItems"], start, 50)}
        lines = [_line(each) for each in shopify._order(order)["line_items"]]
        return {"lineItems": _some(lines, start, 50)}

    def _product(self, product: Product) -> dict[str, Any]:
        told = shopify._product(product)
        variant = told["variants"][0]
        item = {"tracked": True, "unitCost": {"amount": "4.00"}}
        node = {
            "legacyResourceId": str(variant["id"]),
            "title": variant["title"],
            "price": variant["price"],
            "inventoryQuantity": variant["inventory_quantity"],
            "inventoryPolicy": "DENY",
            "inventoryItem": item,
        }
        return {
            "id": f"gid://shopify/Product/{product.id}",
            "legacyResourceId": str(product.id),
            "title": told["title"],
            "handle": told["handle"],
            "productType": told["product_type"],
            "tags": ["green", "loose"],
            "status": "ACTIVE",
            "publishedAt": told["published_at"],
            "updatedAt": told["updated_at"],
            "featuredMedia": {"preview": {"image": {"url": told["image"]["src"]}}},
            "variants": _some([node], 0, 30),
        }


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{line['id']}",
        "title": line["title"],
        "sku": line["sku"],
        "quantity": line["quantity"],
        "product": {"legacyResourceId": str(line["product_id"])} if line["product_id"] else None,
        "variant": {"legacyResourceId": str(line["variant_id"])} if line["variant_id"] else None,
        "originalUnitPriceSet": _money(line["price"]),
        "discountAllocations": [],
        "taxLines": [],
    }


def _refunded(order: Order, id_: str, place: int, quantity: int) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/RefundLineItem/{int(id_) + 1}",
        "quantity": quantity,
        "lineItem": {"id": f"gid://shopify/LineItem/{9000 + place}"},
        "subtotalSet": _money(str(quantity * float(order.lines[place].price))),
        "totalTaxSet": _money("0.00"),
    }


def _some(nodes: list[dict[str, Any]], start: int, most: int) -> dict[str, Any]:
    end = min(start + most, len(nodes))
    return {"nodes": nodes[start:end], "pageInfo": {"hasNextPage": end < len(nodes), "endCursor": str(end)}}


def _money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def _cost(available: float, asked: int = 700, restored: int = 100) -> dict[str, Any]:
    status = {"maximumAvailable": 1000, "currentlyAvailable": available, "restoreRate": restored}
    return {"cost": {"requestedQueryCost": asked, "throttleStatus": status}}


class SaleorHistory(_Graph):
    platform = "saleor"

    def __init__(self) -> None:
        super().__init__()
        self.words = SaleorWords(PlatformServer())
        self.words.server.server_close()

    def connection(self) -> dict[str, Any]:
        return {"address": f"{self.address}/graphql/", "token": TOKEN, "account_id": "default"}

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        noun, some, more = self.part(told, told["variables"]["since"])
        spell = self.words._order if noun == "orders" else self.words._product
        edges = [{"node": spell(each)} for each in some]
        return {"data": {noun: {"edges": edges, **more}}}, {}

    def id(self, number: int) -> str:
        return self.words.id(number)


HISTORIES: dict[str, type[History]] = {
    each.platform: each for each in (WooHistory, EcwidHistory, ShopifyHistory, SaleorHistory)
}


class _Handler(BaseHTTPRequestHandler):
    server: History

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self._answer(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(urlsplit(self.path).path, json.loads(text))

    do_PUT = do_POST  # noqa: N815 - the library calls it so

    def _answer(self, path: str, told: dict[str, Any]) -> None:
        self.server.asked += 1
        bad = self.server.bad.pop(self.server.asked, None)
        if bad == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n[{")
            return
        name, value = self.server.authorization()
        status = int(bad) if bad and bad.isdecimal() else 200 if self.headers[name] == value else 401
        headers = {"Retry-After": "2"} if status == 429 else {}
        found: Any = {"code": "error"}
        if bad == "throttled":
            found = {"errors": [{"extensions": {"code": "THROTTLED"}}], "extensions": _cost(0)}
        elif status == 200:
            found, headers = self.server.answer(self.command, path, told)
        self._write(status, headers, json.dumps(found).encode())

    def _write(self, status: int, headers: dict[str, str], text: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Be quiet."""


@contextmanager
def telling(platform: str) -> Iterator[History]:
    """The platform's server, running."""
    with HISTORIES[platform]() as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield opened
        finally:
            opened.shutdown()
            thread.join()
