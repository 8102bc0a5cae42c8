"""Alembic's entry: runs the steps on the connection that `migrate` opened."""

from alembic import context

from plugin.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
