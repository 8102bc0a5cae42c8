"""Passwords as Argon2id hashes, checked in the same time whether or not there is one."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SHORTEST, LONGEST = 10, 200

_hasher = PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def hashed(password: str) -> str:
    """The hash to keep; it takes some 50 ms, so make it outside of a transaction."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one hashed; None, no password at all, takes as long and is never right."""
    try:
        right = _hasher.verify(password_hash or _nobodys(), password)
    except VerificationError:
        return False
    return right and password_hash is not None
