"""What a programme has laid over the library."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment

revision = "0011_overlays"
down_revision = "0010_lite"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "overlays",
        sa.Column("programme_id", _Id, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_overlays_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("programme_id", "file", name="pk_overlays"),
    )
