"""What the shop's script asks: the basket, a voucher for an accepted offer; and what was said of consent."""

import json

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST
from oscar.apps.catalogue.models import Product

from tests.shop.encore_shop import consent as consents
from tests.shop.encore_shop import context, encore, vouchers


@require_GET
def cart(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"cart": context.cart(request.basket)})  # type: ignore[attr-defined]


@require_POST
def offer(request: HttpRequest) -> JsonResponse:
    """A voucher for what was promised with `code`, and into the basket what the offer adds.

    The script then applies the code as any shopper would.
    """
    try:
        promise = encore.promised(str(json.loads(request.body)["code"])[:50])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"reason": "unknown_code"}, status=400)
    except OSError:
        return JsonResponse({"reason": "unanswered"}, status=502)
    if promise is None or promise["status"] != "accepted":
        return JsonResponse({"reason": "unknown_code"}, status=404)
    try:
        with transaction.atomic():
            vouchers.make(promise)
    except vouchers.CannotKeepError:
        return JsonResponse({"reason": "cannot_keep"}, status=409)
    for line in promise["terms"]["lines"]:
        if line["added"]:
            product = Product.objects.get(pk=line["product_id"])
            request.basket.add_product(product, line["quantity"])  # type: ignore[attr-defined]
    return JsonResponse({"code": promise["code"]})


@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    consents.keep(request, given=request.POST.get("personal") == "yes")
    return redirect("/")
