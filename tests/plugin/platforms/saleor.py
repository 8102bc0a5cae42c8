"""Saleor's words, as Encore's query asks for them. Written by hand after docs.saleor.io (November 2026)."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.plugin.platforms.answering import PlatformServer
from tests.plugin.platforms.dialect import Delivered, Dialect, Order, Product, as_json

STATUS = {"placed": "UNFULFILLED", "paid": "UNFULFILLED", "cancelled": "CANCELED", "refunded": "RETURNED"}
STATUS["fulfilled"] = "FULFILLED"


def _plain(number: int) -> str:
    return _b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Key:
    """A key of the instance's own, and how it signs: a detached JWS over the raw body."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        sort = {"kty": "RSA", "use": "sig", "alg": "RS256", "key_ops": ["verify"], "kid": self.key_id}
        return {**sort, "n": _plain(numbers.n), "e": _plain(numbers.e)}  # type: ignore[dict-item]

    def sign(self, body: bytes, **changes: Any) -> str:
        header = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": self.key_id, "typ": "JWT", **changes}
        head = _b64(json.dumps(header).encode())
        signed = head.encode() + b"." + body
        return f"{head}..{_b64(self.private.sign(signed, padding.PKCS1v15(), hashes.SHA256()))}"


class SaleorWords(Dialect):
    name = "saleor"
    header = "Saleor-Signature"

    def __init__(self, server: PlatformServer) -> None:
        self.count, self.server = 0, server
        self.key = Key("1")
        self.tell_keys()

    def tell_keys(self) -> None:
        self.server.paths["/.well-known/jwks.json"] = {"keys": [self.key.public()]}

    def connection(self) -> dict[str, Any]:
        return {"address": f"{self.server.address}/graphql/", "account_id": "default"}

    def id(self, number: int) -> str:
        return base64.b64encode(f"Thing:{number}".encode()).decode()

    def _sent(self, event: str, payload: dict[str, Any]) -> Delivered:
        self.count += 1
        told = {"__typename": event, "issuedAt": f"2026-03-01T09:00:00.{self.count:06}+00:00", **payload}
        return self.raw(as_json(told))

    def raw(self, body: bytes) -> Delivered:
        headers = {
            "Saleor-Event": "order_updated",
            "Saleor-Domain": "shop.saleor.example",
            "Saleor-Api-Url": "https://shop.saleor.example/graphql/",
            "Saleor-Signature": self.key.sign(body),
        }
        return Delivered(headers, body)

    def order(self, order: Order, event: str = "updated") -> Delivered:
        return self._sent(
            "OrderCreated" if event == "create" else "OrderUpdated", {"order": self._order(order)}
        )

    def order_deleted(self, order: Order) -> Delivered:
        return self._sent("OrderDeleted", {"order": {"id": self.id(order.id)}})

    def product(self, product: Product) -> Delivered:
        if product.stock:
            return self._sent("ProductUpdated", {"product": self._product(product)})
        return self._sent("ProductVariantOutOfStock", {"productVariant": {"product": self._product(product)}})

    def product_deleted(self, product: Product) -> Delivered:
        return self._sent("ProductDeleted", {"product": {"id": self.id(product.id)}})

    def customer_erased(self, customer_id: int) -> Delivered:
        return self._sent("CustomerDeleted", {"user": {"id": self.id(customer_id)}})

    def _order(self, order: Order) -> dict[str, Any]:
        lines = [
            {
                "id": str(9000 + number),
                "productName": "Tea",
                "productSku": line.sku,
                "productVariantId": self.id(line.variant_id) if line.variant_id else None,
                "quantity": line.quantity,
                "variant": self._of_line(line.product_id, line.variant_id),
                "undiscountedUnitPrice": {"gross": {"amount": float(line.price)}},
                "totalPrice": {
                    "gross": {"amount": line.quantity * float(line.price)},
                    "tax": {"amount": 0.0},
                },
            }
            for number, line in enumerate(order.lines)
        ]
        fulfillments = []
        if order.returned:
            place, quantity = order.returned
            given_back = {"id": "1", "quantity": quantity, "orderLine": {"id": str(9000 + place)}}
            fulfillments = [{"status": "REFUNDED_AND_RETURNED", "lines": [given_back]}]
        return {
            "id": self.id(order.id),
            "created": "2026-03-01T09:00:00+00:00",
            "updatedAt": order.updated.isoformat(),
            "status": STATUS[order.status],
            "paymentStatus": "NOT_CHARGED" if order.status == "placed" else "FULLY_CHARGED",
            "userEmail": order.email,
            "user": {"id": self.id(order.customer_id)} if order.customer_id else None,
            "voucherCode": "SPRING",
            "visitor": "v1",
            "shippingPrice": {"gross": {"amount": 5.0}},
            "total": {"gross": {"currency": order.currency}},
            "lines": lines,
            "fulfillments": fulfillments,
        }

    def _of_line(self, product_id: int | None, variant_id: int | None) -> dict[str, Any] | None:
        if product_id is None:
            return None
        return {"id": self.id(variant_id or product_id + 10_000), "product": {"id": self.id(product_id)}}

    def _product(self, product: Product) -> dict[str, Any]:
        channel = {"slug": "default", "currencyCode": "EUR"}
        listing = {
            "channel": {"slug": "default"},
            "price": {"amount": float(product.price)},
            "costPrice": None,
        }
        variant = {
            "id": self.id(product.id + 10_000),
            "name": "50 g",
            "trackInventory": True,
            "stocks": [{"quantity": product.stock, "quantityAllocated": 0}],
            "channelListings": [listing],
        }
        return {
            "id": self.id(product.id),
            "name": product.title,
            "updatedAt": product.updated.isoformat(),
            "thumbnail": {"url": "https://cdn.example/tea.jpg"},
            "category": {"name": "Drinks"},
            "channelListings": [{"isPublished": True, "channel": channel}],
            "variants": [variant],
        }
