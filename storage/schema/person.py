"""Who takes part, how she came in, what she agreed to, and what coordinators are to look at about her."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from storage.columns import Moment, Sealed
from storage.schema.parts import Id, metadata, needed, own_id, partial, reference

people = Table(
    "people",
    metadata,
    own_id(),
    reference("programme_id", "programmes.id"),
    reference("side_id", "sides.id"),
    needed("role", Text),
    Column("telegram_id", BigInteger),
    Column("name", Sealed),
    needed("language", Text),
    Column("country", Text),
    needed("zone", Text),
    needed("state", Text),
    Column("check_in_day", SmallInteger),
    Column("check_in_minute", SmallInteger),
    Column("paused_until", Moment),
    Column("away_from", Moment),
    Column("away_until", Moment),
    Column("quiet_hours", Text),
    Column("unreachable_since", Moment),
    Column("unreachable_reason", Text),
    needed("sessions_started", Integer),
    needed("numbers_offered", Boolean),
    needed("lite", Boolean, server_default=text("false")),
    Column("joined_at", Moment),
    needed("created_at", Moment),
    Index(None, "telegram_id", unique=True),
    Index(None, "programme_id", "role"),
    partial("ix_people_countries", "programme_id", "country", where="country IS NOT NULL AND state <> 'joining'"),
    Index(None, "side_id"),
    sqlite_autoincrement=True,
)

invitations = Table(
    "invitations",
    metadata,
    own_id(),
    reference("programme_id", "programmes.id"),
    reference("side_id", "sides.id"),
    needed("role", Text),
    needed("token_hash", LargeBinary),
    needed("created_at", Moment),
    Column("expires_at", Moment),
    Column("used_by", Id, ForeignKey("people.id", ondelete="SET NULL")),
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
    own_id(),
    reference("person_id", "people.id"),
    needed("purpose", Text),
    needed("version", Text),
    needed("language", Text),
    needed("given", Boolean),
    needed("at", Moment),
    Index(None, "person_id", "purpose"),
    sqlite_autoincrement=True,
)

flags = Table(
    "flags",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("kind", Text, primary_key=True),
    reference("programme_id", "programmes.id"),
    Column("detail", Text),
    needed("raised_at", Moment),
    Index(None, "programme_id"),
)
