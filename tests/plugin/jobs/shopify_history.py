"""Shopify's API as it tells a history: GraphQL, a bucket of points, parts that come page by page."""

import threading
from typing import Any

from tests.plugin.jobs.history import TOKEN, Answer, Graph, cost
from tests.plugin.jobs.webhooks_there import ShopifyWebhooks
from tests.plugin.platforms import shopify
from tests.plugin.platforms.dialect import Order, Product

_POINTS_A_SECOND = 100


class _Filling(threading.Event):
    """Nobody waits: what would have come into the bucket meanwhile is there."""

    def __init__(self, history: "ShopifyHistory") -> None:
        super().__init__()
        self._history = history

    def wait(self, timeout: float | None = None) -> bool:
        self._history.bucket = min(1000.0, self._history.bucket + (timeout or 0.0) * _POINTS_A_SECOND)
        return self.is_set()


class ShopifyHistory(Graph):
    """A bucket of 1,000 points that fills slowly: it is told, and the client waits.

    `available`: what is said to be in it; None: it is really metered, and a question that finds too little or
    costs more than 1,000 is refused; `filling` is the stop of a worker that fills it while it waits.
    `cost_each`: of an order with its first lines; `refunds`: of which orders which (line, how many) were
    given back together; `hides_addresses`: of each there is an error, and null beside all else.
    """

    platform = "shopify"
    available: float | None = 1000.0
    cost_each = 70
    hides_addresses = False

    def __init__(self) -> None:
        super().__init__()
        self.webhooks = ShopifyWebhooks()
        self.refunds: dict[int, list[list[tuple[int, int]]]] = {}
        self.refused: list[str] = []
        self.cursors: list[str | None] = []
        self.bucket, self.filling = 1000.0, _Filling(self)

    def connection(self) -> dict[str, Any]:
        return {**super().connection(), "account_id": "beans.myshopify.com"}

    def authorization(self) -> tuple[str, str]:
        return "X-Shopify-Access-Token", TOKEN

    def answer(self, method: str, path: str, told: dict[str, Any]) -> Answer:
        assert path == "/admin/api/2026-07/graphql.json"
        if "webhookSubscription" in told["query"]:
            return {**self.webhooks.answer(told), "extensions": cost(1000.0, 10)}, {}
        if "nodes(ids" in told["query"]:
            ids = [each.removeprefix("gid://shopify/Product/") for each in told["variables"]["ids"]]
            there = {each["id"] for each in self.still_there(ids)}
            nodes = [{"legacyResourceId": each} if each in there else None for each in ids]
            return {"data": {"nodes": nodes}, "extensions": cost(1000.0, len(ids))}, {}
        is_part = "node(id" in told["query"]
        points = 400 if is_part else self.cost_each * told["variables"]["first"]
        refusal = self._refusal(points)
        if refusal is not None:
            self.refused.append(refusal)
            return {"errors": [{"extensions": {"code": refusal}}], "extensions": self._told(points)}, {}
        data = {"node": self._rest(told)} if is_part else self._page(told)
        hidden = {"errors": self._hidden(data["orders"])} if self.hides_addresses and "orders" in data else {}
        return {"data": data, **hidden, "extensions": self._told(points)}, {}

    def _hidden(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        for edge in found["edges"]:
            edge["node"]["email"] = None
        message = "This app is not approved to use the email field."
        paths = [["orders", "edges", place, "node", "email"] for place in range(len(found["edges"]))]
        return [{"message": message, "path": path} for path in paths]

    def _page(self, told: dict[str, Any]) -> dict[str, Any]:
        self.cursors.append(told["variables"]["after"])
        since = told["variables"]["query"].removeprefix("updated_at:>'").removesuffix("'")
        noun, some, more = self.part(told, since)
        nodes = [self._order(each) if noun == "orders" else self._product(each) for each in some]
        start = int(told["variables"]["after"] or 0) + 1
        edges = [{"cursor": str(place), "node": node} for place, node in enumerate(nodes, start)]
        return {noun: {"edges": edges, **more}}

    def _refusal(self, points: int) -> str | None:
        """Why a question of this cost is refused; it is paid for if not."""
        if self.available is not None:
            return None
        if points > 1000:
            return "MAX_COST_EXCEEDED"
        if points > self.bucket:
            return "THROTTLED"
        self.bucket -= points
        return None

    def _told(self, points: int) -> dict[str, Any]:
        if self.available is not None:
            return cost(self.available)
        return cost(self.bucket, min(points, 1000), _POINTS_A_SECOND)

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
