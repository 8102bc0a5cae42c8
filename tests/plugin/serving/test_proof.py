"""Proofs in the form that the shop's server makes them, written out here by hand."""

import hashlib
import hmac

import pytest

from plugin.errors import Refusal
from plugin.serving import proof

NOW = 1_800_000_000
OLD, NEW = b"whsec_old", b"whsec_new"


def by_hand(secret: bytes, expires: int) -> str:
    text = f"shop_1\nc9\n{expires}"
    return f"{expires}.{hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()}"


def reason(given: str | None) -> str | None:
    try:
        proof.check((NEW, OLD), proof.customer_statement("shop_1", "c9"), given, NOW)
    except Refusal as refusal:
        return refusal.reason
    return None


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_valid_secrets_prove(secret: bytes) -> None:
    assert reason(by_hand(secret, NOW + 60)) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (by_hand(b"guess", NOW + 60), "proof_invalid"),
        (by_hand(NEW, NOW - 1), "proof_expired"),
        (by_hand(NEW, NOW + 86_401), "proof_invalid"),
        (by_hand(NEW, NOW + 60).upper(), "proof_invalid"),
        (by_hand(NEW, NOW + 60)[:-1], "proof_invalid"),
        ("0" + by_hand(NEW, NOW + 60), "proof_invalid"),
        (by_hand(NEW, NOW + 60).replace(".", ""), "proof_invalid"),
        ("", "proof_invalid"),
        (None, "proof_invalid"),
        ("9" * 400 + ".x", "proof_invalid"),
        ("²." + "a" * 64, "proof_invalid"),
        (f"{NOW + 60}.é", "proof_invalid"),
    ],
)
def test_nothing_else_does(given: str | None, expected: str) -> None:
    assert reason(given) == expected


def test_the_proof_of_a_cart_cannot_pass_for_a_customers() -> None:
    assert proof.cart_statement("shop_1", "x") != proof.customer_statement("shop_1", "x")
    with pytest.raises(Refusal):
        proof.customer_statement("shop_1", "cart\nx")
