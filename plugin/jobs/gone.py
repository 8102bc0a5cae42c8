"""What a shop deleted while nobody told: once a day its platform is asked which products it still has."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from plugin.platforms import PLATFORMS
from plugin.platforms.asking import Asking
from plugin.platforms.platform import Change, Page
from plugin.runtime import Runtime
from plugin.store import platform_products
from plugin.store.readings import Reading

EVERY = timedelta(days=1)
_PER_QUESTION = 100
"""As many as WooCommerce, Ecwid and Saleor answer at once."""
_FEW = 20
"""So many may go at once, of however few, unless they are all."""
_BEGINNING = {"after": "", "missing": [], "is_whole": False, "is_sure": False}


def can_be_missed(products: Reading | None) -> bool:
    """Whether something can be missed already: not before the platform's products were read once."""
    return products is not None and products.caught_up_at is not None


def page(runtime: Runtime, reading: Reading, asking: Asking) -> Page:
    """The next question: for products nobody asked for yet in this look; once all were, again for those that
    were missing, which then go. So nothing goes before it is known how many would.

    Only products that the platform's API told of are asked for: no others can be missed there.
    """
    here = {**_BEGINNING, **(reading.place or {})}
    return _removing(reading, here, asking) if here["is_whole"] else _looking(runtime, reading, here, asking)


def _looking(runtime: Runtime, reading: Reading, here: Mapping[str, Any], asking: Asking) -> Page:
    of = (reading.shop_id, reading.platform)
    with runtime.database.read() as opened:
        some = platform_products.after(opened, *of, here["after"], _PER_QUESTION)
    missing = [*here["missing"], *_missing(reading, some, asking)]
    is_much = len(missing) > _FEW or missing == some  # a few may be all there are
    if missing and is_much and not here["is_sure"]:
        with runtime.database.read() as opened:
            in_all = platform_products.count(opened, *of)
        if len(missing) > in_all / 5:
            return Page((), {"is_doubtful": True}, is_last=True, message=_doubt(in_all))
    if len(some) == _PER_QUESTION:
        return Page((), {**here, "after": some[-1], "missing": missing}, is_last=False)
    return Page((), {"missing": missing, "is_whole": True} if missing else {}, is_last=not missing)


def _removing(reading: Reading, here: Mapping[str, Any], asking: Asking) -> Page:
    some, left = here["missing"][:_PER_QUESTION], here["missing"][_PER_QUESTION:]
    gone = [Change("products", product_id) for product_id in _missing(reading, some, asking)]
    return Page(gone, {"missing": left, "is_whole": True} if left else {}, is_last=not left)


def _missing(reading: Reading, product_ids: Sequence[str], asking: Asking) -> list[str]:
    if not product_ids:
        return []
    there = PLATFORMS[reading.platform].still_there(product_ids, asking)
    return [product_id for product_id in product_ids if product_id not in there]


def _doubt(in_all: int) -> str:
    return (
        f"Over a fifth of the {in_all} products that were read there are not found any more, so none was"
        " removed: the key or token may see less than before. If they were really deleted, say so here."
    )
