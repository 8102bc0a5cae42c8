"""Proofs: short-lived signed statements of the shop's server, such as who a customer is."""

import hmac
from collections.abc import Sequence

from plugin.errors import Refusal

LONGEST_SECONDS = 24 * 60 * 60


def signed(secret: bytes, statement: str, expires_unix: int) -> str:
    """`<expires_unix>.<hex HMAC-SHA256(secret, statement + newline + expires_unix)>`."""
    text = f"{statement}\n{expires_unix}".encode()
    return f"{expires_unix}.{hmac.digest(secret, text, 'sha256').hex()}"


def check(secrets: Sequence[bytes], statement: str, proof: str | None, now: float) -> None:
    """Nothing, if `proof` is one of `statement` by any of `secrets` and holds at `now` (unix seconds).

    `Refusal("proof_invalid")` where it is missing, forged or claims to hold for more than 24 hours,
    `Refusal("proof_expired")` where it has lapsed.
    """
    expires, _, _ = (proof or "").partition(".")
    if proof is None or not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
        raise _invalid()
    # All are compared, so that the time taken does not tell which secret was used.
    given = proof.encode()
    matches = [hmac.compare_digest(signed(each, statement, int(expires)).encode(), given) for each in secrets]
    if not any(matches) or int(expires) > now + LONGEST_SECONDS:
        raise _invalid()
    if int(expires) < now:
        raise Refusal("proof_expired", "The proof has lapsed: have the shop's server make a new one.")


def customer_statement(shop_id: str, customer_id: str) -> str:
    """What a `customer_proof` proves; an id with a newline in it could pass for a cart's, and is refused."""
    if "\n" in customer_id:
        raise _invalid()
    return f"{shop_id}\n{customer_id}"


def cart_statement(shop_id: str, cart_id: str) -> str:
    """What a `cart_proof` proves."""
    return f"{shop_id}\ncart\n{cart_id}"


def _invalid() -> Refusal:
    return Refusal(
        "proof_invalid",
        "The proof was not made with this shop's signing secret for this id, or holds over 24 hours.",
    )
