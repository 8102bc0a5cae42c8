"""How a database comes to the present form, step by step, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from plugin.store.database import Database

_LOCK = 0x656E636F7265  # "encore": the number under which PostgreSQL knows the lock


def migrate(database: Database) -> None:
    """Bring `database` to the newest form, one process at a time; one that is there already is left alone.

    Every command begins here; `Refusal("database_unreachable")` if there is no database to talk to.
    """
    database.require_reachable()
    with database.write() as connection:
        if not database.is_sqlite:  # there BEGIN IMMEDIATE has locked already
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        command.upgrade(_alembic(connection), "head")


def is_current(database: Database) -> bool:
    """Whether `database` has the newest form; nothing is changed."""
    return _form(database) == ScriptDirectory.from_config(_alembic(None)).get_current_head()


def is_empty(database: Database) -> bool:
    """Whether `database` was never given a form; nothing is changed."""
    return _form(database) is None


def _form(database: Database) -> str | None:
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _alembic(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
