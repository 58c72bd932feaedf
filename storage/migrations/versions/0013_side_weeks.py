"""Weeks in which much of a side did not answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0013_side_weeks"
down_revision = "0012_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "side_weeks",
        sa.Column("side_id", number, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("programme_id", number, nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("side_id", "period"),
        sa.ForeignKeyConstraint(["side_id"], ["sides.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_side_weeks_programme_id", "side_weeks", ["programme_id"])
