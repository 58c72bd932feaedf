"""Sessions, and what people answered in them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from storage.columns import Moment, Sealed
from storage.schema.parts import Id, metadata, needed, reference

sessions = Table(
    "sessions",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("number", Integer, primary_key=True),
    needed("flow", Text),
    needed("version", Text),
    needed("status", Text),
    needed("state", Sealed),
    needed("updated_at", Moment),
    needed("keep_until", Moment),
    Index(None, "person_id", "keep_until"),
)

answers = Table(
    "answers",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("key", Text, primary_key=True),
    needed("flow", Text),
    Column("choice", Text),
    Column("words", Sealed),
    Column("voice", Sealed),
    needed("answered_at", Moment),
)

check_ins = Table(
    "check_ins",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("period", Text, primary_key=True),
    reference("programme_id", "programmes.id"),
    Column("pair_id", Id, ForeignKey("pairs.id", ondelete="SET NULL")),
    needed("session", Integer),
    needed("status", Text),
    needed("planned_at", Moment),
    Column("sent_at", Moment),
    Column("first_touched_at", Moment),
    Column("answered_at", Moment),
    needed("late", Boolean),
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
    reference("person_id", "people.id", primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("direction", Text, primary_key=True),
    reference("programme_id", "programmes.id"),
    Column("pair_id", Id, ForeignKey("pairs.id", ondelete="SET NULL")),
    Column("kind", Text),
    Column("level", Text),
    Column("towards", Text),
    needed("day", Text),
    Column("words", Sealed),
    Column("voice", Sealed),
    needed("sharing", Text, server_default=text("'private'")),
    needed("created_at", Moment),
    Column("edited_at", Moment),
    Index(None, "programme_id", "day"),
    Index(None, "pair_id", "day"),
)

asked = Table(
    "asked",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("item", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    reference("programme_id", "programmes.id"),
    Column("pair_id", Id, ForeignKey("pairs.id", ondelete="SET NULL")),
    needed("status", Text),
    needed("at", Moment),
    Column("again_at", Moment),
)
