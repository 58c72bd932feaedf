"""The joint goals of two twins, and how they stand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment, Sealed

revision = "0006_goals"
down_revision = "0005_asked"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "goals",
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("today", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("words", Sealed(), nullable=True),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("risk", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said_at", Moment(), nullable=False),
        sa.Column("agreed_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_goals_pair_id_pairs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_goals_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pair_id", "number", "person_id", name="pk_goals"),
    )
    op.create_index("ix_goals_person_id", "goals", ["person_id"])
    op.create_table(
        "milestones",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("blocker", sa.Text(), nullable=True),
        sa.Column("value", Sealed(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_milestones_pair_id_pairs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_milestones_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "session", name="pk_milestones"),
    )
    op.create_index("ix_milestones_pair_id_goal", "milestones", ["pair_id", "goal"])
