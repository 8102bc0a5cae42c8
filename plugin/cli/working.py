"""`encore worker`: trains shops when they are due, and does what else nobody waits for."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from plugin.cli.installation import installation, now
from plugin.jobs.watch import Watch
from plugin.jobs.worker import work


@click.command("worker")
def worker_command() -> None:
    """Retrain shops at their hour, after enough new orders, and when asked to; until stopped.

    Any number of workers may run side by side: no shop is ever trained by two at once.
    """
    with installation() as runtime, stopped_by_signals() as stop:
        logging.basicConfig(level=runtime.config.log_level, format="%(asctime)s %(levelname)s %(message)s")
        click.echo("The worker runs; Ctrl-C stops it.", err=True)
        work(runtime, Watch(now, stop))


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; what they did before is put back at the end."""
    stop = threading.Event()

    def heard(*_: object) -> None:
        # Not set here: the interrupted code may be holding the event's own lock.
        threading.Thread(target=stop.set).start()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
