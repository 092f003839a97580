"""Alembic's way in: one connection, handed over by the store, one transaction."""

from __future__ import annotations

from alembic import context

from offramp.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
