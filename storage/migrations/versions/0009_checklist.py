"""The changes to which the checklist of a programme leads, agreed on by both sides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment, Sealed

revision = "0009_checklist"
down_revision = "0008_quiet_hours"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "checklist_changes",
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", Sealed(), nullable=True),
        sa.Column("said_at", Moment(), nullable=False),
        sa.Column("wrote", sa.Boolean(), nullable=False),
        sa.Column("agreed_at", Moment(), nullable=True),
        sa.Column("came", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programmes.id"],
            name="fk_checklist_changes_programme_id_programmes",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_checklist_changes_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("programme_id", "number", "person_id", name="pk_checklist_changes"),
    )
    op.create_index("ix_checklist_changes_person_id", "checklist_changes", ["person_id"])
