"""What is asked of the agenda beside the check-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0005_asked"
down_revision = "0004_pair_phases"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "asked",
        sa.Column("person_id", _Id, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("programme_id", _Id, nullable=False),
        sa.Column("pair_id", _Id, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("again_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_asked_pair_id_pairs", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_asked_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_asked_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "item", "period", name="pk_asked"),
    )
