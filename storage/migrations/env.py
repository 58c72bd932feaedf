"""Alembic runs this file for every command; the connection, in a transaction already, comes from `migrate`."""

from __future__ import annotations

from alembic import context

from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
