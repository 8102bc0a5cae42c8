"""What is known of single variants: what is left of them now, and what they cost at the least of late."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from plugin.store.tables import variant_history, variants


def left(connection: Connection, shop_id: str, product_id: str, variant_id: str | None) -> int | None:
    """How many are left of a variant, or of all of a product's; None: not tracked, nobody can tell.

    What is not in the catalogue any more is out of stock.
    """
    mine = (variants.c.shop_id == shop_id, variants.c.product_id == product_id)
    named = () if variant_id is None else (variants.c.variant_id == variant_id,)
    stocks = connection.execute(select(variants.c.stock).where(*mine, *named)).scalars().all()
    return None if any(stock is None for stock in stocks) else sum(stocks)


def of_several(connection: Connection, shop_id: str, product_ids: Collection[str]) -> set[str]:
    """Those of the products that have more than one variant."""
    mine = (variants.c.shop_id == shop_id, variants.c.product_id.in_(product_ids))
    statement = select(variants.c.product_id).where(*mine).group_by(variants.c.product_id)
    return set(connection.execute(statement.having(func.count() > 1)).scalars())


def cost(
    connection: Connection, shop_id: str, product_id: str, variant_id: str | None
) -> tuple[int | None, float | None]:
    """What a variant costs the shop now, and its tax share; where none is named, those of the dearest."""
    mine = (variants.c.shop_id == shop_id, variants.c.product_id == product_id)
    named = () if variant_id is None else (variants.c.variant_id == variant_id,)
    statement = select(variants.c.cost_minor, variants.c.tax_share).where(*mine, *named)
    found = connection.execute(statement.order_by(variants.c.cost_minor.desc())).first()
    return (None, None) if found is None else (found.cost_minor, found.tax_share)


def lowest_prices(connection: Connection, shop_id: str, since: datetime) -> dict[tuple[str, str], int]:
    """The lowest price of each variant from `since` on, by product and variant id.

    Only of those whose price is known for all of that time: what they cost at `since` must have been told by
    then, and no price may have been missing.
    """
    mine = variant_history.c.shop_id == shop_id
    key = (variant_history.c.product_id, variant_history.c.variant_id)
    before = (
        select(*key, func.max(variant_history.c.from_at).label("from_at"))
        .where(mine, variant_history.c.from_at <= since)
        .group_by(*key)
        .subquery()
    )
    price = variant_history.c.price_minor
    statement = (
        select(*key, func.min(price), func.count() - func.count(price))
        .join(before, (before.c.product_id == key[0]) & (before.c.variant_id == key[1]))
        .where(mine, variant_history.c.from_at >= before.c.from_at)
        .group_by(*key)
    )
    return {
        (product_id, variant_id): lowest
        for product_id, variant_id, lowest, missing in connection.execute(statement)
        if not missing
    }
