"""What the processes of the bot work on, and what they know of the database and of each other."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text, text

from storage.columns import Moment, Sealed
from storage.schema.parts import metadata, needed, own_id, partial, reference

meta = Table("meta", metadata, Column("key", Text, primary_key=True), needed("value", Text))

timers = Table(
    "timers",
    metadata,
    Column("key", Text, primary_key=True),
    needed("kind", Text),
    reference("person_id", "people.id", nullable=True),
    reference("pair_id", "pairs.id", nullable=True),
    reference("programme_id", "programmes.id", nullable=True),
    needed("due_at", Moment),
    Column("valid_until", Moment),
    needed("rule_version", Text),
    Index(None, "due_at"),
    Index(None, "person_id", "kind"),
    partial("ix_timers_pair_id", "pair_id", where="pair_id IS NOT NULL"),
    partial("ix_timers_programme_id", "programme_id", where="programme_id IS NOT NULL"),
)

inbox = Table(
    "inbox",
    metadata,
    own_id(),
    Column("key", Text),
    reference("person_id", "people.id", nullable=True),
    Column("event", Sealed),
    needed("received_at", Moment),
    Column("done_at", Moment),
    Index(None, "key", unique=True),
    Index(None, "person_id"),
    Index(None, "received_at"),
    partial("ix_inbox_pending", "id", where="done_at IS NULL"),
    sqlite_autoincrement=True,
)

inbox_failed = Table(
    "inbox_failed",
    metadata,
    own_id(),
    needed("key", Text),
    reference("person_id", "people.id", nullable=True),
    Column("telegram_id", BigInteger),
    needed("body", Sealed),
    needed("error", Text),
    needed("failed_at", Moment),
    needed("attempts", Integer),
    Index(None, "key", unique=True),
    Index(None, "person_id"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    own_id(),
    Column("key", Text),
    Column("anchor", Text),
    reference("person_id", "people.id", nullable=True),
    needed("chat_id", BigInteger),
    needed("lane", SmallInteger),
    needed("method", Text),
    Column("body", Sealed),
    needed("not_before", Moment),
    Column("valid_until", Moment),
    Column("quiet", Text),
    Column("prompt_session", Integer),
    needed("state", Text),
    needed("attempts", Integer),
    Column("claimed_by", Text),
    Column("claimed_until", Moment),
    Column("telegram_message", BigInteger),
    Column("sent_at", Moment),
    Column("reason", Text),
    needed("created_at", Moment),
    Column("broadcast_id", BigInteger),
    Column("receipt_person_id", BigInteger),
    Column("receipt_session", Integer),
    needed("lasting", Boolean, server_default=text("false")),
    partial("ix_outbox_key", "key", where="key IS NOT NULL", unique=True),
    Index(None, "person_id"),
    Index(None, "created_at"),
    partial("ix_outbox_broadcast", "broadcast_id", "state", where="broadcast_id IS NOT NULL"),
    partial("ix_outbox_anchor", "anchor", where="anchor IS NOT NULL"),
    partial("ix_outbox_due", "lane", "not_before", "id", where="state = 'waiting'"),
    partial("ix_outbox_order", "chat_id", "lane", "id", where="state = 'waiting'"),
    partial("ix_outbox_expiring", "valid_until", where="state = 'waiting' AND valid_until IS NOT NULL"),
    # at most one in flight in a chat, whoever claims: the database itself says so
    partial("uq_outbox_in_flight", "chat_id", where="state = 'claimed'", unique=True),
    sqlite_autoincrement=True,
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    needed("holder", Text),
    needed("until", Moment),
    needed("label", Text),
)
