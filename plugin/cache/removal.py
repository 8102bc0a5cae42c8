"""Taking a shop out of Redis: nothing of it is needed there, so nothing is left there."""

from plugin.cache.connection import connect
from plugin.config import Config

_AT_ONCE = 500


def forget_shop(config: Config, shop_id: str) -> int:
    """Drop every key of the shop; gives how many there were. Raises `RedisError` without Redis."""
    with connect(config, timeout_seconds=5.0) as client:
        found = list(client.scan_iter(match=f"encore:{shop_id}:*", count=_AT_ONCE))
        for start in range(0, len(found), _AT_ONCE):
            client.delete(*found[start : start + _AT_ONCE])
        return len(found)
