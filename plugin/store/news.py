"""What came after a training: a shop's latest orders, its new products, and who was erased since."""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import polars as pl
from sqlalchemy import BigInteger, Connection, and_, func, or_, select, type_coerce
from sqlalchemy.sql import ColumnElement

from plugin.store import customers, orders, products
from plugin.store.tables import products as product_rows

_OVERLAP = timedelta(minutes=1)
"""Rows are stamped before they are committed, perhaps by another clock: look a little further back."""


@dataclass(frozen=True)
class Since:
    """What a model knew: orders up to `as_of`, and everything else as it was at `trained_at`."""

    as_of: datetime
    trained_at: datetime


@dataclass(frozen=True)
class Mark:
    """What there is of news; two are equal when nothing came, changed or went in between.

    Everything that a change of an order, an import or an erasure moves: how many orders and known buyers
    there are, the sum of the orders' arrivals; likewise for products; who was erased.
    """

    orders: int
    buyers: int
    arrivals: int
    products: int
    product_versions: int
    erased: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing came."""
        return not (self.orders or self.products or self.erased)

    @property
    def name(self) -> str:
        """A short name for caches: the same in all workers for the same news."""
        return blake2b(repr(astuple(self)).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class News:
    """The orders and products as `Model.refreshed` takes them, and the customers whom it forgets."""

    orders: pl.DataFrame
    products: pl.DataFrame
    erased: tuple[str, ...]


def mark(connection: Connection, shop_id: str, since: Since, now: datetime) -> Mark:
    """What came after `since`; cheap enough to ask every few seconds. Orders after `now` are a mistake."""
    head = orders.visible_orders.c
    arrivals = func.coalesce(func.sum(type_coerce(head.arrived_at, BigInteger)), 0)
    buyers = func.count(func.coalesce(head.customer_id, head.email_hash))
    of_orders = select(func.count(), buyers, arrivals).where(orders.bought(shop_id), *_window(since, now))
    versions = func.coalesce(func.sum(product_rows.c.catalogue_version), 0)
    of_products = select(func.count(), versions).where(*_new_products(shop_id, since))
    n_orders, n_buyers, sum_of_arrivals = connection.execute(of_orders).one()
    n_products, sum_of_versions = connection.execute(of_products).one()
    return Mark(
        orders=n_orders,
        buyers=n_buyers,
        arrivals=int(sum_of_arrivals),
        products=n_products,
        product_versions=int(sum_of_versions),
        erased=customers.erased_since(connection, shop_id, since.trained_at - _OVERLAP),
    )


def news(connection: Connection, shop_id: str, since: Since, now: datetime) -> News:
    """All that came after `since`."""
    return News(
        orders.training_lines(connection, shop_id, *_window(since, now)),
        products.catalogue_frame(connection, shop_id, *_new_products(shop_id, since)),
        customers.erased_since(connection, shop_id, since.trained_at - _OVERLAP),
    )


def _window(since: Since, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Orders of the very moment `as_of` count if they arrived later: some shops tell only the day."""
    head = orders.visible_orders.c
    just_then = and_(head.ordered_at == since.as_of, head.arrived_at >= since.trained_at)
    return (
        head.ordered_at >= since.as_of,
        or_(head.ordered_at > since.as_of, just_then),
        head.ordered_at <= now,
    )


def _new_products(shop_id: str, since: Since) -> tuple[ColumnElement[bool], ...]:
    row = product_rows.c
    return row.shop_id == shop_id, ~row.deleted, row.created_at >= since.trained_at - _OVERLAP
