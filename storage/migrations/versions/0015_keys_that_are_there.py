"""The index of the outbox's keys holds the few rows that have one: most are answers, which have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_keys_that_are_there"
down_revision = "0014_one_planner"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_outbox_key", "outbox")
    only = sa.text("key IS NOT NULL")
    op.create_index("ix_outbox_key", "outbox", ["key"], unique=True, sqlite_where=only, postgresql_where=only)
