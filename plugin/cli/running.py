"""`encore serve` and `encore migrate`: the service on this machine."""

import errno
import importlib
import os
import socket

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from plugin.cache.redis_server import redis_running
from plugin.config import Config, from_environment
from plugin.errors import Refusal
from plugin.runtime import open_runtime
from plugin.store.migrations import migrate

_BACKLOG = 2048
_THREADS = 2
_STOP_SECONDS = 10
"""A worker that is told to stop while it still starts does not hear it, and would be waited for for ever."""


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on."
)
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Processes (default: one a core).")
def serve_command(host: str, port: int, workers: int | None) -> None:
    """Answer shops and shoppers until stopped."""
    serve(from_environment(), host, port, workers or os.cpu_count() or 1)


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's form. Safe to repeat; do it once after every upgrade."""
    _migrated(from_environment())
    click.echo("The database is up to date.")


def serve(config: Config, host: str, port: int, workers: int, target: str = "plugin.wsgi:app") -> None:
    """Run granian on `target` until it is told to stop; its workers read the same environment as `config`."""
    require_free(host, port)
    _migrated(config)
    importlib.import_module("plugin.app")  # before the fork: all workers share what is imported once
    with redis_running(config):
        Granian(
            target,
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            backlog=_BACKLOG,
            blocking_threads=_THREADS,
            log_level=_log_level(config),
            respawn_failed_workers=True,
            workers_kill_timeout=_STOP_SECONDS,
        ).serve()


def require_free(host: str, port: int) -> None:
    """Raise `Refusal`: "port_taken" if something listens there already, "cannot_listen" if nothing can.

    granian would share the port with whoever has it, and each would answer a part of the requests.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refusal(
                "port_taken", f"Port {port} is taken: stop what listens there, or give another with --port."
            ) from None
        raise Refusal("cannot_listen", f"Cannot listen on {host}, port {port}: {error.strerror}.") from None


def _log_level(config: Config) -> LogLevels:
    try:
        return LogLevels(config.log_level.lower())
    except ValueError:
        known = ", ".join(each.value.upper() for each in LogLevels)
        raise Refusal("bad_configuration", f"ENCORE_LOG_LEVEL must be one of {known}.") from None


def _migrated(config: Config) -> None:
    runtime = open_runtime(config)
    try:
        migrate(runtime.database)
    finally:
        runtime.database.close()  # before any fork: a connection must not be shared with a child
