"""The slate_id: a short signed token that says which list was served, so that serving one writes nothing."""

import hmac
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from plugin.errors import Refusal

PLACEMENTS = ("product", "cart", "checkout", "thank_you", "home", "email")
STRATEGIES = (
    "personal",
    "bought_together",
    "category",
    "popular",
    "empty",
    "stopped",
    "complement",
    "likeness",
    "offer",
    "similar",
    "bundle",
    "upsell",
)
"""In the order of their coming: a token holds the number."""
ARMS = (None, "encore", "holdout", "preview")
"""A slate for the holder of a preview link is in no experiment, and its events are not counted."""

_FORM = struct.Struct(">BBBBII4s4s")  # form, placement, strategy, arm, model version, seconds, mark, nonce
_FORM_NUMBER = 1
_SIGNATURE_BYTES = 13  # with it the token is 33 bytes, which are 44 letters without padding
_LENGTH = 44
MARK_BYTES = 4

_PLACEMENT_NUMBERS = {name: number for number, name in enumerate(PLACEMENTS)}
_STRATEGY_NUMBERS = {name: number for number, name in enumerate(STRATEGIES)}
_ARM_NUMBERS = {name: number for number, name in enumerate(ARMS)}


@dataclass(frozen=True)
class Slate:
    """What a slate_id says: where it was shown, what it rests on, in which arm, when (UTC, whole seconds).

    `mark`: what else was bound to it, such as the offer that was quoted.
    """

    placement: str
    strategy: str
    arm: str | None
    model_version: int
    served_at: datetime
    mark: bytes


def make(key: bytes, slate: tuple[str, str, str | None, int], now: float, mark: bytes | None = None) -> str:
    """A new token, signed with `key`, for (placement, strategy, arm, model_version) at `now` (unix).

    `mark`: four bytes of something that the token is to be tied to.
    """
    placement, strategy, arm, model_version = slate
    drawn = os.urandom(MARK_BYTES + 4)
    packed = _FORM.pack(
        _FORM_NUMBER,
        _PLACEMENT_NUMBERS[placement],
        _STRATEGY_NUMBERS[strategy],
        _ARM_NUMBERS[arm],
        model_version,
        int(now),
        mark or drawn[:MARK_BYTES],
        drawn[MARK_BYTES:],
    )
    return urlsafe_b64encode(packed + _signature(key, packed)).decode()


def read(key: bytes, slate_id: str) -> Slate:
    """What `slate_id` says; `Refusal("unknown_slate")` if it was not made with `key`."""
    packed, signature = _parts(slate_id)
    if not hmac.compare_digest(signature, _signature(key, packed)):
        raise _unknown()
    _, placement, strategy, arm, model_version, seconds, mark, _ = _FORM.unpack(packed)
    served_at = datetime.fromtimestamp(seconds, UTC)
    return Slate(PLACEMENTS[placement], STRATEGIES[strategy], ARMS[arm], model_version, served_at, mark)


def _parts(slate_id: str) -> tuple[bytes, bytes]:
    if len(slate_id) != _LENGTH:
        raise _unknown()
    try:
        whole = urlsafe_b64decode(slate_id.encode("ascii"))
    except (Error, UnicodeEncodeError):
        raise _unknown() from None
    if len(whole) != _FORM.size + _SIGNATURE_BYTES or whole[0] != _FORM_NUMBER:
        raise _unknown()  # letters of no meaning are passed over when decoding
    return whole[: _FORM.size], whole[_FORM.size :]


def _signature(key: bytes, packed: bytes) -> bytes:
    # Keyed BLAKE2b is a MAC by design (RFC 7693), and takes an eighth of the time of OpenSSL's HMAC.
    return blake2b(packed, key=key, digest_size=_SIGNATURE_BYTES).digest()


def _unknown() -> Refusal:
    return Refusal("unknown_slate", "This slate_id is not one that was served to this shop.")
