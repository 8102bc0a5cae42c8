"""The steps of a long command on the terminal: the one at hand, and what each took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from plugin.jobs.watch import Tell


@contextmanager
def steps() -> Iterator[Tell]:
    """Shows the step at hand and its time on a terminal, and prints each step's time as it ends."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task("Starting")
        at_hand: list[tuple[str, float]] = []

        def done() -> None:
            for step, began in at_hand:
                console.print(f"{step}: {time.monotonic() - began:.1f} s", highlight=False)
            at_hand.clear()

        def tell(step: str) -> None:
            done()
            at_hand.append((step, time.monotonic()))
            progress.reset(shown, description=step)

        yield tell
        done()
