"""`make bench-quality`: Encore beside tuned peers on three sets of real orders, written to
`docs/quality.md`.
"""

from datetime import UTC, datetime
from pathlib import Path

import click

from recommender.evaluation import tables
from recommender.peers import PEERS
from tests.benchmarks import machine
from tests.benchmarks.machine import say
from tests.benchmarks.quality import orders, page
from tests.benchmarks.quality.running import Run

NAMES = tuple(orders.TITLES)
ALL_PEERS = tuple(kind.name for kind in PEERS)


@click.command()
@click.option("--data", "names", multiple=True, help=f"Only this: {', '.join(NAMES)}, or another folder.")
@click.option("--orders", "file", type=click.Path(path_type=Path), help="A file of other orders.")
@click.option("--products", type=click.Path(path_type=Path), help="Their products, Parquet.")
@click.option("--peers", default=",".join(ALL_PEERS), show_default=True, help="Only these; empty for none.")
@click.option("--write/--no-write", default=None, help="Write docs/quality.md; else only a whole run does.")
def main(
    names: tuple[str, ...], file: Path | None, products: Path | None, peers: str, write: bool | None
) -> None:
    """Judge Encore beside the peers, print what goes on, and write the page."""
    machine.describe()
    chosen = [each for each in peers.split(",") if each]
    runs = [Run(each) for each in _orders(names, file, products)]
    for run in runs:
        evaluation = run.go(chosen)
        for table in (tables.metrics_table(evaluation), tables.variants_table(evaluation)):
            click.echo(f"\n{table.text()}")
        click.echo(f"\n{tables.notes(evaluation)}\n")
    click.echo(page.summary(runs).text())
    is_whole = not names and file is None and chosen == list(ALL_PEERS) and len(runs) == len(NAMES)
    if write or (write is None and is_whole):
        page.write(runs, datetime.now(UTC).date())
        say("written", "docs/quality.md, docs/pictures/quality*.svg, README.md")


def _orders(names: tuple[str, ...], file: Path | None, products: Path | None) -> list[orders.Orders]:
    if file is not None:
        return [orders.of_files(file, products)]
    found = []
    for name in names or NAMES:
        each = orders.named(name)
        if each is None:
            say(name, f"is left out: there is no {orders.SHARED / name / 'orders.parquet'}")
        else:
            found.append(each)
    return found


if __name__ == "__main__":
    main()
