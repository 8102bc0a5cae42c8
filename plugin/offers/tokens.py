"""The token of an accepted offer: signed, and bound to shop, offer, code, cart terms and expiry."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from plugin.errors import Refusal
from plugin.store.acceptances import Acceptance
from plugin.vault import Vault

_LONGEST = 2_000


@dataclass(frozen=True)
class Promise:
    """What a token says; `until`: when it ends, as text; `terms`: the fingerprint of what was promised."""

    shop_id: str
    offer_id: str
    code: str
    until: str
    terms: str


def make(vault: Vault, promise: Promise) -> str:
    """The token: what it says as JSON, a point, and its signature, both in base64url."""
    said = json.dumps(asdict(promise), separators=(",", ":")).encode()
    return f"{_letters(said)}.{_letters(_signature(vault, promise.shop_id, said))}"


def read(vault: Vault, shop_id: str, token: str, *, is_known: bool) -> Promise:
    """What `token` says; `is_known`: the code that it came with was given out.

    Raises `Refusal`: "token_of_other_shop" (it was made, but for another shop), "token_altered" (it was made,
    but not like this), "token_forged" (it was never made).
    """
    said, signature = _parts(token)
    try:
        promise = Promise(**json.loads(said))
        whole = all(isinstance(each, str) for each in asdict(promise).values())
    except (ValueError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise forged()
    if hmac.compare_digest(signature, _signature(vault, promise.shop_id, said)):
        if promise.shop_id == shop_id:
            return promise
        raise Refusal("token_of_other_shop", "This token was made for another shop.")
    if is_known and promise.shop_id == shop_id:
        raise altered()
    raise forged()


def terms_fingerprint(terms: Mapping[str, Any]) -> str:
    """What ties a token to its terms: change an amount, and it is another."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()[:32]


def promise_of(acceptance: Acceptance) -> Promise:
    """What the token of an acceptance says."""
    return Promise(
        acceptance.shop_id,
        acceptance.offer_id,
        acceptance.code,
        acceptance.expires_at.isoformat(),
        terms_fingerprint(acceptance.terms),
    )


def forged() -> Refusal:
    """It was never made here."""
    return Refusal("token_forged", "This token was not made here: send the one that accepting gave.")


def altered() -> Refusal:
    """It was made here, but not like this."""
    return Refusal("token_altered", "This token was changed on its way: send it as accepting gave it.")


def _parts(token: str) -> tuple[bytes, bytes]:
    said, point, signature = token.partition(".")
    if not point or len(token) > _LONGEST:
        raise forged()
    try:
        return _bytes(said), _bytes(signature)
    except (Error, ValueError):
        raise forged() from None


def _signature(vault: Vault, shop_id: str, said: bytes) -> bytes:
    return hmac.digest(vault.key("acceptance", shop_id), said, "sha256")


def _letters(some: bytes) -> str:
    return urlsafe_b64encode(some).decode().rstrip("=")


def _bytes(letters: str) -> bytes:
    return urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
