"""The preview token: its holder alone sees the widgets of a shop set to *only me*, and counts nothing."""

from plugin.errors import Refusal
from plugin.serving import proof
from plugin.vault import Vault

_STATEMENT = "preview"


def make(vault: Vault, shop_id: str, expires_unix: int) -> str:
    """A token that shows the shop's widgets until `expires_unix`, at most 24 hours ahead."""
    return proof.signed(key(vault, shop_id), _STATEMENT, expires_unix)


def holds(preview_key: bytes, token: str, now: float) -> bool:
    """Whether `token` was made with `preview_key` and has not lapsed at `now` (unix seconds)."""
    try:
        proof.check((preview_key,), _STATEMENT, token, now)
    except Refusal:
        return False
    return True


def key(vault: Vault, shop_id: str) -> bytes:
    """The key that previews of one shop are signed with."""
    return vault.key("preview", shop_id)
