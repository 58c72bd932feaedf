"""Two twins working together: their phases, what each said for the two, and their goals."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, Table, Text, text

from storage.columns import Moment, Sealed
from storage.schema.parts import Id, metadata, needed, own_id, reference

pairs = Table(
    "pairs",
    metadata,
    own_id(),
    reference("programme_id", "programmes.id"),
    needed("state", Text),
    needed("created_at", Moment),
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
    reference("pair_id", "pairs.id", primary_key=True),
    reference("person_id", "people.id", primary_key=True),
    needed("muted", Boolean, server_default=text("false")),
    Index(None, "person_id"),
)

pair_phases = Table(
    "pair_phases",
    metadata,
    reference("pair_id", "pairs.id", primary_key=True),
    Column("phase", Text, primary_key=True),
    Column("since", Moment, primary_key=True),
    Column("until", Moment),
    Column("moved_by", Id, ForeignKey("people.id", ondelete="SET NULL")),
    needed("why", Text),
    Index(None, "moved_by"),
)

pair_answers = Table(
    "pair_answers",
    metadata,
    reference("pair_id", "pairs.id", primary_key=True),
    reference("person_id", "people.id", primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("choice", Text),
    Column("words", Sealed),
    needed("answered_at", Moment),
    Index(None, "person_id"),
)

goals = Table(
    "goals",
    metadata,
    reference("pair_id", "pairs.id", primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    reference("person_id", "people.id", primary_key=True),
    needed("version", Integer),
    Column("theme", Text),
    Column("today", Text),
    Column("wanted", Text),
    Column("words", Sealed),
    Column("due", Text),
    Column("owner", Text),
    Column("need", Text),
    Column("risk", Text),
    needed("state", Text),
    needed("said_at", Moment),
    Column("agreed_at", Moment),
    Column("closed_at", Moment),
    Index(None, "person_id"),
)

milestones = Table(
    "milestones",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("session", Integer, primary_key=True),
    reference("pair_id", "pairs.id"),
    needed("goal", Integer),
    needed("status", Text),
    Column("blocker", Text),
    Column("value", Sealed),
    needed("at", Moment),
    Index(None, "pair_id", "goal"),
)
