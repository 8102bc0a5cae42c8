"""Everything that is secret: keys derived from the one secret, signatures, encryption, keyed hashes."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from plugin.errors import Refusal


class Vault:
    """Derives every key from the installation's one secret, each for one purpose and one shop only.

    What is encrypted has roots of its own where there are `vault_keys`, newest first: the newest hides, all
    of them read, and after them the secret, with which everything was hidden before there were any.
    """

    def __init__(self, secret_key: str, vault_keys: Sequence[str] = ()) -> None:
        self._root = _root(secret_key)
        self._roots = (*map(_root, vault_keys), self._root)

    def key(self, purpose: str, shop_id: str) -> bytes:
        """The 32-byte key of one purpose in one shop; other purposes and shops cannot be told from it."""
        return _derived(self._root, purpose, shop_id)

    def encrypt(self, shop_id: str, text: str) -> str:
        """`text`, readable again only with this key and for this shop. The column that keeps it is marked
        `tables.ENCRYPTED`, or a change of keys would lose it."""
        return self.seal(shop_id, text.encode()).decode()

    def decrypt(self, shop_id: str, token: str) -> str:
        """The text that `encrypt` hid; `Refusal("secret_changed")` when none of the keys opens it."""
        return self.unseal(shop_id, token.encode()).decode()

    def seal(self, shop_id: str, content: bytes) -> bytes:
        """As `encrypt`, for bytes."""
        return self._fernets(shop_id)[0].encrypt(content)

    def unseal(self, shop_id: str, sealed: bytes) -> bytes:
        """The bytes that `seal` hid; raises as `decrypt` does."""
        try:
            return MultiFernet(self._fernets(shop_id)).decrypt(sealed)
        except InvalidToken:
            raise _unreadable() from None

    def renewed(self, shop_id: str, sealed: bytes) -> bytes | None:
        """What `seal` or `encrypt` hid with an older key, hidden with the newest; None: it is already.

        Raises as `decrypt` does.
        """
        fernets = self._fernets(shop_id)
        try:
            fernets[0].decrypt(sealed)
        except InvalidToken:
            pass
        else:
            return None
        try:
            return MultiFernet(fernets).rotate(sealed)
        except InvalidToken:
            raise _unreadable() from None

    def keyed_hash(self, shop_id: str, text: str) -> str:
        """A 32-digit fingerprint that joins equal texts (mail addresses) and tells nobody what they were."""
        return hmac.digest(self.key("hash", shop_id), text.encode(), "sha256").hex()[:32]

    def _fernets(self, shop_id: str) -> list[Fernet]:
        """Newest first."""
        return [Fernet(base64.urlsafe_b64encode(_derived(root, "encrypt", shop_id))) for root in self._roots]


def _root(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _derived(root: bytes, purpose: str, shop_id: str) -> bytes:
    return hmac.digest(root, f"{purpose}\n{shop_id}".encode(), "sha256")


def _unreadable() -> Refusal:
    return Refusal(
        "secret_changed",
        "Stored secrets cannot be read: the key they were kept with is neither in ENCORE_VAULT_KEYS"
        " nor in ENCORE_SECRET_KEY.",
    )


def fingerprint(secret: str) -> str:
    """The hash under which a random key is kept: it has 192 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key(prefix: str) -> str:
    """A fresh random key such as `pk_4f…`, 192 bits."""
    return f"{prefix}_{secrets.token_hex(24)}"


def email_hash(vault: Vault, shop_id: str, email: str) -> str | None:
    """The keyed hash by which one guest's orders are joined; case and outer blanks do not count.

    None for an address below `.invalid`, which is nobody's (RFC 2606): WooCommerce writes
    `deleted@site.invalid` in place of everybody's whom it erased.
    """
    plain = email.strip().casefold()
    return None if plain.endswith(".invalid") else vault.keyed_hash(shop_id, plain)
