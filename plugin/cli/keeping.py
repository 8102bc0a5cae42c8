"""`encore backup` and `encore restore`: a whole installation as one file, and back into an empty one."""

import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from plugin import __version__
from plugin.cli import print_json
from plugin.cli.installation import installation, now
from plugin.errors import Refusal
from plugin.runtime import Runtime
from plugin.store import dump, shops
from plugin.store.migrations import migrate
from plugin.vault import fingerprint

_ABOUT = "about.json"
_SECRET = "secret.key"  # noqa: S105 - a file's name
_ARTEFACT = re.compile(r"artefacts/[\w-]+/[\w-]+\.encore")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value for a program.")
_file = click.argument("file", type=click.Path(path_type=Path))


@click.command("backup")
@_file
@_as_json
def backup_command(file: Path, as_json: bool) -> None:
    """Write everything to FILE (a tar, readable by its owner alone), while Encore goes on working.

    It holds the database as of one moment, all models, and the secret that Encore made for itself: keep it as
    safe as the machine. What was given as ENCORE_SECRET_KEY and ENCORE_VAULT_KEYS is not in it: keep that
    yourself. The database is copied by SQLite's online backup, or by PostgreSQL's pg_dump.
    """
    with installation() as runtime, _scratch(file.absolute().parent) as folder:
        names = _write(runtime, folder)
        (folder / "backup.tar").replace(file)
    size, has_secret = file.stat().st_size, _SECRET in names
    if as_json:
        print_json({"file": str(file), "bytes": size, "has_secret": has_secret})
        return
    click.echo(f"{file}: {size / 1e6:.1f} MB.")
    if runtime.config.vault_keys:
        click.echo("ENCORE_VAULT_KEYS are not in it: keep those apart that it was written with.")
    if not has_secret:
        click.echo("ENCORE_SECRET_KEY is not in it: keep it apart; without it keys and addresses are lost.")


@click.command("restore")
@_file
@_as_json
def restore_command(file: Path, as_json: bool) -> None:
    """Put back what `encore backup` wrote to FILE, into an installation that has no shop yet.

    The database must be of the same kind (SQLite or PostgreSQL); an older Encore's is brought up to date.
    """
    if not file.is_file():
        raise Refusal("no_file", f"There is no file {file}.")
    with installation() as runtime:
        if _count_shops(runtime):
            raise Refusal(
                "not_empty",
                f"{runtime.config.home} has shops already: set ENCORE_HOME to an empty folder"
                " (and ENCORE_DATABASE_URL to an empty database) and restore there.",
            )
        with _scratch(runtime.config.home) as folder:
            _unpack(file, folder)
            _check(runtime, folder, file)
            _put_back(runtime, folder)
        found = _count_shops(runtime)
    if as_json:
        print_json({"file": str(file), "shops": found})
    else:
        click.echo(f"Shops restored: {found}. Now start `encore serve` and `encore worker`.")


