"""`tell_encore`: send Encore every product and every order, when the shop joins it or after a long outage."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from oscar.apps.catalogue.models import Product
from oscar.apps.order.models import Order

from tests.shop.encore_shop.outgoing import Message, deliver

_AT_ONCE = 50


class Command(BaseCommand):
    def handle(self, *_: Any, **__: Any) -> None:
        for kind, model in (("product.updated", Product), ("order.updated", Order)):
            keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
            for start in range(0, len(keys), _AT_ONCE):
                if not deliver(Message(kind, tuple(keys[start : start + _AT_ONCE]))):
                    raise CommandError("Encore does not take it: try again later.")
