"""A shop of anybody's: Encore's own rows, signed after the Standard Webhooks specification, version 1.0.0."""

import base64
import hashlib
import hmac
import time
from datetime import timedelta
from typing import Any

from tests.plugin.platforms.dialect import BEGAN, Delivered, Dialect, Line, Order, Product, as_json

KEY = b"twenty-four bytes at least"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class GenericWords(Dialect):
    name = "generic"
    header = "webhook-signature"

    def __init__(self) -> None:
        self.count = 0

    def connection(self) -> dict[str, Any]:
        return {"secret": SECRET}

    def _sent(self, body: bytes, at: float | None = None, message_id: str = "") -> Delivered:
        self.count += 1
        message_id = message_id or f"msg_{self.count}"
        timestamp = str(int(time.time() if at is None else at))
        signed = f"{message_id}.{timestamp}.".encode() + body
        signature = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        return Delivered(
            {
                "webhook-id": message_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": f"v1,bm90IHRoaXM= v1,{signature}",
            },
            body,
        )

    def told(self, type_: str, data: Any, at: float | None = None) -> Delivered:
        return self._sent(as_json({"type": type_, "timestamp": "2026-03-01T09:00:00Z", "data": data}), at)

    def order(self, order: Order, event: str = "updated") -> Delivered:
        return self.told(f"order.{event}", _order(order))

    def order_deleted(self, order: Order) -> Delivered:
        return self.told("order.deleted", {"order_id": str(order.id)})

    def product(self, product: Product) -> Delivered:
        variant = {"variant_id": str(product.id + 10_000), "price_minor": _minor(product.price)}
        row = {
            "product_id": str(product.id),
            "title": product.title,
            "updated_at": product.updated.isoformat(),
            "variants": [{**variant, "stock": product.stock}],
        }
        return self.told("product.updated", row)

    def product_deleted(self, product: Product) -> Delivered:
        return self.told("product.deleted", {"product_id": str(product.id)})

    def customer_erased(self, customer_id: int) -> Delivered:
        return self.told("customer.deleted", {"customer_id": str(customer_id)})

    def raw(self, body: bytes) -> Delivered:
        return self._sent(body)


def _order(order: Order) -> dict[str, Any]:
    lines = [_line(number, line, line.quantity, order.currency) for number, line in enumerate(order.lines)]
    if order.returned:
        place, quantity = order.returned
        lines.append({**_line(place, order.lines[place], -quantity, order.currency), "line_id": "return-1"})
    row = {
        "order_id": str(order.id),
        "ordered_at": BEGAN.isoformat(),
        "updated_at": (BEGAN + timedelta(minutes=order.minute)).isoformat(),
        "status": order.status,
        "currency": order.currency,
        "customer_id": str(order.customer_id) if order.customer_id else None,
        "email": order.email,
        "visitor_id": "v1",
        "shipping_minor": 500,
    }
    return {**row, "lines": lines}


def _line(number: int, line: Line, quantity: int, currency: str) -> dict[str, Any]:
    return {
        "line_id": str(9000 + number),
        "product_id": str(line.product_id or line.sku),
        "variant_id": str(line.variant_id) if line.variant_id else None,
        "quantity": quantity,
        "unit_price_minor": _minor(line.price, currency),
    }


def _minor(price: str, currency: str = "EUR") -> int:
    return round(float(price) * (1 if currency == "JPY" else 100))
