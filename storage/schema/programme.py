"""A programme, its sides, and what they do and decide as a whole."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text

from storage.columns import Moment, Sealed
from storage.schema.parts import Id, metadata, needed, own_id, reference

programmes = Table(
    "programmes",
    metadata,
    own_id(),
    needed("name", Text),
    needed("kind", Text),
    needed("language", Text),
    needed("state", Text),
    needed("created_at", Moment),
    Column("ends_at", Moment),
    needed("settings", Text),
    sqlite_autoincrement=True,
)

sides = Table(
    "sides",
    metadata,
    own_id(),
    reference("programme_id", "programmes.id"),
    needed("position", SmallInteger),
    needed("name", Text),
    Column("country", Text),
    Index(None, "programme_id", "position", unique=True),
    sqlite_autoincrement=True,
)

side_weeks = Table(
    "side_weeks",
    metadata,
    reference("side_id", "sides.id", primary_key=True),
    Column("period", Text, primary_key=True),
    reference("programme_id", "programmes.id"),
    needed("due", Integer),
    needed("missed", Integer),
    needed("state", Text),
    needed("decided_at", Moment),
    Index(None, "programme_id"),
)

checklist_changes = Table(
    "checklist_changes",
    metadata,
    reference("programme_id", "programmes.id", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    reference("person_id", "people.id", primary_key=True),
    needed("statement", Text),
    needed("version", Integer),
    Column("words", Sealed),
    needed("said_at", Moment),
    needed("wrote", Boolean),
    Column("agreed_at", Moment),
    Column("came", Text),
    Index(None, "person_id"),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    own_id(),
    reference("programme_id", "programmes.id"),
    Column("author_id", Id, ForeignKey("people.id", ondelete="SET NULL")),
    needed("audience", Text),
    Column("texts", Sealed),
    needed("size", Integer),
    needed("state", Text),
    needed("created_at", Moment),
    Column("ended_at", Moment),
    Index(None, "programme_id"),
    Index(None, "author_id"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    own_id(),
    reference("programme_id", "programmes.id"),
    Column("actor_id", BigInteger),
    needed("what", Text),
    Column("about", Text),  # `person/17`, `broadcast/3`: `/delete` finds what is about a person by this
    needed("at", Moment),
    Index(None, "programme_id", "at"),
    sqlite_autoincrement=True,
)
