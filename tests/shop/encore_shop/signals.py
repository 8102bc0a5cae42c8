"""Which of the shop's own signals Encore is told of, each after its transaction was committed."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from oscar.apps.catalogue.models import Product
from oscar.apps.order.models import Order
from oscar.apps.order.signals import order_placed, order_status_changed
from oscar.apps.partner.models import StockRecord

from tests.shop.encore_shop import vouchers
from tests.shop.encore_shop.outgoing import Message, send


def connect() -> None:
    order_placed.connect(_order)
    order_status_changed.connect(_order_changed)
    post_save.connect(_product, Product)
    post_save.connect(_stock, StockRecord)
    post_delete.connect(_product_gone, Product)
    post_delete.connect(_customer_gone, get_user_model())


def _order(order: Order, **_: Any) -> None:
    _tell("order.updated", order.pk)


def _order_changed(order: Order, new_status: str, **_: Any) -> None:
    if new_status == "Cancelled":
        vouchers.free(order)
    _tell("order.updated", order.pk)


def _product(instance: Product, raw: bool = False, **_: Any) -> None:
    if not raw:
        _tell("product.updated", instance.pk)


def _stock(instance: StockRecord, raw: bool = False, **_: Any) -> None:
    if not raw:
        _tell("product.updated", instance.product_id)


def _product_gone(instance: Product, **_: Any) -> None:
    _tell("product.deleted", instance.pk)


def _customer_gone(instance: Any, **_: Any) -> None:
    _tell("customer.deleted", instance.pk)


def _tell(kind: str, key: int) -> None:
    transaction.on_commit(lambda: send(Message(kind, (key,))))
