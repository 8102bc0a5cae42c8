"""How the demo tells what it does: each step, the time it took and what came of it, all on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Narration:
    """Says each step as it begins and ends, and remembers its seconds."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.seconds: dict[str, float] = {}

    def title(self, text: str) -> None:
        """Say what is to come."""
        self.say(f"\n[bold]{text}[/bold]\n")

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[list[str]]:
        """Say that `text` is being done, then how long it took, and what was put into the list meanwhile."""
        self.say(f"[cyan]●[/cyan] {text} …")
        said: list[str] = []
        begun = time.monotonic()
        yield said
        self.seconds[name] = round(time.monotonic() - begun, 2)
        outcome = f" [dim]·[/dim] {said[0]}" if said else ""
        self.say(f"  [green]✓[/green] {self.seconds[name]:.1f} s{outcome}")

    def skipped(self, text: str) -> None:
        """Say that something was done on an earlier day."""
        self.say(f"[green]✓[/green] {text}")

    def say(self, text: str) -> None:
        """Say a line; a narrow terminal may break it, a file does not."""
        self.console.print(text, soft_wrap=True)

    def addresses(self, heading: str, rows: dict[str, str]) -> None:
        """Show where to look, each address whole on a line of its own."""
        self.say(f"\n[bold green]{heading}[/bold green]\n")
        width = max(len(name) for name in rows)
        for name, address in rows.items():
            self.say(f"  {name:<{width}}   [bold][link={address}]{address}[/link][/bold]")
