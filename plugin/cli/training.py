"""`encore train`, `encore evaluate`, `encore models`: learn now, judge a file, go back to an older model."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import recommender
from plugin.cli import print_json
from plugin.cli.installation import installation
from plugin.cli.working import now, stopped_by_signals
from plugin.errors import Refusal
from plugin.jobs.learning import Tell
from plugin.jobs.training import Watch, train_shop
from plugin.runtime import Runtime
from plugin.store import models, shops, trainings
from plugin.store.models import Artefact
from plugin.store.trainings import Training

_IDS = ("order_id", "customer_id", "product_id")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program.")
_shop = click.option("--shop", "shop_id", required=True, help="The shop's id; `encore shop list` shows it.")


@click.command("train")
@_shop
@_as_json
def train_command(shop_id: str, as_json: bool) -> None:
    """Learn from the shop's orders now, and publish the model if it is better than bestsellers."""
    with installation() as runtime, stopped_by_signals() as stop, _steps() as tell:
        training = _train(runtime, shop_id, Watch(now, stop, tell))
        with runtime.database.read() as connection:
            artefact = models.current(connection, shop_id)
    if training.status != "published" or artefact is None:
        raise Refusal(f"training_{training.status}", str(training.message))
    if as_json:
        print_json(vars(training) | {"figures": artefact.figures})
    else:
        click.echo(f"Model {training.model_version} is published. {training.message}")


def _train(runtime: Runtime, shop_id: str, watch: Watch) -> Training:
    with runtime.database.write() as connection:
        asked = trainings.request(connection, shop_id, "command", watch.clock())
    training = train_shop(runtime, shop_id, watch) if asked.status == "requested" else None
    if training is None:
        raise Refusal(
            "training_runs",
            f"Another program is training shop {shop_id} now; `encore models list --shop {shop_id}` shows"
            " the model when it is done.",
        )
    return training


@contextmanager
def _steps() -> Iterator[Tell]:
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


@click.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path))
@_as_json
def evaluate_command(file: Path, as_json: bool) -> None:
    """Train on the first nine tenths of the orders in FILE and ask for the last tenth; nothing is kept.

    FILE: CSV or Parquet, a row an order line, with order_id, ordered_at, product_id and quantity, and
    customer_id where it is known.
    """
    with _steps() as tell:
        tell(f"Reading {file.name}")
        lines = _order_lines(file)
        tell(f"Training on {len(lines):,} order lines and judging")
        try:
            evaluation = recommender.evaluate(lines)
        except ValueError as error:
            raise Refusal("wrong_columns", f"{file}: {error}.") from None
    if as_json:
        print_json(evaluation.to_dict())
    else:
        click.echo(_in_words(evaluation))


def _order_lines(file: Path) -> pl.DataFrame:
    if file.suffix.lower() not in (".csv", ".parquet"):
        raise Refusal("unknown_form", f"{file} is neither .csv nor .parquet.")
    try:
        lines = pl.read_parquet(file) if file.suffix.lower() == ".parquet" else _read_csv(file)
    except FileNotFoundError:
        raise Refusal("no_file", f"There is no file {file}.") from None
    except pl.exceptions.PolarsError as error:
        raise Refusal("unreadable", f"{file} cannot be read: {error}.") from None
    if "customer_id" not in lines.columns:
        lines = lines.with_columns(pl.lit(None, pl.String).alias("customer_id"))
    return lines.with_columns(pl.col(name).cast(pl.String) for name in _IDS if name in lines.columns)


def _read_csv(file: Path) -> pl.DataFrame:
    return pl.read_csv(file, try_parse_dates=True, schema_overrides=dict.fromkeys(_IDS, pl.String))


def _in_words(evaluation: recommender.Evaluation) -> str:
    if evaluation.hit_rate is None or evaluation.bestsellers_hit_rate is None:
        return f"Too few orders to judge: {evaluation.n_train_orders:,} to learn from, no cart to ask for."
    lines = [
        f"Learnt from {evaluation.n_train_orders:,} orders, asked for the hidden product of"
        f" {evaluation.n_carts:,} later carts; it is among the first {evaluation.k} suggestions:",
        f"  Encore, from the cart alone    {evaluation.hit_rate:6.1%}",
        f"  Encore, knowing the customer   {evaluation.hit_rate_with_customer or 0:6.1%}",
        f"  bestsellers                    {evaluation.bestsellers_hit_rate:6.1%}",
    ]
    if evaluation.ratio is not None and evaluation.ratio_interval is not None:
        low, high = evaluation.ratio_interval
        lines.append(f"  {evaluation.ratio:.2f} times bestsellers (95 %: {low:.2f} to {high:.2f})")
    return "\n".join(lines)


@click.group("models")
def models_command() -> None:
    """The models of a shop that were published."""


@models_command.command("list")
@_shop
@_as_json
def list_models(shop_id: str, as_json: bool) -> None:
    """List the models that can be used, newest first, and how the last training ended."""
    with installation() as runtime, runtime.database.read() as connection:
        in_use = shops.require(connection, shop_id).model_version
        found = models.all_of(connection, shop_id)
        last = trainings.latest(connection, shop_id)
    if as_json:
        print_json([vars(each) | {"in_use": each.model_version == in_use} for each in found])
        return
    for each in found:
        click.echo(_model_in_words(each, in_use))
    if last is not None:
        click.echo(f"Last training: {last.status}. {last.message or ''}".rstrip())
    elif not found:
        click.echo(f"There is no model yet; `encore train --shop {shop_id}` makes one.")


def _model_in_words(artefact: Artefact, in_use: int) -> str:
    published: Any = f"{artefact.published_at:%Y-%m-%d %H:%M} UTC"
    used = "in use" if artefact.model_version == in_use else ""
    orders = f"{artefact.figures.get('n_orders', 0):,} orders"
    return f"{artefact.model_version:6}  {published}  {orders}  {used}".rstrip()


@models_command.command("rollback")
@_shop
@click.option("--to", "model_version", type=int, help="A number of `models list`; else the one before.")
@_as_json
def roll_back(shop_id: str, model_version: int | None, as_json: bool) -> None:
    """Put an older model in use at once. The next training publishes a newer one again."""
    with installation() as runtime, runtime.database.write() as connection:
        artefact = models.roll_back(connection, shop_id, model_version)
    if as_json:
        print_json(vars(artefact))
    else:
        click.echo(f"Model {artefact.model_version} is in use.")
