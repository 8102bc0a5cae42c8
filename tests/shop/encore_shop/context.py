"""What every page of the shop needs for its widgets."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tests.shop.encore_shop import consent
from tests.shop.encore_shop.encore import cart_proof, customer_proof


def encore(request: HttpRequest) -> dict[str, Any]:
    if not settings.ENCORE:
        return {}
    basket = request.basket  # type: ignore[attr-defined]
    told: dict[str, Any] = {
        "address": settings.ENCORE["address"],
        "key": settings.ENCORE["public_key"],
        "cart": cart(basket),
        "has_promise": bool(basket.id) and basket.vouchers.exists(),
        "attributes": {},
    }
    if consent.is_given(request):
        told["attributes"] = _who(request, basket.id)
    return {"encore": told}


def cart(basket: Any) -> str:
    """The basket as the widgets' attribute has it."""
    return ",".join(f"{line['product_id']}:{line['quantity']}" for line in lines(basket))


def lines(basket: Any) -> list[dict[str, Any]]:
    """The basket as the widgets' script takes it."""
    if not basket.id:
        return []
    return [{"product_id": str(line.product_id), "quantity": line.quantity} for line in basket.all_lines()]


def _who(request: HttpRequest, basket_id: int | None) -> dict[str, str]:
    who = {"consent": "personal"}
    if request.user.is_authenticated:
        customer_id = str(request.user.pk)
        who |= {"customer-id": customer_id, "customer-proof": customer_proof(customer_id)}
    if basket_id:
        who |= {"cart-id": str(basket_id), "cart-proof": cart_proof(str(basket_id))}
    return who
