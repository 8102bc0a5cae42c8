"""What the shop's script asks: the basket, a voucher for an accepted offer; and what was said of consent."""

import json

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from tests.shop.encore_shop import consent as consents
from tests.shop.encore_shop import context, encore, vouchers


@require_GET
def cart(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"lines": context.lines(request.basket)})  # type: ignore[attr-defined]


@transaction.non_atomic_requests  # no transaction is open while Encore is asked
@require_POST
def offer(request: HttpRequest) -> JsonResponse:
    """A voucher for what was promised with `code`, which the script then applies as any shopper would.

    What the offer adds, the script has put into the basket.
    """
    try:
        promise = encore.promised(str(json.loads(request.body)["code"])[:50])
    except (ValueError, KeyError, TypeError):
        return _refused(request, 400)
    except OSError:
        return _refused(request, 502)
    if promise is None or promise["status"] != "accepted":
        return _refused(request, 404)
    try:
        with transaction.atomic():
            vouchers.make(promise)
    except vouchers.CannotKeepError:
        return _refused(request, 409)
    return JsonResponse({"code": promise["code"]})


def _refused(request: HttpRequest, status: int) -> JsonResponse:
    messages.error(request, "Your offer cannot be used just now; the total is without it.")
    return JsonResponse({}, status=status)


@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    consents.keep(request, given=request.POST.get("personal") == "yes")
    return redirect("/")
