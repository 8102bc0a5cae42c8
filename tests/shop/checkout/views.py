"""The payment: on delivery, so that no real money moves. The visitor's cookie is copied onto the order."""

from typing import Any

from django.http import HttpResponse
from oscar.apps.checkout import views
from oscar.apps.payment.models import Source, SourceType

from tests.shop.encore_shop import consent
from tests.shop.encore_shop.models import OrderVisitor


class PaymentDetailsView(views.PaymentDetailsView):
    def handle_payment(self, order_number: str, total: Any, **kwargs: Any) -> None:
        kind, _ = SourceType.objects.get_or_create(name="Pay on delivery")
        self.add_payment_source(
            Source(source_type=kind, currency=total.currency, amount_allocated=total.incl_tax)
        )
        self.add_payment_event("Promised", total.incl_tax)

    def handle_successful_order(self, order: Any) -> HttpResponse:
        visitor_id = self.request.COOKIES.get("encore_visitor", "")[:64]
        if visitor_id and consent.is_given(self.request):
            OrderVisitor.objects.create(order=order, visitor_id=visitor_id)
        return super().handle_successful_order(order)
