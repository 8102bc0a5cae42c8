"""The shop's catalogue: the best known products of a grocer's till, with departments and median prices."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.text import slugify
from oscar.apps.address.models import Country
from oscar.apps.catalogue.categories import create_from_sequence
from oscar.apps.catalogue.models import Product, ProductCategory, ProductClass, ProductImage
from oscar.apps.partner.models import Partner, StockRecord

from tests.shop.encore_shop.staff import STAFF

_IN_STOCK = 1000


@transaction.atomic
def put(rows: Sequence[Mapping[str, Any]]) -> None:
    """Fill an empty shop. A row: product_id (digits), title, categories, price_minor, drawing (a path)."""
    Country.objects.create(
        iso_3166_1_a2="US", printable_name="United States", name="United States", is_shipping_country=True
    )
    get_user_model().objects.create_superuser("staff", *STAFF)
    kind = ProductClass.objects.create(name="Groceries", track_stock=True, requires_shipping=True)
    partner = Partner.objects.create(name="Store room")
    paths = {tuple(row["categories"]) for row in rows}
    categories = {path: create_from_sequence(path)[-1] for path in sorted(paths)}
    Product.objects.bulk_create(_product(row, kind) for row in rows)
    ProductImage.objects.bulk_create(
        ProductImage(product_id=int(row["product_id"]), original=row["drawing"]) for row in rows
    )
    StockRecord.objects.bulk_create(_stock(row, partner) for row in rows)
    ProductCategory.objects.bulk_create(
        ProductCategory(product_id=int(row["product_id"]), category=categories[tuple(row["categories"])])
        for row in rows
    )


def _product(row: Mapping[str, Any], kind: ProductClass) -> Product:
    number, title = row["product_id"], row["title"]
    return Product(pk=int(number), upc=number, title=title, slug=slugify(title) or number, product_class=kind)


def _stock(row: Mapping[str, Any], partner: Partner) -> StockRecord:
    return StockRecord(
        product_id=int(row["product_id"]),
        partner=partner,
        partner_sku=row["product_id"],
        price=Decimal(row["price_minor"]) / 100,
        num_in_stock=_IN_STOCK,
    )
