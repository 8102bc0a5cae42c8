"""WooCommerce's words. Written by hand after its REST reference, and measured on 11.0.1 (November 2026)."""

from typing import Any

from tests.plugin.platforms.answering import PlatformServer
from tests.plugin.platforms.dialect import (
    SECRET,
    Delivered,
    Dialect,
    Order,
    Product,
    as_json,
    gmt,
    hmac_base64,
)

STATUS = {"placed": "pending", "paid": "processing", "cancelled": "cancelled", "refunded": "refunded"}
STATUS["fulfilled"] = "completed"


KEY = "ck_1:cs_1"


class WooCommerceWords(Dialect):
    """`server`: its API, which alone tells of which lines something was given back."""

    name = "woocommerce"
    header = "X-WC-Webhook-Signature"
    knows_returns = False

    def __init__(self, server: PlatformServer | None = None) -> None:
        self.count, self.server = 0, server

    def connection(self) -> dict[str, Any]:
        if self.server is None:
            return super().connection()
        return {**super().connection(), "address": self.server.address, "token": KEY}

    def _sent(self, topic: str, body: bytes) -> Delivered:
        self.count += 1
        resource, _, event = topic.partition(".")
        return Delivered(
            {
                "X-WC-Webhook-Source": "https://shop.example/",
                "X-WC-Webhook-Topic": topic,
                "X-WC-Webhook-Resource": resource,
                "X-WC-Webhook-Event": event,
                "X-WC-Webhook-ID": "3",
                "X-WC-Webhook-Delivery-ID": f"{self.count:032x}",
                "X-WC-Webhook-Signature": hmac_base64(SECRET, body),
            },
            body,
        )

    def order(self, order: Order, event: str = "updated") -> Delivered:
        if self.server is not None:
            path = f"/wp-json/wc/v3/orders/{order.id}/refunds?per_page=100&page=1"
            self.server.paths[path] = _refunds(order)
        return self._sent(f"order.{'created' if event == 'create' else 'updated'}", as_json(_order(order)))

    def order_deleted(self, order: Order) -> Delivered:
        return self._sent("order.deleted", as_json({"id": order.id}))

    def product(self, product: Product) -> Delivered:
        return self._sent("product.updated", as_json(_product(product)))

    def product_deleted(self, product: Product) -> Delivered:
        return self._sent("product.deleted", as_json({"id": product.id}))

    def customer_erased(self, customer_id: int) -> Delivered:
        return self._sent("customer.deleted", as_json({"id": customer_id}))

    def raw(self, body: bytes) -> Delivered:
        return self._sent("order.updated", body)


class WooCommerceWithApi(WooCommerceWords):
    """Connected with a key of its API too."""

    knows_returns = True


def _order(order: Order) -> dict[str, Any]:
    lines = [
        {
            "id": 9000 + number,
            "name": "Tea",
            "product_id": line.product_id or 0,
            "variation_id": line.variant_id or 0,
            "quantity": line.quantity,
            "subtotal": str(line.quantity * float(line.price)),
            "total": str(line.quantity * float(line.price)),
            "total_tax": "0.00",
            "sku": line.sku,
            "price": float(line.price),
        }
        for number, line in enumerate(order.lines)
    ]
    return {
        "id": order.id,
        "status": STATUS[order.status],
        "currency": order.currency,
        "prices_include_tax": True,
        "date_created_gmt": "2026-03-01T09:00:00",
        "date_modified_gmt": gmt(order.updated),
        "customer_id": order.customer_id or 0,
        "billing": {"email": order.email, "first_name": "Ann"},
        "shipping_total": "5.00",
        "coupon_lines": [{"id": 1, "code": "spring", "discount": "1.00"}],
        "meta_data": [{"id": 1, "key": "encore_visitor", "value": "v1"}],
        "line_items": lines,
        "refunds": [{"id": 4, "reason": "", "total": "-3.00"}] if order.returned else [],
    }


def _refunds(order: Order) -> list[dict[str, Any]]:
    """As `/orders/{id}/refunds` has them: a piece of a line, and money for another."""
    if order.returned is None:
        return []
    place, quantity = order.returned
    line = order.lines[place]
    amount = str(-quantity * float(line.price))
    item = {
        "id": 9900,
        "name": "Tea",
        "product_id": line.product_id or 0,
        "variation_id": line.variant_id or 0,
        "quantity": -quantity,
        "subtotal": amount,
        "total": amount,
        "total_tax": "0.00",
        "sku": line.sku,
        "meta_data": [{"id": 77, "key": "_refunded_item_id", "value": str(9000 + place)}],
    }
    money = {**item, "id": 9901, "quantity": 0, "subtotal": "-1.00", "total": "-1.00"}
    return [{"id": 4, "amount": amount.lstrip("-"), "reason": "", "line_items": [item, money]}]


def _product(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "name": product.title,
        "type": "simple",
        "status": "publish",
        "catalog_visibility": "visible",
        "permalink": "https://shop.example/product/tea/",
        "price": product.price,
        "manage_stock": True,
        "stock_quantity": product.stock,
        "stock_status": "instock" if product.stock else "outofstock",
        "backorders": "no",
        "date_modified_gmt": gmt(product.updated),
        "categories": [{"id": 9, "name": "Drinks", "slug": "drinks"}],
        "tags": [{"id": 8, "name": "green", "slug": "green"}],
        "images": [{"id": 7, "src": "https://shop.example/tea.jpg"}],
        "variations": [],
    }
