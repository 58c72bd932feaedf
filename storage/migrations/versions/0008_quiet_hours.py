"""The quiet hours that somebody chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_quiet_hours"
down_revision = "0007_away"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("quiet_hours", sa.Text(), nullable=True))
