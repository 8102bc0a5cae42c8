"""How the demo tells what it does: each step, the time it took and what came of it, all on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.table import Table


class Narration:
    """Says each step as it begins and ends, and remembers its seconds."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self.seconds: dict[str, float] = {}

    def title(self, text: str) -> None:
        """Say what is to come."""
        self.console.print(f"\n[bold]{text}[/bold]\n")

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[list[str]]:
        """Say that `text` is being done, then how long it took, and what was put into the list meanwhile."""
        self.console.print(f"[cyan]●[/cyan] {text} …")
        said: list[str] = []
        begun = time.monotonic()
        yield said
        self.seconds[name] = round(time.monotonic() - begun, 2)
        outcome = f" [dim]·[/dim] {said[0]}" if said else ""
        self.console.print(f"  [green]✓[/green] {self.seconds[name]:.1f} s{outcome}")

    def skipped(self, text: str) -> None:
        """Say that something was done on an earlier day."""
        self.console.print(f"[green]✓[/green] {text}")

    def addresses(self, heading: str, rows: dict[str, str]) -> None:
        """Show where to look, each address on a line of its own, never broken."""
        table = Table.grid(padding=(0, 2))
        for name, address in rows.items():
            table.add_row(f"[bold]{name}[/bold]", f"[link={address}]{address}[/link]")
        width = max(len(address) for address in rows.values()) + max(len(name) for name in rows) + 10
        panel = Panel(
            table, title=heading, title_align="left", border_style="green", expand=False, padding=(1, 2)
        )
        self.console.print("")
        self.console.print(panel, width=max(width, 60), crop=False, overflow="ignore", no_wrap=True)
