"""`encore import`: history in, from files of any size; begun, gone on with, or undone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from plugin.cli import print_json
from plugin.cli.installation import installation
from plugin.errors import Refusal
from plugin.intake import importing
from plugin.intake.dates import SPELLINGS
from plugin.intake.formats import FORMATS
from plugin.runtime import Runtime
from plugin.store.imports import Import

_HELP = """Import orders, products or customers of a shop from FILE.

FILE is CSV (comma, semicolon or tab; UTF-8 or Windows-1252), Parquet or NDJSON, of any size. With Encore's
own column names (* required):

\b
orders     a line a row: order_id* ordered_at* product_id* quantity* unit_price discount tax line_id
           variant_id updated_at status currency prices_include_tax customer_id email visitor_id slate_ids
           coupon_codes shipping; NDJSON may have whole orders, as PUT /v1/orders takes them
products   a variant a row: product_id* title* url image_url categories tags visible updated_at variant_id
           variant_title price cost tax_share stock; lists between |
customers  customer_id* consent_personal consent_mail consent_at email language country birth_month_day

Shopify's and WooCommerce's own order exports are recognised by their columns. Times without a zone are UTC.
Money is in decimals. Rows that cannot be kept go to a rejects file with line number and reason; the others
come in. Orders count from the moment the import is finished; one that was interrupted is gone on with by
--resume ID, or dropped by --undo ID. The same file again changes nothing.
"""


@click.command(name="import", help=_HELP)
@click.argument("noun", type=click.Choice(["orders", "products", "customers"]))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--shop", "shop_id", required=True, help="The shop's id, as `encore shop list` shows it.")
@click.option(
    "--dates", type=click.Choice(SPELLINGS), help="How times are written, if it cannot be found out."
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="auto", help="Whose columns the file has."
)
@click.option("--resume", type=int, metavar="ID", help="Go on with an unfinished import of FILE.")
@click.option("--undo", type=int, metavar="ID", help="Drop an unfinished import; needs no FILE.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Where rejected rows go [FILE.rejects.csv].")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def import_command(noun: str, file: Path | None, shop_id: str, as_json: bool, **options: Any) -> None:
    """See _HELP."""
    undone = options["undo"]
    if undone is None and file is None:
        raise click.UsageError("FILE is missing.")
    with installation() as runtime:
        if file is None or undone is not None:
            done = importing.undo(runtime, shop_id, undone, _now())
        else:
            done = _run(runtime, _state(runtime, importing.Request(shop_id, noun, file), options))
    if as_json:
        print_json(outcome(done))
    else:
        _tell(done)


def _state(runtime: Runtime, request: importing.Request, options: dict[str, Any]) -> Import:
    if options["resume"] is not None:
        return importing.resumable(runtime, request.shop_id, options["resume"], request.path)
    wanted = importing.Request(
        request.shop_id, request.noun, request.path, options["dates"], options["form"], options["rejects"]
    )
    return importing.begin(runtime, wanted, _now())


def _run(runtime: Runtime, state: Import) -> Import:
    with _progress() as tell:
        try:
            return importing.run(runtime, state, _now, tell)
        except KeyboardInterrupt:
            raise Refusal(
                "interrupted",
                f"Import {state.import_id} is unfinished and does not count. "
                f"Go on with it: --resume {state.import_id}. Drop it: --undo {state.import_id}.",
            ) from None


@contextmanager
def _progress() -> Iterator[Callable[[Import, float], None]]:
    """A bar on stderr; none where that is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("looking the file over", total=1.0)
        begun, first = datetime.now(UTC), None

        def tell(state: Import, share: float) -> None:
            nonlocal first
            first = state.rows_done if first is None else first
            seconds = max((datetime.now(UTC) - begun).total_seconds(), 0.001)
            speed = (state.rows_done - first) / seconds
            words = (
                f"{state.rows_done:,} rows, {speed:,.0f} a second"
                if share < 1
                else "comparing with what is kept"
            )
            bar.update(task, completed=share, description=words)

        yield tell


def outcome(done: Import) -> dict[str, Any]:
    """What a program may want to know of an import."""
    return {
        "import_id": done.import_id,
        "status": done.status,
        "rows": done.rows_done,
        "rejected": done.rows_rejected,
        "rejects_path": done.rejects_path if done.rows_rejected else None,
        **{word: done.counts.get(word, 0) for word in ("created", "replaced", "unchanged", "older", "lines")},
    }


def _tell(done: Import) -> None:
    if done.status == "undone":
        click.echo(f"Import {done.import_id} is undone.")
        return
    counts = outcome(done)
    click.echo(
        f"Import {done.import_id}: {done.rows_done:,} rows read. "
        f"{done.noun.capitalize()}: {counts['created']:,} new, {counts['replaced']:,} changed, "
        f"{counts['unchanged']:,} unchanged, {counts['older']:,} older than kept."
    )
    if done.rows_rejected:
        click.echo(f"{done.rows_rejected:,} rows were rejected: see {done.rejects_path}.")


def _now() -> datetime:
    return datetime.now(UTC)
