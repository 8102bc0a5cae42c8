"""Orders and products as Encore takes them, read from the shop's database at the moment they are sent.

The shop sells no variants: of every product there is one, with the product's own id.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone
from oscar.apps.catalogue.models import Product
from oscar.apps.order.models import Order

_STATUSES = {"Paid": "paid", "Sent": "fulfilled", "Cancelled": "cancelled"}


def order(pk: int) -> dict[str, Any]:
    found = Order.objects.get(pk=pk)
    visitor = getattr(found, "visitor", None)
    return {
        "order_id": found.number,
        "ordered_at": found.date_placed.isoformat(),
        "updated_at": timezone.now().isoformat(),
        "status": _STATUSES[found.status],
        "currency": found.currency,
        "prices_include_tax": True,
        "customer_id": str(found.user_id) if found.user_id else None,
        "email": found.email or None,
        "visitor_id": visitor.visitor_id if visitor else None,
        "coupon_codes": sorted({each.voucher_code for each in found.discounts.all() if each.voucher_code}),
        "shipping_minor": minor(found.shipping_incl_tax),
        "lines": [_line(each) for each in found.lines.all()],
    }


def product(pk: int) -> dict[str, Any]:
    found = Product.objects.get(pk=pk)
    stock, picture = found.stockrecords.first(), found.images.first()
    categories = [each.name for each in found.categories.all()[:1] for each in each.get_ancestors_and_self()]
    return {
        "product_id": str(pk),
        "title": found.title,
        "url": settings.ENCORE["shop_address"] + found.get_absolute_url(),
        "image_url": settings.ENCORE["shop_address"] + picture.original.url if picture else None,
        "categories": categories,
        "visible": found.is_public and stock is not None,
        "updated_at": timezone.now().isoformat(),
        "variants": [
            {"variant_id": str(pk), "price_minor": minor(stock.price), "stock": stock.net_stock_level}
        ]
        if stock
        else [],
    }


def minor(amount: Decimal | None) -> int:
    return round((amount or 0) * 100)


def _line(line: Any) -> dict[str, Any]:
    full = line.line_price_before_discounts_incl_tax
    product_id = str(line.product_id or line.partner_sku)
    return {
        "line_id": str(line.pk),
        "product_id": product_id,
        "variant_id": product_id,
        "quantity": line.quantity,
        "unit_price_minor": minor(line.unit_price_incl_tax),
        "discount_minor": minor(full - line.line_price_incl_tax),
    }
