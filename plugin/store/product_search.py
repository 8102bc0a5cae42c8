"""Finding products and categories for a person: by a piece of the title, the id or the name."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, TableValuedAlias, func, or_, select, true

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


def categories(connection: Connection, shop_id: str, text: str, limit: int) -> dict[str, int]:
    """At most `limit` categories with `text` in their name, those of most products first, with how many
    products carry each. `%` and `_` are mere letters.
    """
    names = _names(connection)
    return _counted(connection, shop_id, names, names.c.value.icontains(text, autoescape=True), limit)


def counts_of(connection: Connection, shop_id: str, wanted: Collection[str]) -> dict[str, int]:
    """How many products carry each of these categories; those that none carries are not there."""
    names = _names(connection)
    return _counted(connection, shop_id, names, names.c.value.in_(wanted), len(wanted))


def _names(connection: Connection) -> TableValuedAlias:
    """The categories of a product, a row each."""
    unpack = func.json_each if connection.dialect.name == "sqlite" else func.json_array_elements_text
    return unpack(products.c.categories).table_valued("value")


def _counted(
    connection: Connection, shop_id: str, names: TableValuedAlias, wanted: ColumnElement[bool], limit: int
) -> dict[str, int]:
    n_products = func.count(products.c.product_id.distinct())
    statement = (
        select(names.c.value, n_products)
        .select_from(products.join(names, true()))
        .where(products.c.shop_id == shop_id, products.c.deleted.is_(False), wanted)
        .group_by(names.c.value)
        .order_by(n_products.desc(), names.c.value)
        .limit(limit)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
