"""What people agreed to, or refused: in which words (version), in which language, when. Never changed, only added."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from flows.people import PersonId
from storage.database import Transaction
from storage.schema import consents
from storage.statements import among

_row = consents.c


@dataclass(frozen=True, slots=True)
class Consent:
    person: PersonId
    purpose: str
    version: str
    language: str
    given: bool
    at: datetime


_INSERT = insert(consents)


async def add(tx: Transaction, rows: Sequence[Consent]) -> None:
    """Notes decisions."""
    if rows:
        await tx.execute(
            _INSERT,
            [
                {
                    "person_id": row.person,
                    "purpose": row.purpose,
                    "version": row.version,
                    "language": row.language,
                    "given": row.given,
                    "at": row.at,
                }
                for row in rows
            ],
        )


_OF_PEOPLE = (
    select(_row.person_id, _row.purpose, _row.version, _row.language, _row.given, _row.at)
    .where(among(_row.person_id, "people"))
    .order_by(_row.id)
)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> list[Consent]:
    """Every decision of `people`, in order; the last of a purpose holds."""
    if not people:
        return []
    return [Consent(*row) for row in await tx.execute(_OF_PEOPLE, {"people": list(people)})]
