"""Shopify's words. Written by hand after its reference (shopify.dev/docs/api/webhooks, November 2026)."""

from typing import Any

from tests.plugin.platforms.dialect import SECRET, Delivered, Dialect, Order, Product, as_json, hmac_base64

STATUS = {
    "placed": "pending",
    "paid": "paid",
    "cancelled": "voided",
    "refunded": "refunded",
    "fulfilled": "paid",
}


class ShopifyWords(Dialect):
    name = "shopify"
    header = "X-Shopify-Hmac-Sha256"

    def __init__(self) -> None:
        self.count = 0

    def connection(self) -> dict[str, Any]:
        return {"secret": SECRET, "account_id": "beans.myshopify.com"}

    def _sent(self, topic: str, body: bytes) -> Delivered:
        self.count += 1
        return Delivered(
            {
                "X-Shopify-Topic": topic,
                "X-Shopify-Shop-Domain": "beans.myshopify.com",
                "X-Shopify-API-Version": "2026-10",
                "X-Shopify-Webhook-Id": f"webhook-{self.count}",
                "X-Shopify-Event-Id": f"event-{self.count}",
                "X-Shopify-Hmac-Sha256": hmac_base64(SECRET, body),
            },
            body,
        )

    def order(self, order: Order, event: str = "updated") -> Delivered:
        return self._sent(f"orders/{event}", as_json(_order(order)))

    def order_deleted(self, order: Order) -> Delivered:
        return self._sent("orders/delete", as_json({"id": order.id}))

    def product(self, product: Product) -> Delivered:
        return self._sent("products/update", as_json(_product(product)))

    def product_deleted(self, product: Product) -> Delivered:
        return self._sent("products/delete", as_json({"id": product.id}))

    def customer_erased(self, customer_id: int) -> Delivered:
        customer = {"id": customer_id, "email": "ann@example.org", "phone": None}
        told = {"shop_id": 954889, "shop_domain": "beans.myshopify.com", "customer": customer}
        return self._sent("customers/redact", as_json({**told, "orders_to_redact": [299938]}))

    def raw(self, body: bytes) -> Delivered:
        return self._sent("orders/updated", body)


def _order(order: Order) -> dict[str, Any]:
    moment = order.updated.isoformat()
    lines: list[dict[str, Any]] = [
        {
            "id": 9000 + number,
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "sku": line.sku,
            "title": "Tea",
            "quantity": line.quantity,
            "price": line.price,
            "discount_allocations": [],
            "tax_lines": [],
        }
        for number, line in enumerate(order.lines)
    ]
    refunds = []
    if order.returned:
        place, quantity = order.returned
        subtotal = str(quantity * float(order.lines[place].price))
        given_back = {"id": 1, "line_item_id": 9000 + place, "quantity": quantity, "subtotal": subtotal}
        refunds = [{"id": 5, "refund_line_items": [{**given_back, "total_tax": "0.00"}]}]
    return {
        "id": order.id,
        "created_at": "2026-03-01T10:00:00+01:00",
        "processed_at": "2026-03-01T10:00:00+01:00",
        "updated_at": moment,
        "cancelled_at": moment if order.status == "cancelled" else None,
        "financial_status": "partially_refunded" if order.returned else STATUS[order.status],
        "fulfillment_status": "fulfilled" if order.status == "fulfilled" else None,
        "test": False,
        "currency": order.currency,
        "taxes_included": True,
        "email": order.email,
        "customer": {"id": order.customer_id, "email": order.email} if order.customer_id else None,
        "discount_codes": [{"code": "SPRING", "amount": "1.00", "type": "fixed_amount"}],
        "note_attributes": [{"name": "encore_visitor", "value": "v1"}],
        "total_shipping_price_set": {"shop_money": {"amount": "5.00", "currency_code": order.currency}},
        "line_items": lines,
        "refunds": refunds,
    }


def _product(product: Product) -> dict[str, Any]:
    variant = {
        "id": product.id + 10_000,
        "title": "Default Title",
        "price": product.price,
        "inventory_management": "shopify",
        "inventory_policy": "deny",
        "inventory_quantity": product.stock,
    }
    return {
        "id": product.id,
        "title": product.title,
        "handle": "tea",
        "product_type": "Drinks",
        "tags": "green, loose",
        "status": "active",
        "published_at": "2026-01-01T00:00:00Z",
        "updated_at": product.updated.isoformat(),
        "image": {"src": "https://cdn.example/tea.jpg"},
        "variants": [variant],
    }
