"""Which products of a shop a platform's API has told of: only those can be missed there."""

from collections.abc import Collection

from sqlalchemy import Connection, and_, delete, func, insert, select
from sqlalchemy.sql import ColumnElement

from plugin.store.platform_tables import platform_products as table
from plugin.store.tables import products

_IN_CATALOGUE = and_(
    products.c.shop_id == table.c.shop_id, products.c.product_id == table.c.product_id, ~products.c.deleted
)


def mark(connection: Connection, shop_id: str, platform: str, product_ids: Collection[str]) -> None:
    """Note that the platform has these. The shop is locked."""
    these = select(table.c.product_id).where(*_of(shop_id, platform), table.c.product_id.in_(product_ids))
    known = set(connection.execute(these).scalars())
    rows = [
        {"shop_id": shop_id, "platform": platform, "product_id": product_id}
        for product_id in sorted(set(product_ids) - known)
    ]
    if rows:
        connection.execute(insert(table), rows)


def after(connection: Connection, shop_id: str, platform: str, product_id: str, most: int) -> list[str]:
    """The next of the platform's products that the catalogue has, by id."""
    mine = (*_of(shop_id, platform), table.c.product_id > product_id)
    found = select(table.c.product_id).join(products, _IN_CATALOGUE).where(*mine)
    return list(connection.execute(found.order_by(table.c.product_id).limit(most)).scalars())


def count(connection: Connection, shop_id: str, platform: str) -> int:
    """How many products of the catalogue are the platform's."""
    found = select(func.count()).select_from(table).join(products, _IN_CATALOGUE)
    return connection.execute(found.where(*_of(shop_id, platform))).scalar_one()


def forget(connection: Connection, shop_id: str, platform: str) -> None:
    """Miss none of them: the platform is another shop's from now on, or nobody's."""
    connection.execute(delete(table).where(*_of(shop_id, platform)))


def _of(shop_id: str, platform: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.shop_id == shop_id, table.c.platform == platform
