"""Candidates in Redis, shared by all workers: a help, never a need."""

import logging
import time
from typing import cast

import redis

from plugin.cache.connection import connect
from plugin.config import Config

_LOG = logging.getLogger(__name__)
_REST_SECONDS = 1.0
_KEEP_SECONDS = 6 * 60 * 60


class SharedCandidates:
    """Gets and puts; where Redis fails it is left alone for a second, and nobody waits for it meanwhile."""

    def __init__(self, config: Config) -> None:
        self._client = connect(config)
        self._resting_until = 0.0

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
        """Keep `value` for some hours, if Redis is there."""
        if time.monotonic() < self._resting_until:
            return
        try:
            self._client.set(key, value, ex=_KEEP_SECONDS)
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
