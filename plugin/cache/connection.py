"""The way to Redis: the one that the configuration names, or the embedded one on its fixed unix socket."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from plugin.config import Config
from plugin.errors import Refusal

__all__ = ["Redis", "RedisError", "connect", "socket_path"]

_LONGEST_SOCKET_BYTES = 100  # the system's limit is 108, on some 104


def connect(config: Config, *, timeout_seconds: float = 0.05) -> Redis:
    """A thread-safe client that answers in bytes; nothing is sent before its first command.

    Every command takes `timeout_seconds` at the most and is tried once: who asks Redis must be able to go on
    without it, and catches `RedisError`.
    """
    return Redis.from_url(
        config.redis_url or f"unix://{socket_path(config)}",
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # one round trip less at the start of a connection; Redis 6.2 knows all we use by it
        driver_info=None,
    )


def socket_path(config: Config) -> Path:
    """Where the embedded Redis listens: in `home`, or in a short private folder if that path is too long."""
    path = config.home / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_BYTES:
        return path
    return _private_folder(config.home) / "redis.sock"


def _private_folder(home: Path) -> Path:
    """A folder of this user's own below the temporary folder; somebody else's of that name is refused."""
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"encore-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Refusal(
            "unsafe_folder",
            f"{folder} belongs to somebody else or is open to others. Remove it, or set ENCORE_HOME to a"
            " shorter path, or ENCORE_REDIS_URL to a Redis of your own.",
        )
    return folder
