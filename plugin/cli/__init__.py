"""The command line: which commands there are and where each is found; they are loaded when asked for."""

import importlib
import json
import os
import sys
from typing import Any

import click

from plugin import __version__
from plugin.errors import Refusal

_HOMES = {
    "shop": "shops",
    "import": "imports",
    "serve": "running",
    "worker": "working",
    "migrate": "running",
    "doctor": "doctor",
    "backup": "keeping",
    "restore": "keeping",
    "reencrypt": "reencrypting",
    "train": "training",
    "evaluate": "evaluating",
    "models": "training",
    "demo": "demo",
}


class _Commands(click.Group):
    """Loads the module of a command when it is named, and turns a refusal into a message and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        home = importlib.import_module(f"plugin.cli.{_HOMES[cmd_name]}")
        command: click.Command = getattr(home, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(f"encore: {refusal.message}", err=True)
            for name, texts in refusal.errors.items():
                click.echo(f"  {name}: {' '.join(texts)}", err=True)
            sys.exit(1)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="encore")
def encore() -> None:
    """Encore: personalised offers and recommendations, learnt from what people really bought."""
    os.umask(0o077)  # orders and secrets are its own user's alone


def print_json(value: Any) -> None:
    """Print `value` for a program to read."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))
