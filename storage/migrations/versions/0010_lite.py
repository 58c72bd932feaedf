"""Lite mode: whether she wants few and light messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_lite"
down_revision = "0009_checklist"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("lite", sa.Boolean(), nullable=False, server_default=sa.text("false")))
