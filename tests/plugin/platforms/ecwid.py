"""Ecwid's words. Written by hand after docs.ecwid.com (webhooks, REST v3; read November 2026)."""

from typing import Any

from tests.plugin.platforms.answering import PlatformServer
from tests.plugin.platforms.dialect import SECRET, Delivered, Dialect, Order, Product, as_json, hmac_base64

STORE = "1003"
STATUS = {"placed": "AWAITING_PAYMENT", "paid": "PAID", "cancelled": "CANCELLED", "refunded": "REFUNDED"}
STATUS["fulfilled"] = "PAID"


class EcwidWords(Dialect):
    """Its server tells what stands there when a job asks, which is what the last delivery was about."""

    name = "ecwid"
    header = "X-Ecwid-Webhook-Signature"
    knows_returns = False

    def __init__(self, server: PlatformServer) -> None:
        self.count, self.server = 0, server

    def connection(self) -> dict[str, Any]:
        address = f"{self.server.address}/api/v3"
        return {"secret": SECRET, "account_id": STORE, "token": "secret_token", "address": address}

    def _sent(self, event: str, entity_id: Any, data: Any = None) -> Delivered:
        self.count += 1
        created, event_id = 1_772_000_000 + self.count, f"5ea3f2b6-{self.count}"
        told = {
            "eventId": event_id,
            "eventCreated": created,
            "storeId": int(STORE),
            "entityId": entity_id,
            "eventType": event,
            **({"data": data} if data else {}),
        }
        signature = hmac_base64(SECRET, f"{created}.{event_id}".encode())
        return Delivered({"X-Ecwid-Webhook-Signature": signature}, as_json(told), f"?eventtype={event}")

    def _stands(self, path: str, value: Any) -> None:
        self.server.paths[f"/api/v3/{STORE}/{path}"] = value

    def order(self, order: Order, event: str = "updated") -> Delivered:
        known = self.server.paths.get(f"/api/v3/{STORE}/orders/{order.id}")
        if known is None or known["updateTimestamp"] <= order.updated.timestamp():  # as the shop has it now
            self._stands(f"orders/{order.id}", _order(order))
        name = "order.created" if event == "create" else "order.updated"
        return self._sent(name, order.id, {"orderId": str(order.id)})

    def order_deleted(self, order: Order) -> Delivered:
        self._stands(f"orders/{order.id}", None)
        return self._sent("order.deleted", order.id, {"orderId": str(order.id)})

    def product(self, product: Product) -> Delivered:
        path = f"products/{product.id}"
        known = self.server.paths.get(f"/api/v3/{STORE}/{path}", {"updateTimestamp": 0})
        if known and known["updateTimestamp"] <= product.updated.timestamp():
            self._stands(path, _product(product))
        return self._sent("product.updated", product.id)

    def product_deleted(self, product: Product) -> Delivered:
        self._stands(f"products/{product.id}", None)
        return self._sent("product.deleted", product.id)

    def customer_erased(self, customer_id: int) -> Delivered:
        return self._sent("customer.deleted", customer_id)

    def raw(self, body: bytes) -> Delivered:
        return Delivered({"X-Ecwid-Webhook-Signature": hmac_base64(SECRET, b"1.a")}, body)


def _order(order: Order) -> dict[str, Any]:
    items = [
        {
            "id": 9000 + number,
            "productId": line.product_id or 0,
            "sku": line.sku,
            "name": "Tea",
            "quantity": line.quantity,
            "price": float(line.price),
            "tax": 0,
            **({"combinationId": line.variant_id} if line.variant_id else {}),
        }
        for number, line in enumerate(order.lines)
    ]
    return {
        "id": str(order.id),
        "email": order.email,
        "paymentStatus": "PARTIALLY_REFUNDED" if order.returned else STATUS[order.status],
        "fulfillmentStatus": "DELIVERED" if order.status == "fulfilled" else "AWAITING_PROCESSING",
        "createTimestamp": 1772355600,
        "updateTimestamp": int(order.updated.timestamp()),
        "discountCoupon": {"code": "SPRING"},
        "shippingOption": {"shippingRate": 5},
        "extraFields": {"encore_visitor": "v1"},
        "items": items,
        **({"customerId": order.customer_id} if order.customer_id else {}),
    }


def _product(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "name": product.title,
        "url": "https://shop.example/tea-p501",
        "imageUrl": "https://cdn.example/tea.jpg",
        "enabled": True,
        "price": float(product.price),
        "quantity": product.stock,
        "unlimited": False,
        "updateTimestamp": int(product.updated.timestamp()),
        "combinations": [],
    }
