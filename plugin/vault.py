"""Everything that is secret: keys derived from the one secret, signatures, encryption, keyed hashes."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

from plugin.errors import Refusal


class Vault:
    """Derives every key from the installation's one secret, each for one purpose and one shop only."""

    def __init__(self, secret_key: str) -> None:
        self._root = hashlib.sha256(secret_key.encode()).digest()

    def key(self, purpose: str, shop_id: str) -> bytes:
        """The 32-byte key of one purpose in one shop; other purposes and shops cannot be told from it."""
        return hmac.digest(self._root, f"{purpose}\n{shop_id}".encode(), "sha256")

    def encrypt(self, shop_id: str, text: str) -> str:
        """`text`, readable again only with this secret and for this shop."""
        return self._fernet(shop_id).encrypt(text.encode()).decode()

    def decrypt(self, shop_id: str, token: str) -> str:
        """The text that `encrypt` hid; `Refusal("secret_changed")` when it was hidden with another secret."""
        return self.unseal(shop_id, token.encode()).decode()

    def seal(self, shop_id: str, content: bytes) -> bytes:
        """As `encrypt`, for bytes."""
        return self._fernet(shop_id).encrypt(content)

    def unseal(self, shop_id: str, sealed: bytes) -> bytes:
        """The bytes that `seal` hid; raises as `decrypt` does."""
        try:
            return self._fernet(shop_id).decrypt(sealed)
        except InvalidToken:
            raise Refusal(
                "secret_changed",
                "Stored secrets cannot be read: ENCORE_SECRET_KEY is not the one they were kept with.",
            ) from None

    def keyed_hash(self, shop_id: str, text: str) -> str:
        """A 32-digit fingerprint that joins equal texts (mail addresses) and tells nobody what they were."""
        return hmac.digest(self.key("hash", shop_id), text.encode(), "sha256").hex()[:32]

    def _fernet(self, shop_id: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key("encrypt", shop_id)))


def fingerprint(secret: str) -> str:
    """The hash under which a random key is kept: it has 192 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key(prefix: str) -> str:
    """A fresh random key such as `pk_4f…`, 192 bits."""
    return f"{prefix}_{secrets.token_hex(24)}"


def email_hash(vault: Vault, shop_id: str, email: str) -> str:
    """The keyed hash by which one guest's orders are joined; case and outer blanks do not count."""
    return vault.keyed_hash(shop_id, email.strip().casefold())
