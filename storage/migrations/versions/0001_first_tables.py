"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Moment, Sealed

revision = "0001_first_tables"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "flow_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("stored_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_flow_versions"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "programmes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programmes"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pairs",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_pairs_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pairs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pairs_programme_id", "pairs", ["programme_id"], unique=False)
    op.create_table(
        "sides",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_sides_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sides"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sides_programme_id_position", "sides", ["programme_id", "position"], unique=True)
    op.create_table(
        "people",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("side_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("name", Sealed(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("check_in_day", sa.SmallInteger(), nullable=True),
        sa.Column("check_in_minute", sa.SmallInteger(), nullable=True),
        sa.Column("paused_until", Moment(), nullable=True),
        sa.Column("unreachable_since", Moment(), nullable=True),
        sa.Column("unreachable_reason", sa.Text(), nullable=True),
        sa.Column("sessions_started", sa.Integer(), nullable=False),
        sa.Column("numbers_offered", sa.Boolean(), nullable=False),
        sa.Column("joined_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_people_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["side_id"], ["sides.id"], name="fk_people_side_id_sides", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_people_countries",
        "people",
        ["programme_id", "country"],
        unique=False,
        sqlite_where=sa.text("country IS NOT NULL AND state <> 'joining'"),
        postgresql_where=sa.text("country IS NOT NULL AND state <> 'joining'"),
    )
    op.create_index("ix_people_programme_id_role", "people", ["programme_id", "role"], unique=False)
    op.create_index("ix_people_side_id", "people", ["side_id"], unique=False)
    op.create_index("ix_people_telegram_id", "people", ["telegram_id"], unique=True)
    op.create_table(
        "answers",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("words", Sealed(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_answers_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "session", "key", name="pk_answers"),
    )
    op.create_table(
        "check_ins",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("pair_id", ID, nullable=True),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("first_touched_at", Moment(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("flows", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("feeling", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("help", sa.Text(), nullable=True),
        sa.Column("note", Sealed(), nullable=True),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_check_ins_pair_id_pairs", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_check_ins_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_check_ins_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "period", name="pk_check_ins"),
    )
    op.create_index("ix_check_ins_pair_id_planned_at", "check_ins", ["pair_id", "planned_at"], unique=False)
    op.create_index("ix_check_ins_programme_id_planned_at", "check_ins", ["programme_id", "planned_at"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_consents_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consents_person_id_purpose", "consents", ["person_id", "purpose"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("event", Sealed(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_inbox_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_key", "inbox", ["key"], unique=True)
    op.create_index(
        "ix_inbox_pending",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index("ix_inbox_person_id", "inbox", ["person_id"], unique=False)
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "inbox_failed",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("telegram_id", sa.BigInteger(), nullable=True),
        sa.Column("body", Sealed(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failed_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_inbox_failed_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_failed"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_failed_key", "inbox_failed", ["key"], unique=True)
    op.create_index("ix_inbox_failed_person_id", "inbox_failed", ["person_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("side_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("used_by", ID, nullable=True),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_invitations_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["side_id"], ["sides.id"], name="fk_invitations_side_id_sides", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["used_by"], ["people.id"], name="fk_invitations_used_by_people", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invitations_programme_id", "invitations", ["programme_id"], unique=False)
    op.create_index("ix_invitations_side_id", "invitations", ["side_id"], unique=False)
    op.create_index("ix_invitations_token_hash", "invitations", ["token_hash"], unique=True)
    op.create_index("ix_invitations_used_by", "invitations", ["used_by"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("anchor", sa.Text(), nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("body", Sealed(), nullable=True),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        sa.Column("prompt_session", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("telegram_message", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_outbox_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_anchor",
        "outbox",
        ["anchor"],
        unique=False,
        sqlite_where=sa.text("anchor IS NOT NULL"),
        postgresql_where=sa.text("anchor IS NOT NULL"),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["lane", "not_before", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_outbox_expiring",
        "outbox",
        ["valid_until"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting' AND valid_until IS NOT NULL"),
        postgresql_where=sa.text("state = 'waiting' AND valid_until IS NOT NULL"),
    )
    op.create_index("ix_outbox_key", "outbox", ["key"], unique=True)
    op.create_index(
        "ix_outbox_order",
        "outbox",
        ["chat_id", "lane", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_outbox_person_id", "outbox", ["person_id"], unique=False)
    op.create_index(
        "uq_outbox_in_flight",
        "outbox",
        ["chat_id"],
        unique=True,
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_table(
        "pair_members",
        sa.Column("pair_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_pair_members_pair_id_pairs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_pair_members_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pair_id", "person_id", name="pk_pair_members"),
    )
    op.create_index("ix_pair_members_person_id", "pair_members", ["person_id"], unique=False)
    op.create_table(
        "reflections",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("programme_id", ID, nullable=False),
        sa.Column("pair_id", ID, nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("words", Sealed(), nullable=True),
        sa.Column("sharing", sa.Text(), nullable=False, server_default=sa.text("'private'")),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_reflections_pair_id_pairs", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_reflections_person_id_people", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_reflections_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "session", "direction", name="pk_reflections"),
    )
    op.create_index("ix_reflections_pair_id_day", "reflections", ["pair_id", "day"], unique=False)
    op.create_index("ix_reflections_programme_id_day", "reflections", ["programme_id", "day"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state", Sealed(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("keep_until", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sessions_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_sessions"),
    )
    op.create_index("ix_sessions_person_id_keep_until", "sessions", ["person_id", "keep_until"], unique=False)
    op.create_table(
        "timers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("pair_id", ID, nullable=True),
        sa.Column("programme_id", ID, nullable=True),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("valid_until", Moment(), nullable=True),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pairs.id"], name="fk_timers_pair_id_pairs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_timers_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name="fk_timers_programme_id_programmes", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_timers"),
    )
    op.create_index("ix_timers_due_at", "timers", ["due_at"], unique=False)
    op.create_index(
        "ix_timers_pair_id",
        "timers",
        ["pair_id"],
        unique=False,
        sqlite_where=sa.text("pair_id IS NOT NULL"),
        postgresql_where=sa.text("pair_id IS NOT NULL"),
    )
    op.create_index("ix_timers_person_id_kind", "timers", ["person_id", "kind"], unique=False)
    op.create_index(
        "ix_timers_programme_id",
        "timers",
        ["programme_id"],
        unique=False,
        sqlite_where=sa.text("programme_id IS NOT NULL"),
        postgresql_where=sa.text("programme_id IS NOT NULL"),
    )