def _count_shops(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        return len(shops.all_ids(connection))


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """A private folder for what is half done, on the same disk as where it goes; removed at the end."""
    with tempfile.TemporaryDirectory(prefix=".encore-", dir=parent) as folder:
        yield Path(folder)


@contextmanager
def _progress(what: str) -> Iterator[dump.Tell]:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


# -- writing ----------------------------------------------------------------------------------------------


def _write(runtime: Runtime, folder: Path) -> list[str]:
    """Write `backup.tar` in `folder`; gives the names of what is in it.

    The database first, the artefacts after it: those are never changed, so none that it names can be missing.
    """
    kept = dump.file_name(runtime.database)
    with _progress("Copying the database") as tell:
        dump.write(runtime.database, folder / kept, tell)
    about = {"encore": __version__, "written_at": now().isoformat()}
    about["secret_fingerprint"] = fingerprint(runtime.config.secret_key)
    if runtime.config.vault_keys:
        about["vault_key_fingerprint"] = fingerprint(runtime.config.vault_keys[0])
    home = runtime.config.home
    files = {kept: folder / kept}
    if _own_secret(runtime):
        files[_SECRET] = home / _SECRET
    found = sorted(runtime.config.artefacts.glob("*/[0-9]*.encore"))
    files |= {f"artefacts/{path.relative_to(runtime.config.artefacts).as_posix()}": path for path in found}
    with os.fdopen(os.open(folder / "backup.tar", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        _pack(file, about, files)
    return list(files)


def _pack(file: Any, about: dict[str, str], files: dict[str, Path]) -> None:
    with tarfile.open(fileobj=file, mode="w") as tar, _progress("Packing") as tell:
        text = json.dumps(about, indent=2).encode()
        member = tarfile.TarInfo(_ABOUT)
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
        for done, (name, path) in enumerate(files.items()):
            tell(done, len(files))
            with suppress(FileNotFoundError):  # a model that nobody can go back to, dropped meanwhile
                tar.add(path, arcname=name, recursive=False)
    file.flush()
    os.fsync(file.fileno())


def _own_secret(runtime: Runtime) -> bool:
    """Whether the secret in use is the one that Encore made for itself and keeps in its home."""
    path = runtime.config.home / _SECRET
    return path.is_file() and path.read_text().strip() == runtime.config.secret_key


# -- putting back -----------------------------------------------------------------------------------------


def _unpack(file: Path, folder: Path) -> None:
    """Unpack only what a backup holds, and only plain files: a tar may name any path and link."""
    try:
        with tarfile.open(file) as tar:
            for member in tar:
                known = member.name in (_ABOUT, _SECRET, "encore.db", "encore.dump")
                source = tar.extractfile(member) if member.isreg() else None
                if source is None or not (known or _ARTEFACT.fullmatch(member.name)):
                    raise _no_backup(file, f"it holds {member.name!r}")
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with source, target.open("wb") as written:
                    shutil.copyfileobj(source, written)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _no_backup(file, str(error)) from None


def _check(runtime: Runtime, folder: Path, file: Path) -> None:
    if not (folder / _ABOUT).is_file():
        raise _no_backup(file, f"it holds no {_ABOUT}")
    if not (folder / dump.file_name(runtime.database)).is_file():
        right = "unset ENCORE_DATABASE_URL" if (folder / "encore.db").is_file() else "set ENCORE_DATABASE_URL"
        raise Refusal(
            "other_database", f"{file} is of another kind of database: {right}, then restore again."
        )
    about = json.loads((folder / _ABOUT).read_text())
    replaceable = (folder / _SECRET).is_file() and _own_secret(runtime)
    if not replaceable and about["secret_fingerprint"] != fingerprint(runtime.config.secret_key):
        raise Refusal(
            "other_secret",
            f"{file} was written with another secret: set ENCORE_SECRET_KEY to that one, then restore again.",
        )
    hidden_with = about.get("vault_key_fingerprint")
    if hidden_with and hidden_with not in map(fingerprint, runtime.config.vault_keys):
        raise Refusal(
            "other_secret",
            f"{file} was written with a key that is not in ENCORE_VAULT_KEYS: add it, then restore again.",
        )


def _put_back(runtime: Runtime, folder: Path) -> None:
    """The database last: until it is there the installation is empty, and restoring can be tried again."""
    if (folder / "artefacts").is_dir():
        shutil.copytree(folder / "artefacts", runtime.config.artefacts, dirs_exist_ok=True)
    if (folder / _SECRET).is_file() and _own_secret(runtime):
        (folder / _SECRET).chmod(0o600)
        (folder / _SECRET).replace(runtime.config.home / _SECRET)
    with _progress("Putting the database back") as tell:
        dump.read(runtime.database, folder / dump.file_name(runtime.database), tell)
    migrate(runtime.database)


def _no_backup(file: Path, why: str) -> Refusal:
    return Refusal("no_backup", f"{file} was not written by `encore backup`, or is damaged: {why}.")
