"""The embedded Redis: one for all processes of an installation, back when it dies, gone with the last."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from plugin.cache.connection import connect, socket_path
from plugin.cache.redis_server import redis_running
from plugin.config import Config
from plugin.errors import Refusal
from tests.conftest import make_config
from tests.plugin.processes import gone, within

_KEEPER = """
import sys
from plugin.cache.redis_server import redis_running
from plugin.config import from_environment
with redis_running(from_environment({"ENCORE_HOME": sys.argv[1]})):
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def keeper(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that keeps the Redis of `home` running until its standard input is closed."""
    command = [sys.executable, "-c", _KEEPER, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield process
        finally:
            process.kill()


def server_pid(config: Config) -> int:
    """The process id of the Redis that answers, or 0."""
    try:
        return int(connect(config, timeout_seconds=1).info("server")["process_id"])
    except redis.RedisError:
        return 0


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return make_config(tmp_path / "home")


def test_two_processes_share_one_server_and_leave_nothing(config: Config) -> None:
    with keeper(config.home) as first, keeper(config.home) as second:
        pid = server_pid(config)
        connect(config).set("a", "1")
        assert second.stdin is not None
        second.stdin.close()
        second.wait()
        assert server_pid(config) == pid
        assert first.stdin is not None
        first.stdin.close()
        first.wait()
    assert gone(pid)
    assert not socket_path(config).exists()


def test_a_killed_server_is_back(config: Config) -> None:
    with redis_running(config):
        pid = server_pid(config)
        os.kill(pid, signal.SIGKILL)
        assert within(5, lambda: server_pid(config) not in (0, pid))
        again = server_pid(config)
    assert gone(again)


def test_when_its_supervisor_is_killed_the_server_ends_and_another_takes_over(config: Config) -> None:
    with keeper(config.home) as first, keeper(config.home) as second:
        pid = server_pid(config)
        first.kill()
        first.wait()
        assert within(5, lambda: gone(pid))
        assert within(5, lambda: server_pid(config) not in (0, pid))
        heir = server_pid(config)
        second.kill()
        second.wait()
        assert within(5, lambda: gone(heir))


def test_a_home_too_long_for_a_socket_gets_a_private_folder(tmp_path: Path) -> None:
    config = make_config(tmp_path / ("long" * 30))
    with redis_running(config):
        folder = socket_path(config).parent
        assert len(os.fsencode(socket_path(config))) <= 100
        assert folder.stat().st_mode & 0o077 == 0
        assert connect(config).ping()
    assert not folder.exists()


def test_a_prepared_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    config = make_config(tmp_path / ("trap" * 30))
    folder = socket_path(config).parent
    folder.chmod(0o755)
    with pytest.raises(Refusal, match="ENCORE_HOME"):
        connect(config)
    folder.rmdir()
    folder.symlink_to(tempfile.mkdtemp(dir=tmp_path))
    with pytest.raises(Refusal, match="ENCORE_HOME"):
        connect(config)
    folder.unlink()


def test_nothing_is_started_when_a_redis_is_named(tmp_path: Path) -> None:
    config = make_config(tmp_path / "home")
    with redis_running(config):
        named = Config(
            **{**vars(make_config(tmp_path / "other")), "redis_url": f"unix://{socket_path(config)}"}
        )
        with redis_running(named):
            assert connect(named).ping()
    assert not named.home.exists()
