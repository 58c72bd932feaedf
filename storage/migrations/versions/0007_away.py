"""A pause that begins later: from when, and until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0007_away"
down_revision = "0006_goals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("away_from", Moment(), nullable=True))
    op.add_column("people", sa.Column("away_until", Moment(), nullable=True))
