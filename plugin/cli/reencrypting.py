"""`encore reencrypt`: after a new key was put first, hide everything with it, so that the old one can go."""

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from plugin.cli import print_json
from plugin.cli.installation import installation
from plugin.errors import Refusal
from plugin.store import encrypted
from plugin.store.encrypted import Renewal


@click.command("reencrypt")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program.")
def reencrypt_command(as_json: bool) -> None:
    """Encrypt everything anew with the first key of ENCORE_VAULT_KEYS, while Encore goes on working.

    Afterwards the other keys can be taken out. It can be stopped and run again: what is done stays done.
    """
    with installation() as runtime:
        if not runtime.config.vault_keys:
            raise Refusal(
                "no_vault_key",
                "ENCORE_VAULT_KEYS names no key: make one by `openssl rand -hex 32`, set it for every process"
                " of Encore, and run this again.",
            )
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:.0f} rows"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Starting", total=None)
            done = encrypted.renew(
                runtime.database,
                runtime.vault,
                lambda column, rows: progress.update(task, description=column, completed=rows),
            )
    if as_json:
        print_json([vars(each) for each in done])
    else:
        click.echo("\n".join(f"{each.column}: {each.renewed} encrypted anew." for each in done))
    _refuse_unreadable(done)


def _refuse_unreadable(done: list[Renewal]) -> None:
    left = {each.column: each.unreadable for each in done if each.unreadable}
    if left:
        raise Refusal(
            "secret_changed",
            f"What none of the keys opens: {', '.join(f'{count} in {name}' for name, count in left.items())}."
            " Put the key that it was kept with at the end of ENCORE_VAULT_KEYS, and run this again.",
        )
