"""How a test makes a platform speak: one story of orders, products and a customer, in its own words."""

import base64
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

SECRET = "a secret of the shop"
BEGAN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """Of an order; a deleted product has no id any more."""

    product_id: int | None
    quantity: int = 1
    price: str = "12.50"
    variant_id: int | None = None
    sku: str = "sku"


@dataclass(frozen=True)
class Order:
    """An order as the shop knows it; `minute` says which of its versions this is."""

    id: int
    lines: tuple[Line, ...] = (Line(501, 2, "12.50"), Line(502, 1, "3.00"))
    status: str = "placed"
    minute: int = 0
    currency: str = "EUR"
    customer_id: int | None = 71
    email: str = "ann@example.org"
    returned: tuple[int, int] | None = None  # which line, how many

    @property
    def updated(self) -> datetime:
        return BEGAN + timedelta(minutes=self.minute)


@dataclass(frozen=True)
class Product:
    """A product with one variant."""

    id: int
    title: str = "Tea"
    price: str = "12.50"
    stock: int = 9
    minute: int = 0

    @property
    def updated(self) -> datetime:
        return BEGAN + timedelta(minutes=self.minute)


@dataclass
class Delivered:
    """One delivery, ready to be sent."""

    headers: dict[str, str]
    body: bytes
    path: str = ""
    what: dict[str, Any] = field(default_factory=dict)


class Dialect(ABC):
    """One platform's words. `knows_returns`: its deliveries say of which line something was given back."""

    name: ClassVar[str]
    knows_returns: ClassVar[bool] = True
    header: ClassVar[str]
    """Where the signature stands."""
    minor_ids: ClassVar[bool] = True

    def connection(self) -> dict[str, Any]:
        """What the shop is connected with."""
        return {"secret": SECRET}

    @abstractmethod
    def order(self, order: Order, event: str = "updated") -> Delivered: ...

    @abstractmethod
    def order_deleted(self, order: Order) -> Delivered: ...

    @abstractmethod
    def product(self, product: Product) -> Delivered: ...

    @abstractmethod
    def product_deleted(self, product: Product) -> Delivered: ...

    @abstractmethod
    def customer_erased(self, customer_id: int) -> Delivered: ...

    @abstractmethod
    def raw(self, body: bytes) -> Delivered:
        """An authentic delivery of an order with this body."""

    def id(self, number: int) -> str:
        """How the platform's id of this number is kept."""
        return str(number)


def hmac_base64(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def gmt(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
