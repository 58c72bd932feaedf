"""The phases of a pair with their history, in a table of their own: one column for one phase goes.

A pair that was made stands where its column said, since it was accepted; one that never was stands nowhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0004_pair_phases"
down_revision = "0003_reflecting"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pair_phases",
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("moved_by", ID, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_pair_phases_pair_id_pairs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["moved_by"], ["people.id"], name="fk_pair_phases_moved_by_people", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("pair_id", "phase", "since", name="pk_pair_phases"),
    )
    op.create_index("ix_pair_phases_moved_by", "pair_phases", ["moved_by"])
    op.execute(
        "INSERT INTO pair_phases (pair_id, phase, since, why)"
        " SELECT id, phase, coalesce(accepted_at, created_at), 'made' FROM pairs"
        " WHERE state = 'active' OR accepted_at IS NOT NULL"
    )
    op.drop_column("pairs", "phase")
