"""`encore doctor`: is everything as it should be, and if not, what to do."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

import recommender
from plugin.cache.connection import RedisError, connect
from plugin.cli import print_json
from plugin.cli.installation import now
from plugin.config import from_environment
from plugin.errors import Refusal
from plugin.jobs.sweep import last_swept_at
from plugin.runtime import Runtime, open_runtime
from plugin.store import models, shops, trainings
from plugin.store.migrations import is_current, is_empty
from plugin.store.models import Artefact

_LEAST_FREE_BYTES = 1_000_000_000
_SWEPT_WITHIN = timedelta(minutes=3)
_TRAINED_WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it is well, and in words what is the matter or what to do."""

    subject: str
    well: bool
    words: str


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program.")
def doctor_command(as_json: bool) -> None:
    """Look at the database, Redis, the disk, the worker and every shop; exit code 1 if something is amiss."""
    runtime = open_runtime(from_environment())
    try:
        findings = list(examine(runtime, now()))
    finally:
        runtime.database.close()
    if as_json:
        print_json([vars(each) for each in findings])
    else:
        width = max(len(each.subject) for each in findings)
        for each in findings:
            click.echo(f"{'ok   ' if each.well else 'AMISS'}  {each.subject:{width}}  {each.words}")
    if not all(each.well for each in findings):
        sys.exit(1)


def examine(runtime: Runtime, at: datetime) -> Iterator[Finding]:
    """Look at everything in turn; without a usable database the rest cannot be looked at."""
    yield _redis(runtime)
    yield _disk(runtime)
    database = _database(runtime)
    yield database
    if database.well:
        yield _worker(runtime, at)
        with runtime.database.read() as connection:
            shop_ids = shops.all_ids(connection)
        for shop_id in shop_ids:
            yield _shop(runtime, shop_id, at)


def _database(runtime: Runtime) -> Finding:
    url = runtime.database.engine.url.render_as_string(hide_password=True)
    try:
        current = is_current(runtime.database)
    except Exception as error:
        return Finding("database", False, f"{url} cannot be opened: {str(error).splitlines()[0]}")
    if not current and is_empty(runtime.database):
        return Finding(
            "database", False, f"{url} holds nothing yet: `encore migrate` or `encore serve` makes it."
        )
    if not current:
        return Finding("database", False, f"{url} has another version's form: run `encore migrate`.")
    return Finding("database", True, url)


def _redis(runtime: Runtime) -> Finding:
    named = runtime.config.redis_url is not None
    try:
        with connect(runtime.config, timeout_seconds=1.0) as client:
            client.ping()
    except (RedisError, Refusal) as error:
        if named:
            return Finding("redis", False, f"ENCORE_REDIS_URL does not answer: {error}")
        return Finding("redis", False, "Not running: `encore serve` and `encore worker` run it.")
    return Finding("redis", True, "as ENCORE_REDIS_URL says" if named else "the embedded one")


def _disk(runtime: Runtime) -> Finding:
    free = shutil.disk_usage(runtime.config.home).free
    words = f"{free / 1e9:.1f} GB free in {runtime.config.home}"
    if free < _LEAST_FREE_BYTES:
        return Finding("disk", False, f"{words}: make room, at least {_LEAST_FREE_BYTES / 1e9:.0f} GB.")
    return Finding("disk", True, words)


def _worker(runtime: Runtime, at: datetime) -> Finding:
    swept_at = last_swept_at(runtime)
    if swept_at is None:
        return Finding("worker", False, "No worker has run yet: start `encore worker`.")
    words = f"last seen {swept_at:%Y-%m-%d %H:%M:%S} UTC"
    if at - swept_at > _SWEPT_WITHIN:
        return Finding("worker", False, f"{words}: start `encore worker`.")
    return Finding("worker", True, words)


def _shop(runtime: Runtime, shop_id: str, at: datetime) -> Finding:
    with runtime.database.read() as connection:
        try:
            shop = shops.load(connection, runtime.vault, shop_id)
        except Refusal as refusal:  # the secret is another one
            return Finding(shop_id, False, refusal.message)
        artefact = models.current(connection, shop_id)
        last = trainings.latest(connection, shop_id)
    if last is not None and last.status == "failed":
        return Finding(shop_id, False, f"{shop.name}: {last.message}")
    if artefact is None:
        said = last.message if last and last.message else "no model yet"
        return Finding(shop_id, True, f"{shop.name}: {said}")
    words = f"{shop.name}: model {artefact.model_version} of {artefact.published_at:%Y-%m-%d %H:%M} UTC"
    if at - artefact.published_at > _TRAINED_WITHIN:
        said = f"the last training ended {last.status}: {last.message}" if last else "never retrained"
        return Finding(shop_id, False, f"{words} is old; {said}")
    if not _is_whole(runtime, artefact):
        return Finding(
            shop_id,
            False,
            f"{words} is damaged or another version's: `encore train --shop {shop_id}` makes a new one.",
        )
    return Finding(shop_id, True, words)


def _is_whole(runtime: Runtime, artefact: Artefact) -> bool:
    """Whether a worker can load it: reads the whole file and compares its checksum."""
    try:
        return recommender.load(runtime.config.artefacts / artefact.path).version == artefact.checksum
    except Exception:  # what an older or newer version wrote can fail in any way
        return False
