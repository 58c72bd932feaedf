"""The tables, once. Migrations are proven equal to this file by a test.

Rules kept here:

* People's words are in columns of type `Sealed`, moments in columns of type `Moment` (`storage/columns`).
* What belongs to a person goes with her: `ON DELETE CASCADE` on every table that holds something of hers.
* Ids of people, pairs, programmes, inbox and outbox rows are never given twice, also after a delete.
* A telegram id is in the clear, because it must be found; a choice's id too. Names are not.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from storage.columns import Moment, Sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only in an INTEGER column."""


def _id() -> Column[int]:
    return Column("id", _Id, primary_key=True, autoincrement=True)


def _reference(name: str, target: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, _Id, ForeignKey(target, ondelete="CASCADE"), primary_key=primary_key, nullable=nullable)


def _partial(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _needed(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), _needed("value", Text))

programmes = Table(
    "programmes",
    metadata,
    _id(),
    _needed("name", Text),
    _needed("kind", Text),
    _needed("language", Text),
    _needed("state", Text),
    _needed("created_at", Moment),
    Column("ends_at", Moment),
    _needed("settings", Text),
    sqlite_autoincrement=True,
)

sides = Table(
    "sides",
    metadata,
    _id(),
    _reference("programme_id", "programmes.id"),
    _needed("position", SmallInteger),
    _needed("name", Text),
    Column("country", Text),
    Index(None, "programme_id", "position", unique=True),
    sqlite_autoincrement=True,
)

side_weeks = Table(
    "side_weeks",
    metadata,
    _reference("side_id", "sides.id", primary_key=True),
    Column("period", Text, primary_key=True),
    _reference("programme_id", "programmes.id"),
    _needed("due", Integer),
    _needed("missed", Integer),
    _needed("state", Text),
    _needed("decided_at", Moment),
    Index(None, "programme_id"),
)

people = Table(
    "people",
    metadata,
    _id(),
    _reference("programme_id", "programmes.id"),
    _reference("side_id", "sides.id"),
    _needed("role", Text),
    Column("telegram_id", BigInteger),
    Column("name", Sealed),
    _needed("language", Text),
    Column("country", Text),
    _needed("zone", Text),
    _needed("state", Text),
    Column("check_in_day", SmallInteger),
    Column("check_in_minute", SmallInteger),
    Column("paused_until", Moment),
    Column("away_from", Moment),
    Column("away_until", Moment),
    Column("quiet_hours", Text),
    Column("unreachable_since", Moment),
    Column("unreachable_reason", Text),
    _needed("sessions_started", Integer),
    _needed("numbers_offered", Boolean),
    _needed("lite", Boolean, server_default=text("false")),
    Column("joined_at", Moment),
    _needed("created_at", Moment),
    Index(None, "telegram_id", unique=True),
    Index(None, "programme_id", "role"),
    _partial("ix_people_countries", "programme_id", "country", where="country IS NOT NULL AND state <> 'joining'"),
    Index(None, "side_id"),
    sqlite_autoincrement=True,
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    _reference("programme_id", "programmes.id"),
    _reference("side_id", "sides.id"),
    _needed("role", Text),
    _needed("token_hash", LargeBinary),
    _needed("created_at", Moment),
    Column("expires_at", Moment),
    Column("used_by", _Id, ForeignKey("people.id", ondelete="SET NULL")),
    Column("used_at", Moment),
    Index(None, "token_hash", unique=True),
    Index(None, "programme_id"),
    Index(None, "side_id"),
    Index(None, "used_by"),
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _reference("person_id", "people.id"),
    _needed("purpose", Text),
    _needed("version", Text),
    _needed("language", Text),
    _needed("given", Boolean),
    _needed("at", Moment),
    Index(None, "person_id", "purpose"),
    sqlite_autoincrement=True,
)

pairs = Table(
    "pairs",
    metadata,
    _id(),
    _reference("programme_id", "programmes.id"),
    _needed("state", Text),
    _needed("created_at", Moment),
    Column("proposed_by", BigInteger),
    Column("cadence", Text),
    Column("quiet_days", SmallInteger),
    Column("accepted_at", Moment),
    Column("ended_at", Moment),
    Column("ended_because", Text),
    Index(None, "programme_id"),
    sqlite_autoincrement=True,
)

pair_members = Table(
    "pair_members",
    metadata,
    _reference("pair_id", "pairs.id", primary_key=True),
    _reference("person_id", "people.id", primary_key=True),
    _needed("muted", Boolean, server_default=text("false")),
    Index(None, "person_id"),
)

