"""An accepted offer as a voucher of Oscar's own, which lowers the real total by what was promised.

For each product that is cheaper there is an offer of its own: so much off, once, as long as so many of it are
in the basket. A basket that is changed afterwards loses what no longer holds, and keeps the rest.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from oscar.apps.catalogue.models import Product
from oscar.apps.offer.models import Benefit, Condition, ConditionalOffer, Range
from oscar.apps.voucher.models import Voucher

_KEPT_HERE = ("discount", "lines")


class CannotKeepError(Exception):
    """The promise is of a kind that this shop does not know how to keep."""


def make(promise: Mapping[str, Any]) -> Voucher:
    """The voucher of a promise, made once."""
    found = Voucher.objects.filter(code=promise["code"]).first()
    if found:
        return found
    terms = promise["terms"]
    if terms["redeemed_by"] not in _KEPT_HERE or terms["shipping_discount_minor"]:
        raise CannotKeepError(terms["kind"])
    voucher = Voucher.objects.create(
        name=f"Your offer {promise['code']}",
        code=promise["code"],
        usage=Voucher.SINGLE_USE,
        start_datetime=timezone.now(),
        end_datetime=datetime.fromisoformat(promise["expires_at"]),
    )
    for product_id, (quantity, off_minor) in _by_product(terms["lines"]).items():
        if off_minor:
            voucher.offers.add(_offer(promise["code"], product_id, quantity, off_minor))
    return voucher


def free(order: Any) -> None:
    """A cancelled order has used no voucher: until it lapses it may be used again, as Encore sees it too."""
    for application in order.voucherapplication_set.all():
        application.voucher.num_orders -= 1
        application.voucher.save()
        application.delete()


def _by_product(lines: Any) -> dict[str, tuple[int, int]]:
    """Product id -> how many of it, and what is off them all, in minor units."""
    found: dict[str, tuple[int, int]] = {}
    for line in lines:
        quantity, off_minor = found.get(line["product_id"], (0, 0))
        found[line["product_id"]] = (quantity + line["quantity"], off_minor + line["discount_minor"])
    return found


def _offer(code: str, product_id: str, quantity: int, off_minor: int) -> ConditionalOffer:
    product = Product.objects.get(pk=product_id)
    name = f"{product.title} ({code})"
    which = Range.objects.create(name=name)
    which.add_product(product)
    return ConditionalOffer.objects.create(
        name=name,
        offer_type=ConditionalOffer.VOUCHER,
        max_basket_applications=1,
        condition=Condition.objects.create(range=which, type=Condition.COUNT, value=quantity),
        benefit=Benefit.objects.create(range=which, type=Benefit.FIXED, value=Decimal(off_minor) / 100),
    )
