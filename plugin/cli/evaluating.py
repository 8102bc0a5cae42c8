"""`encore evaluate`: how good the suggestions would be on orders in a file."""

from collections.abc import Iterator
from pathlib import Path

import click
import polars as pl

import recommender
from plugin.cli import print_json
from plugin.cli.steps import steps
from plugin.errors import Refusal
from plugin.intake.dates import SPELLINGS
from plugin.intake.reading import bought_lines
from plugin.jobs.watch import Tell
from recommender.evaluation import Evaluation, Recommender, tables
from recommender.evaluation.plots import metric_plot, variant_plot
from recommender.peers import PEERS, tuned_peers


@click.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--dates", type=click.Choice(SPELLINGS), help="How times are written, if it cannot be found out."
)
@click.option("--peers", is_flag=True, help="Tune six other models on the same orders, beside it.")
@click.option(
    "--plots",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw the figures as SVG into this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program.")
def evaluate_command(file: Path, dates: str | None, peers: bool, folder: Path | None, as_json: bool) -> None:
    """Train on the first nine tenths of the orders in FILE and ask for the last tenth; nothing is kept.

    FILE: whatever `encore import orders` takes, a platform's own export too. Orders without a time are taken
    in the order of their ids.
    """
    with steps() as tell:
        tell(f"Reading {file.name}")
        lines, faults = bought_lines(file, dates)
        tell(f"Training on {len(lines):,} order lines and judging")
        beside = (lambda known: _peers(known, tell)) if peers else None
        evaluation = recommender.evaluate(lines, peers=beside)
    _tell_faults(faults)
    if folder is not None:
        _draw(evaluation, folder)
    if as_json:
        print_json(evaluation.to_dict())
    else:
        click.echo(_in_words(evaluation))


def _peers(known: pl.DataFrame, tell: Tell) -> Iterator[tuple[str, Recommender]]:
    for kind in PEERS:
        tell(f"Tuning {kind.name}, {len(kind.grid)} ways")
        yield from tuned_peers(known, names=(kind.name,))


def _tell_faults(faults: pl.DataFrame) -> None:
    for row, _, reason in faults.head(1).iter_rows():
        click.echo(f"Rows left out: {len(faults):,}; the first is row {row}: {reason}.", err=True)


def _draw(evaluation: Evaluation, folder: Path) -> None:
    if not evaluation.n_carts:
        raise Refusal("too_few_orders", f"{tables.in_words(evaluation)} There is nothing to draw.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ndcg.svg").write_text(metric_plot(evaluation), encoding="utf-8")
    (folder / "variants.svg").write_text(variant_plot(evaluation), encoding="utf-8")


def _in_words(evaluation: Evaluation) -> str:
    said = [tables.in_words(evaluation)]
    if evaluation.n_carts:
        said += [tables.metrics_table(evaluation).text(), tables.variants_table(evaluation).text()]
        said += [tables.notes(evaluation)]
    return "\n\n".join(said)
