"""`encore train`, `encore models`: learn now, go back to an older model."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

import recommender
from plugin.cli import print_json
from plugin.cli.installation import installation, now
from plugin.cli.steps import steps
from plugin.cli.working import stopped_by_signals
from plugin.errors import Refusal
from plugin.jobs.training import train_shop
from plugin.jobs.watch import Watch
from plugin.runtime import Runtime
from plugin.store import models, shops, trainings
from plugin.store.models import Artefact
from plugin.store.trainings import Training

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program.")
_shop = click.option("--shop", "shop_id", required=True, help="The shop's id; `encore shop list` shows it.")


@click.command("train")
@_shop
@_as_json
def train_command(shop_id: str, as_json: bool) -> None:
    """Learn from the shop's orders now, and publish the model if it is better than bestsellers and not worse
    than the one in use.
    """
    with installation() as runtime, stopped_by_signals() as stop, steps() as tell:
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


@models_command.command("show")
@click.argument("model_version", type=int)
@_shop
@_as_json
def show_model(model_version: int, shop_id: str, as_json: bool) -> None:
    """Tell a model's card: what it learnt from, why it was let in, and what it changed."""
    with installation() as runtime, runtime.database.read() as connection:
        in_use = shops.require(connection, shop_id).model_version
        artefact = models.find(connection, shop_id, model_version)
    if artefact is None:
        raise Refusal("unknown_model", f"`encore models list --shop {shop_id}` shows the models there are.")
    if as_json:
        print_json(vars(artefact) | {"in_use": model_version == in_use})
        return
    click.echo(_model_in_words(artefact, in_use))
    for words in _card_in_words(artefact.figures):
        click.echo(f"  {words}")


def _card_in_words(card: Mapping[str, Any]) -> Iterator[str]:
    if "n_orders" in card:
        counts = f"{card['n_lines']:,} order lines, {card['n_products']:,} products"
        yield f"{counts}, known customers: {card['n_customers']:,}; up to {card['as_of']}"
    if verdict := card.get("verdict"):
        yield recommender.Verdict(**verdict).words
    if (changes := card.get("changes")) and changes["overlap_share"] is not None:
        same = f"{changes['overlap_share']:.0%} is as with model {changes['model_version']}"
        moved = f"new there: {changes['n_coming']:,} products, gone: {changes['n_gone']:,}"
        yield f"In the lists beside the {changes['n_products']} most sold products {same}; {moved}."


@models_command.command("rollback")
@_shop
@click.option("--to", "model_version", type=int, help="A number of `models list`; else the one before.")
@_as_json
def roll_back(shop_id: str, model_version: int | None, as_json: bool) -> None:
    """Put an older model in use at once. It stays: the schedule trains no other until somebody asks for a
    training, or puts the newest one in use in the same way.
    """
    with installation() as runtime, runtime.database.write() as connection:
        artefact = models.roll_back(connection, shop_id, model_version)
    if as_json:
        print_json(vars(artefact))
    else:
        click.echo(
            f"Model {artefact.model_version} is in use, and stays until `encore train --shop {shop_id}`,"
            " *Train now* on the merchant's page, or until the newest one is put in use again."
        )
