"""Flows and texts as they were in use, and those that programmes bring of their own."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from storage.columns import Moment, Sealed
from storage.schema.parts import metadata, needed, reference

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("version", Text, primary_key=True),
    needed("flow", Text),
    needed("definition", Text),
    needed("texts", Text),
    needed("stored_at", Moment),
)

drafts = Table(
    "drafts",
    metadata,
    reference("person_id", "people.id", primary_key=True),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    needed("state", Text),
    needed("body", Sealed),
    needed("at", Moment),
)

overlays = Table(
    "overlays",
    metadata,
    reference("programme_id", "programmes.id", primary_key=True),
    Column("file", Text, primary_key=True),
    needed("text", Text),
    needed("at", Moment),
)
