"""What two twins agree on, reflections in own words, flags, broadcasts, the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment, Sealed

revision = "0002_pairs_rights_broadcasts"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _columns()
    op.create_table(
        "pair_answers",
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("words", Sealed(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_pair_answers_pair_id_pairs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_pair_answers_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pair_id", "person_id", "subject", name="pk_pair_answers"),
    )
    op.create_index("ix_pair_answers_person_id", "pair_answers", ["person_id"])
    op.create_table(
        "flags",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_flags_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_flags_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name="pk_flags"),
    )
    op.create_index("ix_flags_programme_id", "flags", ["programme_id"])
    op.create_table(
        "broadcasts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("texts", Sealed(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_broadcasts_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["people.id"], name="fk_broadcasts_author_id_people", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_broadcasts_programme_id", "broadcasts", ["programme_id"])
    op.create_index("ix_broadcasts_author_id", "broadcasts", ["author_id"])
    op.create_table(
        "audit",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_audit_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_programme_id_at", "audit", ["programme_id", "at"])
    where = sa.text("broadcast_id IS NOT NULL")
    op.create_index(
        "ix_outbox_broadcast", "outbox", ["broadcast_id", "state"], sqlite_where=where, postgresql_where=where
    )


def _columns() -> None:
    op.add_column("pairs", sa.Column("proposed_by", sa.BigInteger(), nullable=True))
    op.add_column("pairs", sa.Column("cadence", sa.Text(), nullable=True))
    op.add_column("pairs", sa.Column("quiet_days", sa.SmallInteger(), nullable=True))
    op.add_column("pairs", sa.Column("accepted_at", Moment(), nullable=True))
    op.add_column("pairs", sa.Column("ended_at", Moment(), nullable=True))
    op.add_column("pairs", sa.Column("ended_because", sa.Text(), nullable=True))
    op.add_column("pair_members", sa.Column("muted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("answers", sa.Column("voice", Sealed(), nullable=True))
    op.add_column("reflections", sa.Column("level", sa.Text(), nullable=True))
    op.add_column("reflections", sa.Column("towards", sa.Text(), nullable=True))
    op.add_column("reflections", sa.Column("voice", Sealed(), nullable=True))
    op.add_column("reflections", sa.Column("edited_at", Moment(), nullable=True))
    op.add_column("outbox", sa.Column("broadcast_id", sa.BigInteger(), nullable=True))
    op.add_column("outbox", sa.Column("receipt_person_id", sa.BigInteger(), nullable=True))
    op.add_column("outbox", sa.Column("receipt_session", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("lasting", sa.Boolean(), server_default=sa.text("false"), nullable=False))