pair_phases = Table(
    "pair_phases",
    metadata,
    _reference("pair_id", "pairs.id", primary_key=True),
    Column("phase", Text, primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("until", Moment),
    Column("moved_by", _Id, ForeignKey("people.id", ondelete="SET NULL")),
    _needed("why", Text),
    Index(None, "moved_by"),
)

pair_answers = Table(
    "pair_answers",
    metadata,
    _reference("pair_id", "pairs.id", primary_key=True),
    _reference("person_id", "people.id", primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("choice", Text),
    Column("words", Sealed),
    _needed("answered_at", Moment),
    Index(None, "person_id"),
)

goals = Table(
    "goals",
    metadata,
    _reference("pair_id", "pairs.id", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _reference("person_id", "people.id", primary_key=True),
    _needed("version", Integer),
    Column("theme", Text),
    Column("today", Text),
    Column("wanted", Text),
    Column("words", Sealed),
    Column("due", Text),
    Column("owner", Text),
    Column("need", Text),
    Column("risk", Text),
    _needed("state", Text),
    _needed("said_at", Moment),
    Column("agreed_at", Moment),
    Column("closed_at", Moment),
    Index(None, "person_id"),
)

milestones = Table(
    "milestones",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("session", Integer, primary_key=True),
    _reference("pair_id", "pairs.id"),
    _needed("goal", Integer),
    _needed("status", Text),
    Column("blocker", Text),
    Column("value", Sealed),
    _needed("at", Moment),
    Index(None, "pair_id", "goal"),
)

checklist_changes = Table(
    "checklist_changes",
    metadata,
    _reference("programme_id", "programmes.id", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _reference("person_id", "people.id", primary_key=True),
    _needed("statement", Text),
    _needed("version", Integer),
    Column("words", Sealed),
    _needed("said_at", Moment),
    _needed("wrote", Boolean),
    Column("agreed_at", Moment),
    Column("came", Text),
    Index(None, "person_id"),
)

sessions = Table(
    "sessions",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("number", Integer, primary_key=True),
    _needed("flow", Text),
    _needed("version", Text),
    _needed("status", Text),
    _needed("state", Sealed),
    _needed("updated_at", Moment),
    _needed("keep_until", Moment),
    Index(None, "person_id", "keep_until"),
)

answers = Table(
    "answers",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    _needed("flow", Text),
    Column("choice", Text),
    Column("words", Sealed),
    Column("voice", Sealed),
    _needed("answered_at", Moment),
)

check_ins = Table(
    "check_ins",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("period", Text, primary_key=True),
    _reference("programme_id", "programmes.id"),
    Column("pair_id", _Id, ForeignKey("pairs.id", ondelete="SET NULL")),
    _needed("session", Integer),
    _needed("status", Text),
    _needed("planned_at", Moment),
    Column("sent_at", Moment),
    Column("first_touched_at", Moment),
    Column("answered_at", Moment),
    _needed("late", Boolean),
    Column("contact", Text),
    Column("flows", Text),
    Column("kind", Text),
    Column("feeling", Text),
    Column("reason", Text),
    Column("help", Text),
    Index(None, "programme_id", "planned_at"),
    Index(None, "pair_id", "planned_at"),
)

reflections = Table(
    "reflections",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("direction", Text, primary_key=True),
    _reference("programme_id", "programmes.id"),
    Column("pair_id", _Id, ForeignKey("pairs.id", ondelete="SET NULL")),
    Column("kind", Text),
    Column("level", Text),
    Column("towards", Text),
    _needed("day", Text),
    Column("words", Sealed),
    Column("voice", Sealed),
    _needed("sharing", Text, server_default=text("'private'")),
    _needed("created_at", Moment),
    Column("edited_at", Moment),
    Index(None, "programme_id", "day"),
    Index(None, "pair_id", "day"),
)

asked = Table(
    "asked",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("item", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    _reference("programme_id", "programmes.id"),
    Column("pair_id", _Id, ForeignKey("pairs.id", ondelete="SET NULL")),
    _needed("status", Text),
    _needed("at", Moment),
    Column("again_at", Moment),
)

flags = Table(
    "flags",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("kind", Text, primary_key=True),
    _reference("programme_id", "programmes.id"),
    Column("detail", Text),
    _needed("raised_at", Moment),
    Index(None, "programme_id"),
)

timers = Table(
    "timers",
    metadata,
    Column("key", Text, primary_key=True),
    _needed("kind", Text),
    _reference("person_id", "people.id", nullable=True),
    _reference("pair_id", "pairs.id", nullable=True),
    _reference("programme_id", "programmes.id", nullable=True),
    _needed("due_at", Moment),
    Column("valid_until", Moment),
    _needed("rule_version", Text),
    Index(None, "due_at"),
    Index(None, "person_id", "kind"),
    _partial("ix_timers_pair_id", "pair_id", where="pair_id IS NOT NULL"),
    _partial("ix_timers_programme_id", "programme_id", where="programme_id IS NOT NULL"),
)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("key", Text),
    _reference("person_id", "people.id", nullable=True),
    Column("event", Sealed),
    _needed("received_at", Moment),
    Column("done_at", Moment),
    Index(None, "key", unique=True),
    Index(None, "person_id"),
    Index(None, "received_at"),
    _partial("ix_inbox_pending", "id", where="done_at IS NULL"),
    sqlite_autoincrement=True,
)

inbox_failed = Table(
    "inbox_failed",
    metadata,
    _id(),
    _needed("key", Text),
    _reference("person_id", "people.id", nullable=True),
    Column("telegram_id", BigInteger),
    _needed("body", Sealed),
    _needed("error", Text),
    _needed("failed_at", Moment),
    _needed("attempts", Integer),
    Index(None, "key", unique=True),
    Index(None, "person_id"),
    sqlite_autoincrement=True,
)

broadcasts = Table(
    "broadcasts",
    metadata,
    _id(),
    _reference("programme_id", "programmes.id"),
    Column("author_id", _Id, ForeignKey("people.id", ondelete="SET NULL")),
    _needed("audience", Text),
    Column("texts", Sealed),
    _needed("size", Integer),
    _needed("state", Text),
    _needed("created_at", Moment),
    Column("ended_at", Moment),
    Index(None, "programme_id"),
    Index(None, "author_id"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _reference("programme_id", "programmes.id"),
    Column("actor_id", BigInteger),
    _needed("what", Text),
    Column("about", Text),  # `person/17`, `broadcast/3`: `/delete` finds what is about a person by this
    _needed("at", Moment),
    Index(None, "programme_id", "at"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("key", Text),
    Column("anchor", Text),
    _reference("person_id", "people.id", nullable=True),
    _needed("chat_id", BigInteger),
    _needed("lane", SmallInteger),
    _needed("method", Text),
    Column("body", Sealed),
    _needed("not_before", Moment),
    Column("valid_until", Moment),
    Column("quiet", Text),
    Column("prompt_session", Integer),
    _needed("state", Text),
    _needed("attempts", Integer),
    Column("claimed_by", Text),
    Column("claimed_until", Moment),
    Column("telegram_message", BigInteger),
    Column("sent_at", Moment),
    Column("reason", Text),
    _needed("created_at", Moment),
    Column("broadcast_id", BigInteger),
    Column("receipt_person_id", BigInteger),
    Column("receipt_session", Integer),
    _needed("lasting", Boolean, server_default=text("false")),
    Index(None, "key", unique=True),
    Index(None, "person_id"),
    Index(None, "created_at"),
    _partial("ix_outbox_broadcast", "broadcast_id", "state", where="broadcast_id IS NOT NULL"),
    _partial("ix_outbox_anchor", "anchor", where="anchor IS NOT NULL"),
    _partial("ix_outbox_due", "lane", "not_before", "id", where="state = 'waiting'"),
    _partial("ix_outbox_order", "chat_id", "lane", "id", where="state = 'waiting'"),
    _partial("ix_outbox_expiring", "valid_until", where="state = 'waiting' AND valid_until IS NOT NULL"),
    # at most one in flight in a chat, whoever claims: the database itself says so
    _partial("uq_outbox_in_flight", "chat_id", where="state = 'claimed'", unique=True),
    sqlite_autoincrement=True,
)

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("version", Text, primary_key=True),
    _needed("flow", Text),
    _needed("definition", Text),
    _needed("texts", Text),
    _needed("stored_at", Moment),
)

drafts = Table(
    "drafts",
    metadata,
    _reference("person_id", "people.id", primary_key=True),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    _needed("state", Text),
    _needed("body", Sealed),
    _needed("at", Moment),
)

overlays = Table(
    "overlays",
    metadata,
    _reference("programme_id", "programmes.id", primary_key=True),
    Column("file", Text, primary_key=True),
    _needed("text", Text),
    _needed("at", Moment),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    _needed("holder", Text),
    _needed("until", Moment),
    _needed("label", Text),
)
