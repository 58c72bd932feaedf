"""Who did what that concerns others: ids and words of ours, never anybody's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert

from flows.people import PersonId, ProgrammeId
from storage.database import Transaction
from storage.schema import audit


@dataclass(frozen=True, slots=True)
class Noted:
    """`about` names a thing by its id, such as `broadcast/3`."""

    programme: ProgrammeId
    actor: PersonId | None
    what: str
    about: str | None
    at: datetime


_ADD = insert(audit)


async def note(tx: Transaction, rows: Sequence[Noted]) -> None:
    """Writes down what was done."""
    if rows:
        await tx.execute(
            _ADD,
            [
                {
                    "programme_id": row.programme,
                    "actor_id": row.actor,
                    "what": row.what,
                    "about": row.about,
                    "at": row.at,
                }
                for row in rows
            ],
        )
