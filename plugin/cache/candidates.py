"""Candidates in Redis, shared by all workers: a help, never a need."""

import logging
import time
from collections import deque
from typing import cast

import redis

from plugin.cache.connection import connect
from plugin.config import Config

_LOG = logging.getLogger(__name__)
_REST_SECONDS = 1.0
_KEEP_SECONDS = 6 * 60 * 60
_MOST_WAITING = 200
"""At most some 100 kB each; older ones give way."""


class SharedCandidates:
    """Gets at once, puts when `flush` is called; where Redis fails it is left alone for a second, and nobody
    waits for it meanwhile.
    """

    def __init__(self, config: Config) -> None:
        self._client = connect(config)
        self._resting_until = 0.0
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=_MOST_WAITING)

    def get(self, key: str) -> bytes | None:
        """What was put under `key`; None where there is nothing or no Redis."""
        if time.monotonic() < self._resting_until:
            return None
        try:
            return cast("bytes | None", self._client.get(key))
        except redis.RedisError as error:
            self._rest(error)
            return None

    def put(self, key: str, value: bytes) -> None:
        """Have `value` kept for some hours from the next `flush` on, if Redis is there then."""
        self._waiting.append((key, value))

    def flush(self) -> None:
        """Put what waits for it, in one round trip; no shopper waits for that."""
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not waiting or time.monotonic() < self._resting_until:
            return
        puts = self._client.pipeline(transaction=False)
        for key, value in waiting:
            puts.set(key, value, ex=_KEEP_SECONDS)
        try:
            puts.execute()
        except redis.RedisError as error:
            self._rest(error)

    def answers(self) -> bool:
        """Whether Redis is there now."""
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _rest(self, error: redis.RedisError) -> None:
        if self._resting_until == 0.0:
            _LOG.warning("Redis does not answer (%s): candidates are worked out afresh until it does.", error)
        self._resting_until = time.monotonic() + _REST_SECONDS
