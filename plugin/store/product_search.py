"""Finding products for a person: by a piece of the title or the id."""

from collections.abc import Sequence

from sqlalchemy import Connection, or_, select

from plugin.store.tables import products


def search(connection: Connection, shop_id: str, text: str, limit: int) -> dict[str, str]:
    """Titles by id of at most `limit` products with `text` in title or id; `%` and `_` are mere letters."""
    matches = or_(
        products.c.title.icontains(text, autoescape=True),
        products.c.product_id.icontains(text, autoescape=True),
    )
    statement = (
        select(products.c.product_id, products.c.title)
        .where(products.c.shop_id == shop_id, products.c.deleted.is_(False), matches)
        .order_by(products.c.title, products.c.product_id)
        .limit(limit)
    )
    return {row.product_id: row.title for row in connection.execute(statement)}


def titles(connection: Connection, shop_id: str, product_ids: Sequence[str]) -> dict[str, str]:
    """The titles of those of `product_ids` that the shop has."""
    statement = select(products.c.product_id, products.c.title).where(
        products.c.shop_id == shop_id, products.c.product_id.in_(product_ids)
    )
    return {row.product_id: row.title for row in connection.execute(statement)}
