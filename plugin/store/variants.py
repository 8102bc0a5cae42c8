"""What is known of single variants: what is left of them now, and what they cost at the least of late."""


from sqlalchemy import Connection, select

from plugin.store.tables import variants


def left(connection: Connection, shop_id: str, product_id: str, variant_id: str | None) -> int | None:
    """How many are left of a variant, or of all of a product's; None: not tracked, nobody can tell.

    What is not in the catalogue any more is out of stock.
    """
    mine = (variants.c.shop_id == shop_id, variants.c.product_id == product_id)
    named = () if variant_id is None else (variants.c.variant_id == variant_id,)
    stocks = connection.execute(select(variants.c.stock).where(*mine, *named)).scalars().all()
    return None if any(stock is None for stock in stocks) else sum(stocks)
